"""What a file is, told from its bytes; names and declared types come afterwards."""

import re

HEAD = 4096
PDF_HEADER_WITHIN = 1024  # readers find the header of a PDF anywhere in the first kilobyte

_SIGNATURES = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"PK\x07\x08", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"II+\x00", "tiff"),
    (b"MM\x00+", "tiff"),
    (b"{\\rtf", "rtf"),
    (b"MZ", "exe"),
    (b"\x7fELF", "exe"),
    (b"\xca\xfe\xba\xbe", "exe"),
    (b"\xcf\xfa\xed\xfe", "exe"),
    (b"#!", "script"),
    (b"Rar!\x1a\x07", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\x1f\x8b\x08", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"%!PS", "postscript"),
    (b"\xc5\xd0\xd3\xc6", "postscript"),
    (b"8BPS", "photoshop"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "jpeg2000"),
    (b"\xff\x4f\xff\x51", "jpeg2000"),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "jpegxl"),
    (b"ID3", "audio"),
    (b"OggS", "audio"),
    (b"fLaC", "audio"),
    (b"\x1aE\xdf\xa3", "video"),
    (b"FWS", "flash"),
    (b"CWS", "flash"),
    (b"ITSF", "chm"),
    (b"!<arch>", "archive"),
    (b"MSCF", "cab"),
    (b"L\x00\x00\x00\x01\x14\x02\x00", "shortcut"),
    (b"\xd7\xcd\xc6\x9a", "metafile"),
    (b"\x01\x00\x09\x00\x00\x03", "metafile"),
    (b"AC1", "drawing"),
)
_HEIF_BRANDS = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1", b"heif"}
_MARKUP = re.compile(
    rb"^\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+)?(html|svg|head|body|script)\b", re.I | re.S
)

_ACTIVE_MARKUP = re.compile(rb"<(?:!doctype\s+html|html|head|body|script|svg|\?php)\b", re.I)


def sniff(head: bytes) -> str:
    """A word for what begins with `head` (at least the first kilobyte), "unknown" when nothing fits."""
    if not head:
        return "empty"
    if kind := _signature(head):
        return kind
    if b"%PDF" in head[: PDF_HEADER_WITHIN + 4]:  # readers forgive a version that is written badly
        return "pdf"
    return _text(head)


def hidden_pdf(head: bytes) -> int:
    """Where a second nature as PDF begins in a file that starts as something else; -1 when nowhere."""
    return head[: PDF_HEADER_WITHIN + 5].find(b"%PDF-")


def markup_before_pdf(head: bytes) -> bool:
    """Whether what precedes the header of a PDF is a page or a program; mail headers and blank lines are harmless."""
    return bool(_ACTIVE_MARKUP.search(head[: max(head.find(b"%PDF"), 0)]))


def trailing_zip(tail: bytes) -> bool:
    """Whether the file ends exactly where an archive ends: archives are read from their end, whatever comes before."""
    at = tail.rfind(b"PK\x05\x06")
    while at >= 0:
        if len(tail) >= at + 22 and at + 22 + int.from_bytes(tail[at + 20 : at + 22], "little") == len(tail):
            return int.from_bytes(tail[at + 10 : at + 12], "little") > 0
        at = tail.rfind(b"PK\x05\x06", 0, at)
    return False


def _signature(head):
    for start, kind in _SIGNATURES:
        if head.startswith(start):
            return kind
    if head[:4] == b"RIFF" and len(head) >= 12:
        return {b"WEBP": "webp", b"WAVE": "audio", b"AVI ": "video"}.get(head[8:12], "riff")
    if head[4:8] == b"ftyp":
        brands = {head[8:12]} | {head[at : at + 4] for at in range(16, min(len(head), 64), 4)}
        if brands & _HEIF_BRANDS:
            return "heic"
        return "avif" if b"avif" in brands else "video"
    if head[:2] == b"BM" and head[6:10] == b"\0\0\0\0":
        return "bmp"
    if head[257:262] == b"ustar":
        return "tar"
    return ""


def _text(head):
    start = head.removeprefix(b"\xef\xbb\xbf")
    if markup := _MARKUP.match(start):
        return "svg" if markup[1].lower() == b"svg" else "html"
    if start.lstrip().startswith(b"<?xml"):
        return "svg" if b"<svg" in start else "xml"
    if b"\0" not in head and not re.search(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f]", head):
        return "text"
    return "unknown"
