"""The text of files: asked for once they may be opened, read once, kept page by page, put right, read again."""

import io
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from core.exceptions import NotAllowed, WrongState
from core.files import operations, operations_text, reading, tasks
from core.files.enums import ReadProblem, ReadState, ScanState
from core.files.models import FilePage, StoredFile
from core.files.operations_text import correct_page, forget, read_again, read_text
from core.files.reading import PageText
from core.files.refusals import NotNow
from core.files.signals import file_read
from core.files.text import Page, pages_of, texts_of
from core.outbox.models import Message
from core.outbox.operations import enqueue, run_pending
from tests.core.files import makers

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def said(monkeypatch):
    """What each page says to the reader; `said.asked` are the pages that were looked at."""

    class Said(dict):
        asked = []

    pages = Said()
    Said.asked = []

    def read_page(path, kind, page, *, meanwhile):
        pages.asked.append(page)
        found = pages.get(page, PageText(f"page {page}"))
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(reading, "read_page", read_page)
    monkeypatch.setattr(reading, "languages", lambda: ("ara", "fra"))
    return pages


@pytest.fixture
def file(receive, organisation):
    return receive(makers.pdf(pages=3), organisation=organisation)


@pytest.fixture
def told():
    heard = []

    def listener(sender, file, **kwargs):
        heard.append((file.pk, file.reading))

    file_read.connect(listener)
    yield heard
    file_read.disconnect(listener)


def asked():
    return [row.payload["file"] for row in Message.objects.waiting().filter(name="files.read").order_by("pk")]


def state(file):
    file.refresh_from_db()
    return file.reading, file.read_problem


# --- asking ---------------------------------------------------------------------------------------------------------


def test_file_of_an_organisation_is_asked_for_once(file):
    operations_text.ask_to_read([file])

    assert asked() == [file.pk]


def test_file_of_a_draft_is_asked_for_when_an_organisation_receives_it(receive, organisation):
    file = receive(draft="d" * 32)
    assert asked() == []

    operations.link([file], organisation=organisation)

    assert asked() == [file.pk]


def test_file_that_waits_for_its_scan_is_asked_for_once_clean(receive, organisation, settings):
    settings.CLAMAV_SOCKET = "/nowhere"
    clean, infected = (receive(organisation=organisation) for _file in range(2))
    assert asked() == []

    operations.mark_scanned(clean, state=ScanState.CLEAN)
    operations.mark_scanned(infected, state=ScanState.INFECTED, detail="Eicar")

    assert asked() == [clean.pk]


# --- reading --------------------------------------------------------------------------------------------------------


def test_pages_are_kept_and_told(file, said, told):
    said[2] = PageText("صفحة", is_recognised=True)

    assert read_text(file) == ReadState.READ

    assert pages_of(file) == [Page(1, "page 1", False), Page(2, "صفحة", True), Page(3, "page 3", False)]
    assert told == [(file.pk, "read")]
    assert state(file) == ("read", "")
    assert file.read_at is not None


def test_killed_reading_goes_on_where_it_stood(file, said, told):
    said[2] = NotNow()
    with pytest.raises(NotNow):
        read_text(file)
    assert (state(file), told) == (("waiting", ""), [])

    del said[2]
    said.asked.clear()
    read_text(file)

    assert said.asked == [2, 3]
    assert [page.number for page in pages_of(file)] == [1, 2, 3]


def test_same_bytes_are_read_once(receive, organisation, said, told):
    first, second = (receive(makers.pdf(), organisation=organisation) for _file in range(2))

    assert read_text(second) == ReadState.WAITING  # the turn of the first comes
    read_text(first)
    third = receive(makers.pdf(), organisation=organisation)
    read_text(third)

    assert said.asked == [1]
    assert dict(texts_of([first, second, third])) == {
        file.pk: [Page(1, "page 1", False)] for file in (first, second, third)
    }
    assert told == [(first.pk, "read"), (second.pk, "read"), (third.pk, "read")]


