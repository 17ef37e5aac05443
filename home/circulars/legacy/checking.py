"""All lines of a legacy stock together: against each other, against the stock, and against the folder of PDFs."""

import unicodedata
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from core.files.inspection import inspect
from core.files.names import clean_name
from core.files.refusals import FileRefused
from core.organisations.models import Organisation
from home.circulars.enums import LineState
from home.circulars.legacy import columns, pages, table
from home.circulars.legacy.acts import Reference
from home.circulars.legacy.folders import TABLES
from home.circulars.legacy.problems import Problem, TableRefused, of_file
from home.circulars.legacy.rows import Key, Reader, Row
from home.circulars.models import Circular, ImportLine


class Stock:
    """A table with its PDFs, every line checked; writes nothing."""

    def __init__(self, folder: Path, *, authority: Organisation | None = None):
        self.folder = folder
        self.table = table.read(table_in(folder))
        self.reader = Reader(self.table.names, authority=authority)
        self.rows = [self.reader.read(line, values) for line, values in self.table.rows]
        self.pdfs = _pdfs(folder)
        self.lines: dict[Key, Row] = {}
        self.circulars: dict[Key, int] = {}
        self._by_number = defaultdict(set)

    def check(self, *, progress: Callable[[int], None] = lambda done: None) -> list[Row]:
        """Every line with its state and problems; NotNow when files cannot be looked at now."""
        self._against_each_other()
        self._against_the_stock()
        for done, row in enumerate(self.rows, 1):
            if row.state not in (LineState.KNOWN, LineState.CHANGED):
                self._file_and_text(row)
            row.problems += filter(None, (self._relation(row, reference) for reference in row.references))
            progress(done)
        for row in self.rows:
            row.state = row.state or (LineState.REFUSED if row.problems else LineState.READY)
        self._without_refused_ones()
        return self.rows

    def path_of(self, row: Row) -> Path | None:
        return self.pdfs.get(_name(row.pdf)) if row.pdf else None

    def resolve(self, row: Row, reference: Reference) -> Key | Problem:
        """The circular a line speaks of, or why there is none."""
        facts = {"value": reference.text}
        body = self.reader.bodies.get(columns.fold(reference.body)) if reference.body else row.facts.get("authority")
        found = {
            key
            for key in self._by_number[(body.pk if body else None, reference.number_key)]
            if reference.kind in ("", key[1]) and reference.year in (None, key[2])
        }
        if not found:
            return Problem("unknown_act", reference.column, facts)
        if len(found) > 1:
            return Problem("several_acts", reference.column, facts)
        (key,) = found
        return Problem("related_to_itself", reference.column, facts) if key == row.key else key

    def _against_each_other(self):
        for row in self.rows:
            if row.key is None:
                continue
            first = self.lines.setdefault(row.key, row)
            if first is not row:
                self.reader.refuse(row, "twice_in_file", "number", line=first.line)
            self._by_number[(row.key[0], row.key[3])].add(row.key)

    def _against_the_stock(self):
        for pk, authority, kind, signed_on, number_key in Circular.objects.values_list(
            "pk", "authority", "kind", "signed_on", "number_key"
        ).iterator(chunk_size=5000):
            key = (authority, kind, signed_on.year, number_key)
            self.circulars[key] = pk
            self._by_number[(authority, number_key)].add(key)
        brought = dict(ImportLine.objects.brought_in().values_list("circular", "digest"))
        for key, row in self.lines.items():
            circular = self.circulars.get(key)
            if circular in brought:
                row.state = LineState.KNOWN if brought[circular] == row.digest else LineState.CHANGED
                row.circular, row.problems = circular, []
                row.notes = [Problem("changed")] if row.state == LineState.CHANGED else []
            elif circular:
                self.reader.refuse(row, "in_stock", "number")

    def _file_and_text(self, row):
        path = self.path_of(row)
        if row.pdf:
            row.pages = self._pages(row, path)
        text = row.texts.get(row.authentic)
        if text is None or text.paragraphs:
            return
        if not row.pdf:
            self.reader.refuse(row, "no_authentic_text", f"text_{row.authentic}")
        elif row.page_count > pages.MAX_PAGES:
            self.reader.refuse(row, "too_many_pages", "pdf", pages=row.page_count, limit=pages.MAX_PAGES)
        elif not any(row.pages):
            row.notes.append(Problem("without_text", self.table.names["pdf"]))
        elif not pages.is_sound(row.pages):
            row.notes.append(Problem("text_out_of_order", self.table.names["pdf"]))
        else:
            text.paragraphs = pages.paragraphs(row.pages)
            row.notes.append(Problem("text_from_pdf", self.table.names["pdf"]))

    def _pages(self, row, path):
        """The text layer of its PDF by page, where the file may come in."""
        if path is None:
            code = "no_such_file" if row.pdf.lower().endswith(".pdf") else "not_a_pdf"
            self.reader.refuse(row, code, "pdf", value=row.pdf)
            return []
        verdict = inspect(path, path.name)
        if not verdict.accepted:
            refused = FileRefused(verdict.reason, name=path.name, size=path.stat().st_size, detail=verdict.detail)
            row.problems.append(of_file(refused, self.table.names["pdf"]))
            return []
        row.page_count = verdict.pages
        return pages.texts_of(path, verdict.pages)

    def _relation(self, row, reference):
        if reference.is_external or row.state:
            return None
        found = self.resolve(row, reference)
        return found if isinstance(found, Problem) else None

    def _without_refused_ones(self):
        """A line that speaks of a refused line is refused too, and so on until none is left."""
        refused = True
        while refused:
            refused = False
            for row in self.rows:
                if row.state != LineState.READY:
                    continue
                row.problems += filter(None, (self._refused(row, reference) for reference in row.references))
                if row.problems:
                    row.state, refused = LineState.REFUSED, True

    def _refused(self, row, reference):
        key = None if reference.is_external else self.resolve(row, reference)
        other = self.lines.get(key)
        if other is None or other.state != LineState.REFUSED or key in self.circulars:
            return None
        return Problem("refused_act", reference.column, {"value": reference.text, "line": other.line})


def table_in(folder: Path) -> Path:
    """The one table of a folder."""
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in TABLES and path.is_file())
    if len(found) != 1:
        raise TableRefused("several_tables" if found else "no_table")
    return found[0]


def _pdfs(folder):
    """Where each PDF of the folder lies, by its name; a file of a subfolder also by the name of that."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() == ".pdf" and path.is_file():
            found.setdefault(_name(path.name), path)
    return found


def _name(text):
    return unicodedata.normalize("NFC", clean_name(text)).casefold()
