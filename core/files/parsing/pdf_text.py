"""The text layer of a PDF, page by page, with what pdfium turns round or cuts put right."""

import ctypes
import re
import sys
from dataclasses import dataclass

from core.files.parsing.findings import MAX_TEXT, Refused

MOST_PICTURES = 500
_ARABIC = re.compile("[\u0621-\u063a\u0641-\u064a\u0671-\u06d3]{2,}")  # letters without marks
_ALEF_LAM, _LAM_ALEF = re.compile("[اأإآٱ]ل"), re.compile("ل[اأإآٱ]")
# Where pdfium finds a word parted at the end of a line it puts U+0002 for the hyphen and no line break.
_PARTED = re.compile(r"(\w*)(?:\x02|[\u2010\u00ad]\n)(?=(\w?))")
_COMPOUNDS = re.compile(  # a hyphen after these belongs to the word: ci-dessous, non-lieu, vice-président
    r"(?:\d.*|.*\d|ci|l[àa]|non|sous|vice|demi|semi|mi|ex|ce(?:lles?|lui|ux)|peut|apr[èe]s|avant|contre|sus|quasi)",
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
    """The letters of a page, those of each ligature the right way round.

    pdfium takes an Arabic ligature apart as if it were read from left to right; that letters come from one glyph shows
    in their common outline. Few producers write them turned round to begin with: their lam-alefs come out right.
    """
    import pypdfium2.raw  # noqa: PLC0415

    codes = (pypdfium2.raw.FPDFText_GetUnicode(textpage.raw, place) for place in range(count))
    letters = [chr(code) if code <= sys.maxunicode else "\ufffd" for code in codes]
    ligatures = list(_ligatures(textpage, letters))
    read = ["".join(letters[start:end]) for start, end in ligatures]
    turned, right = (sum(map(len, map(pattern.findall, read))) for pattern in (_ALEF_LAM, _LAM_ALEF))
    for start, end in ligatures if turned >= right else ():
        letters[start:end] = letters[start:end][::-1]
    return letters


def _ligatures(textpage, letters):
    """(start, end) of neighbouring Arabic letters drawn by one glyph."""
    for found in _ARABIC.finditer("".join(letters)):
        start, box = found.start(), _box(textpage, found.start())
        for place in range(found.start() + 1, found.end() + 1):
            following = _box(textpage, place) if place < found.end() else None
            if following != box:
                if place - start > 1:
                    yield start, place
                start, box = place, following


def _box(textpage, place):
    import pypdfium2.raw  # noqa: PLC0415

    sides = [ctypes.c_double() for _ in range(4)]
    pypdfium2.raw.FPDFText_GetCharBox(textpage.raw, place, *sides)
    return [side.value for side in sides]


def _joined(parted):
    word, following = parted.groups()
    keeps = _COMPOUNDS.fullmatch(word) or following.isdigit()
    return f"{word}-" if keeps else word
