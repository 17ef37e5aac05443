"""Legacy stocks as they come: a table and PDFs in a folder."""

import csv
import io
import json
import re
from pathlib import Path

from PIL import Image, ImageDraw

COLUMNS = (
    "authority",
    "kind",
    "number",
    "signed_on",
    "in_force_on",
    "expires_on",
    "signatory",
    "office",
    "title_ar",
    "text_ar",
    "title_fr",
    "text_fr",
    "pdf",
    "abrogates",
    "cites",
)
ROW = {
    "authority": "MSP",
    "kind": "منشور",
    "number": "5/2019",
    "signed_on": "12/03/2019",
    "signatory": "الوزير",
    "office": "وزير الخدمات العمومية",
    "title_ar": "تبسيط المساطر الإدارية",
    "text_ar": "الفقرة الأولى.\n\nالفقرة الثانية.",
}


def row(**values) -> dict[str, str]:
    return dict.fromkeys(COLUMNS, "") | ROW | values


def write_table(folder: Path, rows, *, names=None, encoding="utf-8", separator=",", file_name="stock.csv") -> Path:
    """The rows as a CSV; `names` are the headings by column."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator)
    columns = list(rows[0])
    writer.writerow([(names or {}).get(column, column) for column in columns])
    writer.writerows([[values[column] for column in columns] for values in rows])
    path = folder / file_name
    path.write_bytes(out.getvalue().encode(encoding))
    return path


def text_pdf(*lines: str, pages: int = 1) -> bytes:
    """A small PDF in Latin letters with a text layer."""
    shown = " ".join(f"({line}) Tj 0 -20 Td" for line in (re.sub(r"[()\\]", " ", line) for line in lines))
    content = f"BT /F1 12 Tf 60 760 Td {shown} ET".encode("latin-1", "replace")
    font = b"/Font << /F1 3 0 R >>"
    kids = " ".join(f"{number} 0 R" for number in range(5, 5 + pages))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        *[b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << %s >> >>" % font]
        * pages,
    ]
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    begins = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, begins)
    return bytes(out)


def scan_pdf(words: str = "NOTE DE SERVICE") -> bytes:
    """A PDF of one picture, without a text layer."""
    page = Image.new("L", (1240, 1754), 255)
    ImageDraw.Draw(page).text((150, 200), words, fill=0, font_size=64)
    out = io.BytesIO()
    page.save(out, "PDF", resolution=150)
    return out.getvalue()


def generated(count: int, folder: Path, *, authority="MSP") -> list[dict[str, str]]:
    """`count` rows in Arabic and French, every second with a PDF, every fifth abrogating the one before it."""
    rows = []
    for n in range(1, count + 1):
        year, name = 2000 + n % 20, f"act-{n:05}.pdf"
        values = row(
            authority=authority,
            number=f"{n}/{year}",
            signed_on=f"{n % 28 + 1:02}/{n % 12 + 1:02}/{year}",
            title_ar=f"تنظيم المساطر الإدارية رقم {n}",
            title_fr=f"Organisation des procedures, acte {n}",
            text_ar="\n\n".join(f"الفقرة {p}: تعمل المصالح على تبسيط المسطرة رقم {n}." for p in range(1, 5)),
            text_fr="\n\n".join(f"Les services simplifient la procédure {n}, point {p}." for p in range(1, 5)),
            abrogates="" if n % 5 or n == 1 else f"{n - 1}/{2000 + (n - 1) % 20}",
            cites=f"مرسوم 2.{n % 50}.855",
            pdf=name,
        )
        (folder / name).write_bytes(text_pdf(f"Acte {n}", "Les services simplifient."))
        rows.append(values)
    return rows


def real_acts(acts: Path, folder: Path, *, authority="MSP") -> list[dict[str, str]]:
    """The real acts of the shared folder as a table: those that have a number and a day, and the PDFs.

    Decrees and laws are no kinds of circular; they come in as decisions, with their own titles.
    """
    rows = []
    for name in ("ma-ar", "ma-fr"):
        for line in (acts / f"{name}.jsonl").read_text().splitlines():
            act = json.loads(line)
            if act["number"] and act["date"]:
                rows.append(_real_row(act, authority))
    for place, path in enumerate(sorted((acts / "pdf").glob("*.pdf")), 1):
        (folder / path.name).write_bytes(path.read_bytes())
        number = re.search(r"\d+\.\d+\.\d+", path.stem)
        title = {"title_fr" if path.stem.isascii() else "title_ar": path.stem[:250]}
        rows.append(
            dict.fromkeys(COLUMNS, "")
            | {"authority": authority, "kind": "قرار", "signed_on": "01/01/2021", "pdf": path.name}
            | {"number": number[0] + "-pdf" if number else f"pdf-{place}/2021"}
            | title
        )
    return rows


def _real_row(act, authority):
    language = act["lang"]
    return dict.fromkeys(COLUMNS, "") | {
        "authority": authority,
        "kind": "قرار",
        "number": act["number"],
        "signed_on": act["date"],
        f"title_{language}": act["title"],
        f"text_{language}": act["text"],
    }
