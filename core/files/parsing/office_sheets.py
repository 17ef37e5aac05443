"""Workbooks as text: one page for each sheet that is not hidden, its title first, its rows with cells apart by tabs."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from core.files.parsing.findings import MAX_TEXT
from core.files.parsing.office_blocks import ODF, OOXML, inline, lines
from core.files.parsing.office_package import Package, local, value

_DATES = frozenset([14, 15, 16, 17, 22, *range(27, 32), 36, *range(50, 55), 57, 58])  # formats every program knows
_NOT_FORMAT = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|General', re.I)
_EPOCH, _EPOCH_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)  # noqa: DTZ001 — days in a sheet have no zone
_LAST_DAY = 2_958_465  # 9999-12-31


def xlsx(package: Package) -> Iterator[Iterable[str]]:
    book = package.main()
    relations = package.relations(book)
    shared = [
        inline(item, OOXML)
        for part in package.related(book, "sharedStrings")
        for item in package.children(part, {"sst"})
    ]
    dates = {style for part in package.related(book, "styles") for style in _date_styles(package, part)}
    is_1904 = any(value(item, "date1904") in ("1", "true") for item in package.children(book, {"workbook"}))
    for sheet in package.children(book, {"sheets"}):
        identifier = next((text for key, text in sheet.attrib.items() if key.endswith("}id")), "")
        _kind, part = relations.get(identifier, ("", ""))
        if part in package and sheet.get("state", "visible") == "visible":
            yield _xlsx_lines(package, part, sheet.get("name", ""), _Cells(shared, dates, is_1904))


def _xlsx_lines(package, part, title, cells):
    for row in package.children(part, {"sheetData"}):
        line = "\t".join(cells.text(cell) for cell in row if local(cell) == "c").rstrip("\t")
        if line and title:
            yield title
            title = ""  # once, and not of a sheet that is empty
        yield line


class _Cells:
    """What the cells of a workbook share."""

    def __init__(self, shared, dates, is_1904):
        self.shared, self.dates = shared, dates
        self.epoch = _EPOCH_1904 if is_1904 else _EPOCH

    def text(self, cell) -> str:
        held = next((part.text or "" for part in cell if local(part) == "v"), "")
        kind = cell.get("t", "n")
        if kind == "s":
            return self.shared[int(held)] if held.isdecimal() and int(held) < len(self.shared) else ""
        if kind == "inlineStr":
            return inline(cell, OOXML)
        return self._day(held) if kind == "n" and cell.get("s", "") in self.dates else held

    def _day(self, number):
        """A day as people write it down, of the count a sheet keeps."""
        try:
            days = float(number)
        except ValueError:
            return number
        if not 0 <= days <= _LAST_DAY:
            return number
        moment = self.epoch + timedelta(days=days)
        return f"{moment:%Y-%m-%d %H:%M}" if moment.hour or moment.minute else f"{moment:%Y-%m-%d}"


def _date_styles(package, part) -> Iterator[str]:
    """The numbers of the styles under which a number is a day."""
    own = {item.get("numFmtId", ""): item.get("formatCode", "") for item in package.children(part, {"numFmts"})}
    for number, style in enumerate(package.children(part, {"cellXfs"})):
        identifier = style.get("numFmtId", "")
        code = _NOT_FORMAT.sub("", own.get(identifier, "")).lower()
        if "y" in code or "d" in code or (identifier.isdecimal() and int(identifier) in _DATES):
            yield str(number)


def ods(package: Package) -> Iterator[Iterable[str]]:
    hidden = {
        value(style, "name")
        for style in package.children("content.xml", {"automatic-styles"})
        if any(value(part, "display") == "false" for part in style)
    }
    found, is_hidden, length = [], False, 0
    for event, element, above in package.walk("content.xml"):
        name = local(element)
        if name == "table" and above and local(above[-1]) == "spreadsheet":
            if event == "start":
                is_hidden = value(element, "style-name") in hidden
                found, length = [value(element, "name")], 0
            elif not is_hidden:
                yield found if any(found[1:]) else []
        elif name == "table-row" and event == "end":
            if not is_hidden and length <= MAX_TEXT:
                found.append(_ods_row(element))
                length += len(found[-1]) + 1
            element.clear()


def _ods_row(row):
    cells = (" ".join(lines(cell, ODF)) for cell in row if local(cell) in ODF.cells)
    return "\t".join(cells).rstrip("\t")
