"""Paragraphs and tables of both families of office formats as lines of text."""

import re
from dataclasses import dataclass

from core.files.parsing.office_package import local, value

_MOST_SPACES = 20
_WHITE = re.compile(r"\s+")


@dataclass(frozen=True)
class Vocabulary:
    """What the elements of a family of formats are, by their names without namespace."""

    paragraphs: frozenset
    rows: frozenset
    cells: frozenset
    asides: frozenset  # stand inside a paragraph and have paragraphs of their own
    unread: frozenset
    signs: dict
    texts: frozenset | None  # the elements that hold words; None: every one


OOXML = Vocabulary(
    paragraphs=frozenset(["p"]),
    rows=frozenset(["tr"]),
    cells=frozenset(["tc"]),
    asides=frozenset(["txbxContent", "txBody"]),
    unread=frozenset(["Fallback", "del", "moveFrom", "rPh", "pPr"]),  # pPr: where the tab stops are, not a tab
    signs={"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"},
    texts=frozenset(["t"]),
)
ODF = Vocabulary(
    paragraphs=frozenset(["p", "h"]),
    rows=frozenset(["table-row"]),
    cells=frozenset(["table-cell", "covered-table-cell"]),
    asides=frozenset(["note-body", "text-box", "custom-shape"]),
    unread=frozenset(["tracked-changes", "annotation", "note-citation", "forms"]),
    signs={"tab": "\t", "line-break": "\n"},
    texts=None,
)


def lines(element, words: Vocabulary) -> list[str]:
    """The lines of a block and of all that is in it."""
    found = []
    _collect(element, words, found)
    return found


def inline(element, words: Vocabulary) -> str:
    """What one paragraph says, without what stands in boxes and notes."""
    return "".join(_pieces(element, words, []))


def _collect(element, words, found):
    name = local(element)
    if name in words.paragraphs:
        asides = []
        found.append("".join(_pieces(element, words, asides)).strip("\n"))
        for aside in asides:
            for child in aside:
                _collect(child, words, found)
    elif name in words.rows:
        cells = [lines(cell, words) for cell in element if local(cell) in words.cells]
        found += _row([[line for line in cell if line.strip()] for cell in cells])
    elif name not in words.unread:
        for child in element:
            _collect(child, words, found)


def _row(cells):
    """Short cells on one line, apart by tabs; a table that only lays out a page as its paragraphs."""
    if all(len(cell) <= 1 for cell in cells):
        return ["\t".join(cell[0] if cell else "" for cell in cells).rstrip("\t")]
    return [line for cell in cells for line in cell]


def _pieces(element, words, asides):
    """The text of a paragraph in pieces; what has paragraphs of its own is put aside."""
    if words.texts is None:
        yield _WHITE.sub(" ", element.text or "")  # of the white space between two words one space counts
    elif local(element) in words.texts:
        yield element.text or ""
    for child in element:
        yield from _piece(child, words, asides)
        if words.texts is None:
            yield _WHITE.sub(" ", child.tail or "")


def _piece(child, words, asides):
    name = local(child)
    if name in words.asides:
        asides.append(child)
    elif name in words.signs:
        yield words.signs[name]
    elif name == "s" and words.texts is None:
        many = value(child, "c")
        yield " " * min(int(many) if many.isdecimal() else 1, _MOST_SPACES)
    elif name not in words.unread:
        yield from _pieces(child, words, asides)
