"""Derivatives for the eyes of staff: a page as a picture. The original stays as it is."""

import io

from PIL import Image, ImageOps

from core.files.parsing import image as _image  # noqa: F401 — sets Pillow's limits
from core.files.parsing.findings import MAX_PIXELS, Refused

MAX_SIDE = 2400


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
