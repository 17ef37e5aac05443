"""A legacy stock comes in: checked as a whole, then line by line, then its relations. Each step may be done again."""

from collections.abc import Callable
from pathlib import Path

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.rich_text import RichText

from core.audit.operations import record
from core.exceptions import NotAllowed, WrongState
from core.files.names import clean_name
from core.files.refusals import FileRefused
from core.outbox.operations import enqueue
from home.circulars import permissions
from home.circulars.blocks import PARAGRAPH
from home.circulars.enums import FileRole, ImportState, LineState, Purpose
from home.circulars.legacy import folders
from home.circulars.legacy.checking import Stock
from home.circulars.legacy.problems import Problem, TableRefused, of_file
from home.circulars.models import (
    Addressee,
    Circular,
    CircularFile,
    CircularText,
    ExternalAct,
    ImportLine,
    ImportRun,
    Relation,
)
from home.circulars.operations import history
from home.circulars.operations.files import attach
from home.circulars.operations.in_force import refresh_force
from home.circulars.operations.publication import freeze

OWN_IMPORT = gettext_lazy(
    "You prepared this import: a second person must start it. Ask another publisher of your administration."
)
STEP = 10  # lines between two signs of progress


def _no_pause():
    """Nobody waits behind this import."""


def prepare_import(table, *, name: str, authority, by) -> ImportRun:
    """Keep the table of a legacy stock, as the beginning of its import; PDFs may follow.

    Refused: NotAllowed but to editors and publishers of the administration; TableRefused unless it is a CSV or XLSX of
    a size that can be read.
    """
    if not permissions.can_prepare_import(by, authority):
        raise NotAllowed()
    run = ImportRun(authority=authority, by=by, table_name=clean_name(name), state=ImportState.PREPARING)
    folders.keep_table(run.public_id, table, run.table_name)
    run.save()
    record("circulars.import_prepared", run, by=by)
    return run


def add_archive(run: ImportRun, archive, *, by) -> int:
    """Unpack a ZIP of PDFs beside the table; how many PDFs there are now. What was checked has to be checked again.

    Whoever adds files has a hand in the import, and cannot start it.

    Refused: NotAllowed but to editors and publishers of the administration; WrongState once the import has begun;
    TableRefused for what is no ZIP, unpacks to too much or holds two files of one name.
    """
    _refuse_strangers(run, by)
    _ask(run, (ImportState.PREPARING, ImportState.CHECKED), ImportState.PREPARING, changed_by=by)
    return folders.unpack(run.public_id, archive)


@transaction.atomic
def ask_to_check(run: ImportRun, *, by) -> None:
    """Hand the stock to the workers to be checked. Refused as `add_archive`."""
    _refuse_strangers(run, by)
    _ask(run, (ImportState.PREPARING, ImportState.CHECKED), ImportState.CHECKING)
    enqueue("circulars.check_import", {"run": run.pk})


def _refuse_strangers(run, user):
    if run.authority is None or not permissions.can_prepare_import(user, run.authority):
        raise NotAllowed()


def _ask(run, states, state, **values):
    values |= {"state": state, "done": 0, "finished_at": None}
    if not ImportRun.objects.filter(pk=run.pk, state__in=states).update(**values):
        raise WrongState(_("This import has begun already, or has not been checked yet."))
    for name, value in values.items():
        setattr(run, name, value)


def rehearse(run: ImportRun, folder: Path, *, pause: Callable[[], None] = _no_pause) -> ImportRun:
    """Check every line of the stock in `folder` and write down what would become of it; no circular is touched.

    A table that cannot be read is refused as a whole, with its reason. NotNow when files cannot be looked at now.
    `pause` is called every few lines, for what must not wait until the end.
    """
    stock = _checked(run, folder, pause)
    if stock:
        _finish(run, ImportState.CHECKED)
    return run


@transaction.atomic
def ask_to_bring_in(run: ImportRun, *, by) -> None:
    """Hand a checked stock to the workers.

    Refused: NotAllowed but to publishers, and to whoever sent the table or the files that came last, with a sentence;
    WrongState unless it was checked.
    """
    kept = ImportRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if not permissions.publishes_import(by, kept):
        raise NotAllowed()
    if permissions.prepared_import(by, kept):
        raise NotAllowed(OWN_IMPORT, code="own_import")
    _ask(run, (ImportState.CHECKED,), ImportState.IMPORTING)
    record("circulars.import_asked", run, by=by)
    enqueue("circulars.bring_in", {"run": run.pk, "by": by.pk}, key=f"circulars.bring_in:{run.pk}")


def bring_in(run: ImportRun, folder: Path, *, by, pause: Callable[[], None] = _no_pause) -> ImportRun:
    """Import every line that has no fault, each in a transaction of its own, then enter the relations.

    An act comes in as it was published then: its first version has its own date, nobody is told or asked. One whose
    text still has to be read or proof-read becomes a draft. Lines that came in before are recognised and left alone,
    so that a run that was cut short goes on where it stood.
    """
    stock = _checked(run, folder, pause)
    if stock is None:
        return run
    run.state = ImportState.IMPORTING
    ready = [row for row in stock.rows if row.state == LineState.READY]
    for done, row in enumerate(ready, 1):
        _bring_in_line(run, stock, row, by=by)
        _progress(run, done, len(ready), pause)
    for row in stock.rows:
        _bind(stock, row)
    record("circulars.imported", run, by=by, lines=len(stock.rows))
    return _finish(run, ImportState.DONE)


