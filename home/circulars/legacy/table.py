"""The table of a legacy stock: CSV in whatever encoding and with whatever separator, or XLSX, as rows of plain text."""

import codecs
import csv
import io
import re
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import openpyxl

from core.files.inspection import inspect
from core.text import clean_text
from home.circulars.legacy import columns
from home.circulars.legacy.problems import TableRefused

MAX_BYTES, MAX_LINES, MAX_CELL = 20_000_000, 20_000, 500_000
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_ARABIC_WORD = re.compile("[\u0621-\u064a]{3}")
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab"}


@dataclass(frozen=True)
class Table:
    """`names` are the columns as they stand in the table by what they mean; `rows` are (line, {meaning: text})."""

    names: dict[str, str]
    rows: list[tuple[int, dict[str, str]]]
    unknown: list[str]
    form: dict[str, str]


def read(path: Path) -> Table:
    """The table at `path`; TableRefused when it cannot be read or lacks a column every act needs."""
    if path.stat().st_size > MAX_BYTES:
        raise TableRefused("too_large")
    lines, form = _xlsx(path) if path.suffix.lower() == ".xlsx" else _csv(path.read_bytes())
    if not lines:
        raise TableRefused("empty")
    names, unknown = columns.recognise(lines[0][1])
    rows = [(line, _values(lines[0][1], names, cells)) for line, cells in lines[1:]]
    if not rows:
        raise TableRefused("empty")
    if len(rows) > MAX_LINES:
        raise TableRefused("too_large")
    return Table(names, rows, unknown, form)


def _values(header, names, cells):
    by_header = dict(zip(header, cells, strict=False))
    return {meaning: by_header.get(name, "") for meaning, name in names.items()}


def _csv(content: bytes):
    text, encoding = _decoded(content)
    csv.field_size_limit(MAX_CELL)
    separator = max(SEPARATORS, key=lambda separator: _fit(text, separator))
    reader, lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator), []
    try:
        for line, cells in enumerate(reader, 1):  # as spreadsheets count: a cell of several lines is one row
            if any(cell.strip() for cell in cells):
                lines.append((line, [clean_text(cell) for cell in cells]))
    except csv.Error as error:
        raise TableRefused("unreadable") from error
    return lines, {"format": "CSV", "encoding": encoding, "separator": SEPARATORS[separator]}


def _decoded(content):
    """Old tables of Windows are Arabic or French; Arabic words of three letters tell which."""
    for mark, codec, name in _MARKS:
        if content.startswith(mark):
            return content.decode(codec, "replace"), name
    try:
        return content.decode(), "UTF-8"
    except UnicodeDecodeError:
        arabic = content.decode("cp1256", "replace")
        if _ARABIC_WORD.search(arabic):
            return arabic, "Windows-1256"
        return content.decode("cp1252", "replace"), "Windows-1252"


def _fit(text, separator):
    """How well the first line reads with this separator: columns known, then columns at all."""
    try:
        header = next((cells for cells in csv.reader(io.StringIO(text), delimiter=separator) if any(cells)), [])
    except csv.Error:
        return 0, 0
    return sum(columns.meaning_of(cell) is not None for cell in header), len(header)


def _xlsx(path):
    if not inspect(path, path.name).accepted:  # bombs and macros, in a process with limits
        raise TableRefused("unreadable")
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        lines = []
        for line, cells in enumerate(book.worksheets[0].iter_rows(values_only=True), 1):
            values = [clean_text(_plain(cell))[:MAX_CELL] for cell in cells]
            if any(values):
                lines.append((line, values))
            if len(lines) > MAX_LINES + 1:
                raise TableRefused("too_large")
    finally:
        book.close()
    return lines, {"format": "XLSX"}


def _plain(cell) -> str:
    if isinstance(cell, datetime):
        cell = cell.date()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell)
