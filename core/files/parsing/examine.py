"""One file, one verdict: name, content, agreement of both, then the inside."""

import os

from core.files.parsing import content, image, office, pdf
from core.files.parsing.findings import (
    EXTENSIONS,
    MAX_FILE_BYTES,
    OFFICE,
    Refused,
    Verdict,
    declared_fits,
    extension_of,
)

_SILENT = ("unknown", "text", "empty", "xml", "riff")  # nothing that could be called by a name of its own


def examine(path: str, name: str, declared_type: str = "") -> Verdict:
    """Whether the file at `path`, sent as `name` and declared as `declared_type`, may come in."""
    with open(path, "rb") as stream:
        head = stream.read(content.HEAD)
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(0, size - 65_600))
        tail = stream.read()
    found = content.sniff(head)
    try:
        return _examine(path, name, declared_type, found, head, tail, size)
    except Refused as refused:
        return Verdict(refused.kind or found).refused(refused.reason, refused.detail)
    except (MemoryError, RecursionError) as error:
        return Verdict(found).refused("bomb", type(error).__name__)


def _examine(path, name, declared_type, found, head, tail, size):
    expected = EXTENSIONS.get(extension_of(name))
    if expected is None:
        raise Refused("kind-not-allowed", found if found == "heic" else f"extension {extension_of(name)!r}")
    if not size:
        raise Refused("unreadable", "empty")
    if size > MAX_FILE_BYTES:
        raise Refused("too-large", str(size))
    verdict = _open(path, found, expected)
    if verdict.kind != expected:
        raise Refused("wrong-extension", f"{verdict.kind} named {expected}", kind=verdict.kind)
    _refuse_second_nature(verdict.kind, head, tail)
    if not declared_fits(verdict.kind, declared_type):
        raise Refused("wrong-type", f"declared as {declared_type}", kind=verdict.kind)
    return verdict


def _open(path, found, expected):
    if found in _SILENT:
        raise Refused("unreadable", f"no {expected}: {found}")
    if found == "zip" and expected in OFFICE:
        return office.inspect(path)
    if found == "ole" and expected in OFFICE:
        with open(path, "rb") as stream:
            return office.inspect_ole(stream.read())
    if found != expected:
        raise Refused("wrong-extension", f"{found} named {expected}")
    return pdf.inspect(path) if found == "pdf" else image.inspect(path, found)


def _refuse_second_nature(kind, head, tail):
    """A file that is two things at once shows each reader another one."""
    if kind != "pdf" and (at := content.hidden_pdf(head)) >= 0 and not _is_part(kind, head, at):
        raise Refused("polyglot", f"a PDF begins at {at}", kind=kind)
    if kind == "pdf" and content.markup_before_pdf(head):
        raise Refused("polyglot", "a page of the web precedes the PDF", kind=kind)
    if kind not in OFFICE and content.trailing_zip(tail):
        raise Refused("polyglot", "an archive ends the file", kind=kind)


def _is_part(kind, head, at):
    """A stored preview in an office file (Thumbnails/thumbnail.pdf) is a part, not a second nature."""
    return kind in OFFICE and head[:at].endswith(b".pdf")
