"""Tables for spreadsheets: CSV (UTF-8 with its mark, for Excel) or XLSX, in which no text becomes a formula."""

import csv
import io
from collections.abc import Iterable, Iterator

from openpyxl import Workbook

CSV, XLSX = "csv", "xlsx"
MEDIA_TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MARK = "\ufeff"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Echo:
    """What csv writes to is what is given out."""

    def write(self, text):
        return text


def csv_lines(rows: Iterable) -> Iterator[str]:
    """One table, line by line, without the mark."""
    writer = csv.writer(_Echo())
    return (writer.writerow(plain(row)) for row in rows)


def csv_bytes(rows: Iterable) -> bytes:
    """One table."""
    return (MARK + "".join(csv_lines(rows))).encode()


def xlsx_bytes(sheets: dict[str, Iterable]) -> bytes:
    """Several tables, each on the sheet of its name."""
    book = Workbook(write_only=True)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(plain(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def table(rows: Iterable, kind: str, *, title: str) -> bytes:
    """One table as the bytes of a file of that kind; `title` names the sheet of an XLSX."""
    return csv_bytes(rows) if kind == CSV else xlsx_bytes({title: rows})


def plain(row: Iterable) -> list:
    """Texts a spreadsheet must not take for a formula get an apostrophe (OWASP: CSV injection)."""
    return [f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value for value in row]