def _checked(run, folder, pause) -> Stock | None:
    """The stock with every line checked and written down; None when its table was refused."""
    try:
        stock = Stock(folder, authority=run.authority)
    except TableRefused as refused:
        run.problem = {"code": refused.code, "params": refused.params}
        _finish(run, ImportState.REFUSED)
        return None
    run.form = stock.table.form | {"unknown": stock.table.unknown}
    run.problem = {}
    run.save(update_fields=["form", "problem"])
    stock.check(progress=lambda done: _progress(run, done, len(stock.rows), pause))
    own = set(run.lines.brought_in().values_list("number", flat=True))
    ImportLine.objects.bulk_create(
        [_line(run, row) for row in stock.rows if row.line not in own],
        update_conflicts=True,
        unique_fields=["run", "number"],
        update_fields=["label", "digest", "state", "problems", "circular"],
        batch_size=500,
    )
    return stock


def _line(run, row):
    return ImportLine(
        run=run,
        number=row.line,
        label=row.label,
        digest=row.digest,
        state=row.state,
        problems=_said(row),
        circular_id=row.circular,
    )


def _said(row, *more):
    return [problem.as_dict() for problem in [*row.problems, *row.notes, *more]]


def _bring_in_line(run, stock, row, *, by):
    """One act with its file and its version, or nothing of it and the reason."""
    lines = ImportLine.objects.filter(run=run, number=row.line)
    try:
        with transaction.atomic():
            circular = _circular(row)
            row.circular = circular.pk
            state = LineState.IMPORTED if circular.live else LineState.DRAFTED
            lines.update(circular=circular, state=state, is_bound=not row.references)
            if path := stock.path_of(row):
                _attach(circular, path, row, by=by)
            if circular.live:
                freeze(circular, by=by)
    except FileRefused as refused:
        _refuse(lines, row, of_file(refused, stock.table.names["pdf"]))
    except IntegrityError:
        _refuse(lines, row, Problem("not_published"))


def _refuse(lines, row, problem):
    row.circular, row.state = None, LineState.REFUSED
    lines.update(state=LineState.REFUSED, problems=_said(row, problem))


def _circular(row) -> Circular:
    """The act with its texts and addressees; a draft while its authentic text has no paragraph."""
    is_complete, now = bool(row.texts[row.authentic].paragraphs), timezone.now()
    circular = Circular(
        **row.facts,
        live=is_complete,
        has_unpublished_changes=not is_complete,
        first_published_at=now if is_complete else None,
        last_published_at=now if is_complete else None,
    )
    circular.texts = [
        CircularText(
            language=language,
            standing=text.standing,
            title=text.title,
            summary=text.summary,
            body=[(PARAGRAPH, _rich(words)) for words in text.paragraphs],
        )
        for language, text in row.texts.items()
    ]
    circular.addressees = [Addressee(organisation=body, purpose=Purpose.INFORMATION) for body in row.addressees]
    circular.themes = row.themes
    circular.save()
    return circular


def _rich(words):
    return RichText(format_html("<p>{}</p>", words))


def _attach(circular, path, row, *, by) -> CircularFile:
    with path.open("rb") as stream:
        return attach(
            circular,
            stream,
            name=path.name,
            by=by,
            role=FileRole.PDF if any(row.pages) else FileRole.SCAN,
            language=row.authentic,
        )


def _bind(stock, row):
    """Enter the relations of one act once all acts are in; what cannot be entered is said in its line."""
    line = ImportLine.objects.brought_in().filter(circular=row.circular, is_bound=False).first()
    if line is None:
        return
    lost = []
    with transaction.atomic():
        for reference in row.references:
            target = _target(stock, row, reference)
            if isinstance(target, Problem):
                lost.append(target)
            else:
                Relation.objects.get_or_create(
                    subject_id=row.circular, predicate=reference.predicate, paragraphs=reference.paragraphs, **target
                )
        refresh_force([row.circular])
        history.note_relations([row.circular])
        history.tell_changed(history.speaking_of(row.circular))
        line.is_bound = not lost
        line.problems = _said(row, *lost)
        line.save(update_fields=["is_bound", "problems"])


def _target(stock, row, reference) -> dict | Problem:
    if reference.is_external:
        act, _is_new = ExternalAct.objects.get_or_create(
            kind=reference.kind, number_key=reference.number_key, defaults={"number": reference.number}
        )
        return {"external": act}
    found = stock.resolve(row, reference)
    if isinstance(found, Problem):
        return _lost(reference, found.code)
    other = stock.circulars.get(found) or stock.lines[found].circular
    return {"circular_id": other} if other else _lost(reference, "refused_act", line=stock.lines[found].line)


def _lost(reference, code, **facts):
    return Problem("not_bound", reference.column, {"value": reference.text, "reason": code, **facts})


def _progress(run, done, total, pause):
    if done % STEP == 0:
        run.done, run.total = done, total
        run.save(update_fields=["done", "total"])
        pause()


def _finish(run, state):
    run.state, run.finished_at = state, timezone.now()
    run.save(update_fields=["state", "finished_at", "problem"])
    return run
