"""Derivatives for the eyes of staff: a page as a picture, an office file as plain text. The original stays as it is."""

import io
import zipfile
from xml.etree import ElementTree

from PIL import Image, ImageOps

from core.files.parsing import image as _image  # noqa: F401 — sets Pillow's limits
from core.files.parsing.findings import MAX_PIXELS, Refused

MAX_SIDE = 2400
MAX_TEXT = 200_000
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT_W = "{http://purl.oclc.org/ooxml/wordprocessingml/main}"


def page_png(path: str, kind: str, page: int, width: int) -> bytes:
    """Page `page` (from 1) at most `width` pixels wide, as PNG."""
    width = min(width, MAX_SIDE)
    picture = _pdf_page(path, page, width) if kind == "pdf" else _picture(path, kind, width)
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=3)
    return out.getvalue()


def _pdf_page(path, page, width):
    import pypdfium2  # noqa: PLC0415 — only who draws pays for it

    document = pypdfium2.PdfDocument(path)
    if not 1 <= page <= len(document):
        raise Refused("unreadable", "no such page")
    sheet = document[page - 1]
    page_width, page_height = sheet.get_size()
    if page_width <= 0 or page_height <= 0:
        raise Refused("unreadable", "empty page")
    scale = min(width / page_width, MAX_SIDE * 2 / page_height, 8)
    # The form layer is left out on purpose: nothing of it runs, and what is filled in is drawn from its appearance.
    return sheet.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")


def _picture(path, kind, width):
    with Image.open(path, formats=[kind.upper()]) as picture:
        if picture.width * picture.height > MAX_PIXELS:
            raise Refused("too-many-pixels")
        if kind == "jpeg":
            picture.draft(picture.mode, (width, width))
        picture.load()
        if picture.mode.startswith("I;16") or picture.mode == "I":
            turned = picture.convert("I").point(lambda value: value / 256).convert("L")
        else:
            turned = ImageOps.exif_transpose(picture)
        turned.thumbnail((width, MAX_SIDE * 2))
        if turned.mode in ("RGBA", "LA", "PA") or "transparency" in turned.info:
            turned = turned.convert("RGBA")
            paper = Image.new("RGBA", turned.size, "white")
            turned = Image.alpha_composite(paper, turned)
        return turned.convert("RGB")


def page_text(path: str, page: int) -> str:
    """The text layer of page `page` (from 1) of a PDF, cut at 200,000 letters; empty for a scan."""
    import pypdfium2  # noqa: PLC0415 — only who reads pays for it

    document = pypdfium2.PdfDocument(path)
    if not 1 <= page <= len(document):
        raise Refused("unreadable", "no such page")
    return document[page - 1].get_textpage().get_text_bounded()[:MAX_TEXT]


def text(path: str, kind: str) -> str:
    """What an office file says, without its looks: paragraphs as lines, cells apart by tabs, cut at 200,000 letters."""
    reader = {"docx": _docx, "xlsx": _xlsx, "odt": _odf, "ods": _odf}[kind]
    lines, length = [], 0
    with zipfile.ZipFile(path) as archive:
        for line in reader(archive):
            lines.append(line)
            length += len(line) + 1
            if length > MAX_TEXT:
                lines.append("…")
                break
    return "\n".join(lines)[: MAX_TEXT + 1]


def _part(archive, ending):
    return next((name for name in archive.namelist() if name.lower().endswith(ending)), None)


def _elements(archive, name):
    return (element for event, element in _events(archive, name) if event == "end")


def _events(archive, name):
    with archive.open(name) as stream:
        yield from ElementTree.iterparse(stream, events=("start", "end"))  # noqa: S314 — entities were refused


def _local(element):
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _docx(archive):
    name = _part(archive, "word/document.xml") or _part(archive, "document.xml")
    paragraph = []
    for element in _elements(archive, name):
        match _local(element):
            case "t":
                paragraph.append(element.text or "")
            case "tab":
                paragraph.append("\t")
            case "br" | "cr":
                paragraph.append("\n")
            case "p" if element.tag.startswith((_W, _STRICT_W)):
                yield "".join(paragraph)
                paragraph = []
                element.clear()


def _xlsx(archive):
    shared = []
    if name := _part(archive, "sharedstrings.xml"):
        for element in _elements(archive, name):
            if _local(element) == "si":
                shared.append("".join(part.text or "" for part in element.iter() if _local(part) == "t"))
                element.clear()
    sheets = sorted(name for name in archive.namelist() if "worksheets/sheet" in name.lower() and name.endswith(".xml"))
    for name in sheets:
        for element in _elements(archive, name):
            if _local(element) == "row":
                cells = [_cell(cell, shared) for cell in element if _local(cell) == "c"]
                if any(cells):
                    yield "\t".join(cells)
                element.clear()
        yield ""


def _cell(cell, shared):
    value = next((part.text or "" for part in cell if _local(part) == "v"), "")
    match cell.get("t"):
        case "s":
            return shared[int(value)] if value.isdigit() and int(value) < len(shared) else ""
        case "inlineStr":
            return "".join(part.text or "" for part in cell.iter() if _local(part) == "t")
    return value


def _odf(archive):
    cells, depth = [], 0
    for event, element in _events(archive, "content.xml"):
        match event, _local(element):
            case "start", "table-cell" | "covered-table-cell":
                depth += 1
            case "end", "table-cell" | "covered-table-cell":
                depth -= 1
                if not depth:
                    cells.append(" ".join("".join(part.itertext()) for part in element if _local(part) == "p"))
            case "end", "table-row" if not depth:
                if any(cells):
                    yield "\t".join(cells)
                cells = []
                element.clear()
            case "end", "p" | "h" if not depth:
                yield "".join(element.itertext())
