"""Pictures: the header first, then every row decoded, so that what is accepted can be shown to its last line."""

from PIL import Image, ImageFile, JpegImagePlugin, MpoImagePlugin, PngImagePlugin, UnidentifiedImageError  # noqa: F401 — loaded once, by the helper

from core.files.parsing.findings import MAX_PIXELS, Refused, Verdict

LARGE = 8_000_000
Image.MAX_IMAGE_PIXELS = None  # our own limit, checked before anything is decoded
_UNREADABLE = (
    UnidentifiedImageError,
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    IndexError,
    EOFError,
    ZeroDivisionError,
)


def inspect(path: str, kind: str) -> Verdict:
    """Accepted when the whole picture decodes; Refused when it is too large to or stops half-way."""
    ImageFile.LOAD_TRUNCATED_IMAGES = False  # WeasyPrint turns it on for its whole process
    try:
        with Image.open(path, formats=[kind.upper()]) as picture:
            width, height = picture.size
            if width * height > MAX_PIXELS:
                raise Refused("too-many-pixels", f"{width}x{height}")
            if kind == "jpeg" and width * height > LARGE:
                # All of the data is still read, at an eighth of the size and of the memory.
                picture.draft(picture.mode, (width // 8, height // 8))
            picture.load()
    except _UNREADABLE as error:
        raise Refused("unreadable", f"{type(error).__name__}: {error}") from error
    return Verdict(kind, pages=1)