def test_same_bytes_of_another_organisation_are_none_of_its_business(receive, organisation, other_organisation, said):
    read_text(receive(makers.pdf(), organisation=organisation))
    read_text(receive(makers.pdf(), organisation=other_organisation))

    assert said.asked == [1, 1]


def test_office_file_is_read_at_once(receive, organisation):
    file = receive(makers.xlsx(), "a.xlsx", organisation=organisation)

    assert read_text(file) == ReadState.READ
    assert pages_of(file) == [Page(1, "Feuil1\nMontant\t12\tدرهم", False)]


@pytest.mark.parametrize(
    ("page", "ends"),
    [
        (PageText(), ("nothing", "")),
        (PageText(problem=ReadProblem.DAMAGED), ("nothing", "damaged")),
        (PageText("x", problem=ReadProblem.CUT), ("read", "cut")),
        (PageText(problem=ReadProblem.TOO_COSTLY), ("not_now", "too_costly")),
        (PageText("7", problem=ReadProblem.NO_RECOGNITION), ("not_now", "no_recognition")),
    ],
)
def test_reading_ends_as_its_pages_did(receive, organisation, said, page, ends):
    file = receive(organisation=organisation)
    said[1] = page

    read_text(file)

    assert state(file) == ends


def test_one_page_that_cannot_be_read_leaves_the_others(file, said):
    said[2] = PageText(problem=ReadProblem.NO_RECOGNITION)

    assert read_text(file) == ReadState.NOT_NOW
    assert [page.number for page in pages_of(file)] == [1, 3]


def test_only_so_many_pages_are_read_and_that_is_said(file, said, monkeypatch):
    monkeypatch.setattr(operations_text, "MAX_PAGES", 2)

    read_text(file)

    assert (said.asked, state(file)) == ([1, 2], ("read", "too_many_pages"))


@pytest.mark.parametrize("data", [("a.pdf", makers.pdf()), ("a.docx", makers.docx())])
def test_bytes_that_are_gone_are_asked_for_another_time(receive, organisation, data):
    name, content = data
    file = receive(content, name, organisation=organisation)
    file.path.unlink()

    assert read_text(file) == ReadState.NOT_NOW
    assert (state(file), FilePage.objects.count()) == (("not_now", "lost"), 0)


def test_workbook_with_more_sheets_than_are_kept_says_so(receive, organisation, monkeypatch):
    file = receive(makers.xlsx(), "a.xlsx", organisation=organisation)
    monkeypatch.setattr(reading, "office_pages", lambda path, kind: ([PageText("x"), PageText("y")], True))

    read_text(file)

    assert state(file) == ("read", "too_many_pages")


# --- by the workers -------------------------------------------------------------------------------------------------


def test_workers_read_and_do_other_work_between_pages(file, said, monkeypatch):
    turns = []
    monkeypatch.setattr(tasks, "_give_way", lambda: turns.append(len(said.asked)))

    run_pending()

    assert state(file) == ("read", "")
    assert turns == [0, 1, 2, 3]


def test_worker_gives_way_to_all_but_readings(receive, organisation, said):
    first, second = (receive(makers.pdf(pages=pages), organisation=organisation) for pages in (1, 2))
    enqueue("files.scan", {"file": 0})

    tasks.read({"file": first.pk}, message=None)

    assert asked() == [first.pk, second.pk]
    assert not Message.objects.waiting().filter(name="files.scan").exists()


def test_row_of_a_file_that_is_read_or_gone_does_nothing(file, said):
    read_text(file)
    said.asked.clear()

    tasks.read({"file": file.pk}, message=None)
    tasks.read({"file": 0}, message=None)

    assert said.asked == []


def test_overdue_files_are_asked_for_once_an_hour(file, said):
    run_pending()
    StoredFile.objects.update(created_at=timezone.now() - timedelta(hours=1))
    assert not tasks.reading_wanted()

    StoredFile.objects.update(reading=ReadState.WAITING)
    assert tasks.reading_wanted()
    tasks.ask_to_read()
    tasks.ask_to_read()

    assert asked() == [file.pk]


