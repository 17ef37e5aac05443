"""The text layer of a PDF, page by page, with what pdfium turns round or cuts put right."""

import ctypes
import re
import sys
from dataclasses import dataclass

from core.files.parsing.findings import MAX_TEXT, Refused

MOST_PICTURES = 500
_ALEFS = "اأإآٱ"
_LAM = "ل"
# Where pdfium finds a word parted at the end of a line it puts U+0002 for the hyphen and no line break.
_PARTED = re.compile(r"(\w*)(?:\x02|[\u2010\u00ad]\n)(?=(\w?))")
_COMPOUNDS = re.compile(  # a hyphen after these belongs to the word: ci-dessous, non-lieu, vice-président
    r"(?:\d.*|.*\d|ci|l[àa]|non|sous|vice|demi|semi|mi|ex|celle|celui|celles|ceux|peut|apr[èe]s|avant|contre|sus|quasi)",
    re.I,
)


@dataclass(frozen=True)
class Layer:
    """What a page says, whether that was cut at the limit, and how much of the page a picture covers (0 to 1)."""

    text: str = ""
    is_cut: bool = False
    is_blank: bool = False
    covered: float = 0.0


def layer(path: str, page: int) -> Layer:
    """The text layer of page `page` (from 1); empty for a scan."""
    import pypdfium2  # noqa: PLC0415 — only who reads pays for it

    try:
        document = pypdfium2.PdfDocument(path)
        if not 1 <= page <= len(document):
            raise Refused("unreadable", "no such page")
        sheet = document[page - 1]
        textpage = sheet.get_textpage()
        is_blank = not pypdfium2.raw.FPDFPage_CountObjects(sheet.raw)
        covered = _covered(sheet)
    except pypdfium2.PdfiumError as error:
        raise Refused("unreadable", str(error)) from error
    count = textpage.count_chars()
    letters = _letters(textpage, min(count, MAX_TEXT))
    text = "".join(letters).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return Layer(_PARTED.sub(_joined, text.replace("\r\n", "\n")), count > MAX_TEXT, is_blank, covered)


def _covered(sheet):
    """How much of the page its largest picture covers."""
    import pypdfium2.raw  # noqa: PLC0415

    width, height = sheet.get_size()
    largest = 0.0
    for place, found in enumerate(sheet.get_objects([pypdfium2.raw.FPDF_PAGEOBJ_IMAGE], max_depth=3)):
        left, bottom, right, top = found.get_bounds()
        largest = max(largest, (min(right, width) - max(left, 0)) * (min(top, height) - max(bottom, 0)))
        if place == MOST_PICTURES:
            break
    return min(largest / (width * height), 1.0) if width * height > 0 else 0.0


def _letters(textpage, count):
    """The letters of a page, each lam-alef the right way round.

    pdfium takes the glyph of a lam-alef apart as if it were read from left to right; that both letters come from one
    glyph, and are to be swapped, shows in their common origin.
    """
    import pypdfium2.raw  # noqa: PLC0415

    codes = (pypdfium2.raw.FPDFText_GetUnicode(textpage.raw, place) for place in range(count))
    letters = [chr(code) if code <= sys.maxunicode else "\ufffd" for code in codes]
    for place in range(count - 1):
        if (
            letters[place + 1] == _LAM
            and letters[place] in _ALEFS
            and _origin(textpage, place) == _origin(textpage, place + 1)
        ):
            letters[place], letters[place + 1] = _LAM, letters[place]
    return letters


def _origin(textpage, place):
    import pypdfium2.raw  # noqa: PLC0415

    x, y = ctypes.c_double(), ctypes.c_double()
    pypdfium2.raw.FPDFText_GetCharOrigin(textpage.raw, place, x, y)
    return x.value, y.value


def _joined(parted):
    word, following = parted.groups()
    keeps = _COMPOUNDS.fullmatch(word) or following.isdigit()
    return f"{word}-" if keeps else word
