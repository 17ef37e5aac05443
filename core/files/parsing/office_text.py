"""What office files say, without their looks: one page for a text, one for each sheet and each slide.

In the order of reading: the head of the page, paragraphs, tables row by row, boxes behind the paragraph they stand in,
notes, the foot. Left out: sheets that are hidden, words that were struck out, comments.
"""

import zipfile
import zlib
from collections.abc import Iterable, Iterator
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException

from core.files.parsing import office_sheets
from core.files.parsing.findings import MAX_PAGES, MAX_TEXT, MAX_TEXT_OF_FILE, Refused
from core.files.parsing.office_blocks import ODF, OOXML, lines
from core.files.parsing.office_package import Package, local

_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    ParseError,
    DefusedXmlException,
    NotImplementedError,
    EOFError,
    KeyError,
    UnicodeError,
)


def pages(path: str, kind: str) -> tuple[list[tuple[str, bool]], bool]:
    """The text of each page and whether it was cut at its limit; and whether further pages were left out."""
    found, length = [], 0
    try:
        with zipfile.ZipFile(path) as archive:
            for page in _READERS[kind](Package(archive)):
                if len(found) == MAX_PAGES or length > MAX_TEXT_OF_FILE:
                    return found, True
                found.append(_within_limit(page))
                length += len(found[-1][0])
    except _BROKEN as error:
        raise Refused("unreadable", f"{type(error).__name__}: {error}") from error
    except RuntimeError as error:  # what zipfile says of a part with a password
        raise Refused("encrypted", str(error)) from error
    return found, False


def _within_limit(page: Iterable[str]):
    kept, length = [], 0
    for line in page:
        if not line.strip():
            continue
        kept.append(line)
        length += len(line) + 1
        if length > MAX_TEXT:
            return "\n".join(kept)[:MAX_TEXT], True
    return "\n".join(kept), False


# --- texts ----------------------------------------------------------------------------------------------------------


def _docx(package) -> Iterator[Iterable[str]]:
    yield _docx_lines(package, package.main())


def _docx_lines(package, main):
    yield from _once(package, package.related(main, "header"), "hdr")
    for block in package.children(main, {"body"}):
        yield from lines(block, OOXML)
    for kind in ("footnotes", "endnotes"):
        for part in package.related(main, kind):
            for note in package.children(part, {kind}):
                yield from lines(note, OOXML)
    yield from _once(package, package.related(main, "footer"), "ftr")


def _once(package, parts, parent):
    """The lines of heads or feet, said once however many pages repeat them."""
    said = set()
    for part in parts:
        for block in package.children(part, {parent}):
            for line in lines(block, OOXML):
                if line not in said:
                    said.add(line)
                    yield line


def _odt(package) -> Iterator[Iterable[str]]:
    yield _odt_lines(package)


def _odt_lines(package):
    heads, feet = {}, {}
    for block in package.children("styles.xml", {"master-page"}):
        side = heads if local(block).startswith("header") else feet
        side.update(dict.fromkeys(lines(block, ODF)))
    yield from heads
    for block in package.children("content.xml", {"text"}):
        yield from lines(block, ODF)
    yield from feet


# --- slides, with what the speaker notes ----------------------------------------------------------------------------


def _pptx(package) -> Iterator[Iterable[str]]:
    main = package.main()
    relations = package.relations(main)
    for slide in package.children(main, {"sldIdLst"}):
        identifier = next((text for key, text in slide.attrib.items() if key.endswith("}id")), "")
        _kind, part = relations.get(identifier, ("", ""))
        if part in package:
            yield _pptx_lines(package, part)


def _pptx_lines(package, part):
    for name in (part, *package.related(part, "notesSlide")):
        for shape in package.children(name, {"spTree"}):
            yield from lines(shape, OOXML)


def _odp(package) -> Iterator[Iterable[str]]:
    for page in package.children("content.xml", {"presentation"}):
        if local(page) == "page":
            yield lines(page, ODF)


_READERS = {
    "docx": _docx,
    "odt": _odt,
    "pptx": _pptx,
    "odp": _odp,
    "xlsx": office_sheets.xlsx,
    "ods": office_sheets.ods,
}