def test_scan_is_read_once_tesseract_has_come(file, said, monkeypatch):
    said[2] = PageText("7", problem=ReadProblem.NO_RECOGNITION)
    run_pending()
    StoredFile.objects.update(created_at=timezone.now() - timedelta(hours=1))
    monkeypatch.setattr(reading, "languages", lambda: ())
    assert not tasks.reading_wanted()

    monkeypatch.setattr(reading, "languages", lambda: ("ara",))
    del said[2]
    said.asked.clear()
    tasks.ask_to_read()
    run_pending()

    assert said.asked == [2]
    assert (state(file), pages_of(file)[1]) == (("read", ""), Page(2, "page 2", False))


# --- putting right, and again -----------------------------------------------------------------------------------------


def test_page_put_right_stays(file, said, told, nadia):
    said[2] = PageText("eurreur", is_recognised=True, problem=ReadProblem.NO_RECOGNITION)
    read_text(file)

    correct_page(file, number=2, text="erreur\r\n\u202eici")
    assert (state(file), pages_of(file)[1]) == (("read", ""), Page(2, "erreur\nici", False))
    assert len(told) == 2

    said.asked.clear()
    read_again([file], by=nadia)
    assert state(file) == ("waiting", "")
    run_pending()
    assert said.asked == [1, 3]
    assert pages_of(file)[1].text == "erreur\nici"


def test_page_of_an_office_file_put_right_stays(receive, organisation):
    file = receive(makers.xlsx(), "a.xlsx", organisation=organisation)
    read_text(file)
    correct_page(file, number=1, text="ici")
    forget([file])

    assert read_text(file) == ReadState.READ
    assert pages_of(file) == [Page(1, "ici", False)]


def test_page_of_a_file_with_too_many_stays_one(file, said, monkeypatch):
    monkeypatch.setattr(operations_text, "MAX_PAGES", 2)
    read_text(file)

    correct_page(file, number=1, text="x")

    assert state(file) == ("read", "too_many_pages")


def test_page_that_is_not_read_is_not_put_right(file):
    with pytest.raises(WrongState):
        correct_page(file, number=1, text="x")


def test_page_put_right_while_the_rest_is_read_tells_nobody_yet(file, said, told):
    said[2] = NotNow()
    with pytest.raises(NotNow):
        read_text(file)

    correct_page(file, number=1, text="x")

    assert (told, state(file)) == ([], ("waiting", ""))


def test_administrators_have_files_read_again(file, said, nadia, amina):
    read_text(file)
    Message.objects.all().delete()
    with pytest.raises(NotAllowed):
        read_again([file], by=amina)
    assert pages_of(file)

    read_again([file], by=nadia)
    assert pages_of(file) == []
    read_again([file], by=nadia)

    assert asked() == [file.pk, file.pk]


def test_forgetting_one_forgets_its_twins(receive, organisation, said):
    first, second = (receive(makers.pdf(), organisation=organisation) for _file in range(2))
    run_pending()

    forget([second])

    assert (state(first), state(second)) == (("waiting", ""), ("waiting", ""))
    assert not FilePage.objects.exists()


# --- the command ----------------------------------------------------------------------------------------------------


def command(*arguments):
    out = io.StringIO()
    call_command("read_files", *arguments, stdout=out)
    return out.getvalue().splitlines()


def test_command_reads_what_is_unread_and_says_how_far(receive, organisation, said):
    files = [receive(makers.pdf(), organisation=organisation) for _file in range(2)]
    receive(draft="d" * 32)

    lines = command()

    assert lines == [
        f"1 / 2  {files[0].public_id}  read",
        f"2 / 2  {files[1].public_id}  read",
        "waiting: 0, read: 2, nothing: 0, not_now: 0",
    ]
    assert command() == ["waiting: 0, read: 0, nothing: 0, not_now: 0"]
    assert said.asked == [1]
    assert command("--again")[-1] == "waiting: 0, read: 2, nothing: 0, not_now: 0"
    assert said.asked == [1, 1]
