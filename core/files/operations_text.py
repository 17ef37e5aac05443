"""What files say is read by the workers, page by page, kept once, put right by people and, when asked, read again."""

import logging
from collections.abc import Callable, Iterable

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from core.exceptions import NotAllowed, WrongState
from core.files import reading
from core.files.enums import MAX_PAGES, ReadProblem, ReadState
from core.files.models import FilePage, StoredFile
from core.files.permissions import can_read_again
from core.files.signals import file_read
from core.outbox.operations import enqueue_all
from core.text import clean_text

READ = "files.read"
SETTLED = (ReadState.READ, ReadState.NOTHING)
# What of the problems of its pages is said of a file; the first two ask for another try.
_PROBLEMS = (
    ReadProblem.NO_RECOGNITION,
    ReadProblem.LOST,
    ReadProblem.TOO_COSTLY,
    ReadProblem.DAMAGED,
    ReadProblem.TOO_MANY_PAGES,
    ReadProblem.CUT,
)
_NOT_NOW = _PROBLEMS[:3]

logger = logging.getLogger(__name__)


def ask_to_read(files: Iterable[StoredFile], *, turn: str = "") -> None:
    """Put on the list of the workers what organisations hold and may be opened, once for each `turn`."""
    wanted = [file for file in files if file.organisation_id and file.is_openable]
    enqueue_all(READ, [({"file": file.pk}, f"{READ}:{file.pk}:{turn}".rstrip(":")) for file in wanted])


def read_text(file: StoredFile, *, pause: Callable[[], None] = lambda: None) -> ReadState:
    """Read on where it stands; each page is kept as soon as it is read. `pause` is called before and between pages.

    Bytes that the same organisation holds already, and that were read, are not read again; while an older file with
    the same bytes waits, its turn brings the text of this one too. At the end `file_read` is sent, for each file the
    text is for. NotNow, and nothing lost, when no child process can be had.
    """
    twins = StoredFile.objects.readable().filter(_same_bytes(file)).exclude(pk=file.pk)
    if source := twins.filter(reading__in=SETTLED).order_by("pk").first():
        return _copy(source, [file])
    if twins.to_read().filter(pk__lt=file.pk).exists():
        return ReadState.WAITING
    pause()
    problem = _read_pages(file, pause) if file.has_pages else _read_whole(file)
    _settle(file, problem)
    return ReadState(file.reading)


def read_again(files: Iterable[StoredFile], *, by) -> None:
    """Forget what was read of `files`, and put them on the list of the workers; administrators only (NotAllowed)."""
    if not can_read_again(by):
        raise NotAllowed()
    files = list(files)
    with transaction.atomic():
        forget(files)
        ask_to_read(files, turn=f"{timezone.now():%Y%m%d%H%M%S%f}")
    logger.info("files.read_again", extra={"count": len(files), "by": by.pk})


def forget(files: Iterable[StoredFile]) -> None:
    """As if never read, they and what else holds the same bytes; pages that somebody put right stay."""
    for file in files:
        same = StoredFile.objects.filter(_same_bytes(file))
        with transaction.atomic():
            same.update(reading=ReadState.WAITING, read_problem="", read_at=None)
            FilePage.objects.filter(file__in=same, is_corrected=False).delete()


@transaction.atomic
def correct_page(file: StoredFile, *, number: int, text: str) -> None:
    """Keep what somebody who compared a page made of its text; who that is, and may, the floor above knows.

    Refused while the page has not been read (WrongState). `file_read` is sent, once the file is read to its end.
    """
    page = FilePage.objects.filter(file=file, number=number)
    if not page.update(text=clean_text(text), is_corrected=True, is_recognised=False, problem=""):
        raise WrongState(_("The text of this page has not been read yet."))
    if StoredFile.objects.get(pk=file.pk).reading != ReadState.WAITING:
        _settle(file, file.read_problem if file.read_problem == ReadProblem.TOO_MANY_PAGES else "")


def _read_pages(file, pause):
    """A PDF or a picture, one page after the other; the problem of the whole."""
    count, path = file.pages or 1, file.path
    done = _done(file)
    for number in range(1, min(count, MAX_PAGES) + 1):
        if number in done:
            continue
        page = reading.read_page(path, file.kind, number, meanwhile=pause)
        if page.problem == ReadProblem.LOST:
            return page.problem
        _keep(file, number, page)
        pause()
    return ReadProblem.TOO_MANY_PAGES if count > MAX_PAGES else ""


def _read_whole(file):
    """An office file, whose pages come all at once; the problem of the whole."""
    pages, has_more = reading.office_pages(file.path, file.kind)
    if [page.problem for page in pages] == [ReadProblem.LOST]:
        return ReadProblem.LOST
    with transaction.atomic():
        done = _done(file)
        for number, page in enumerate(pages, 1):
            if number not in done:
                _keep(file, number, page)
    return ReadProblem.TOO_MANY_PAGES if has_more else ""


def _done(file) -> set[int]:
    """The pages that are read; a scan that waited for Tesseract is not, where Tesseract has come since."""
    pages = FilePage.objects.filter(file=file)
    if reading.languages():
        pages = pages.exclude(problem=ReadProblem.NO_RECOGNITION)
    return set(pages.values_list("number", flat=True))


def _keep(file, number, page):
    read = {"text": page.text, "is_recognised": page.is_recognised, "problem": page.problem}
    FilePage.objects.bulk_create([FilePage(file=file, number=number, **read)], ignore_conflicts=True)
    FilePage.objects.filter(file=file, number=number, is_corrected=False).update(**read)


@transaction.atomic
def _settle(file, problem):
    """Write down how the reading ended, for all that hold the same bytes and wait; tell who listens."""
    pages = list(FilePage.objects.filter(file=file).values_list("text", "problem"))
    found = {problem, *(its_problem for _text, its_problem in pages)}
    file.read_problem = next((each for each in _PROBLEMS if each in found), "")
    if file.read_problem in _NOT_NOW:
        file.reading = ReadState.NOT_NOW
    else:
        file.reading = ReadState.READ if any(text for text, _problem in pages) else ReadState.NOTHING
    file.read_at = timezone.now()
    file.save(update_fields=["reading", "read_problem", "read_at"])
    file_read.send(StoredFile, file=file)
    _copy(file, StoredFile.objects.to_read().filter(_same_bytes(file)).exclude(pk=file.pk))


@transaction.atomic
def _copy(source, files) -> ReadState:
    """The text of files that hold the same bytes as one that is read."""
    pages = list(FilePage.objects.filter(file=source))
    for file in files:
        for page in pages:
            page.pk, page.file, page.is_corrected = None, file, False
            page._state.adding = True
        FilePage.objects.bulk_create(pages, ignore_conflicts=True)
        file.reading, file.read_problem, file.read_at = source.reading, source.read_problem, timezone.now()
        file.save(update_fields=["reading", "read_problem", "read_at"])
        file_read.send(StoredFile, file=file)
    return ReadState(source.reading)


def _same_bytes(file) -> Q:
    return Q(organisation=file.organisation_id, sha256=file.sha256)
