"""The import of a legacy stock in the administration: a table, its PDFs, the check, the import, the report."""

import io
import re
import zipfile
from datetime import date, timedelta
from html import unescape

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from core.exceptions import NotAllowed
from core.files import reading
from core.files.models import StoredFile
from core.organisations.enums import Role
from core.outbox.models import Message
from core.outbox.operations import claim, run_pending
from core.outbox.operations import run as work
from home.circulars import operations, tasks
from home.circulars.enums import ImportState, LineState
from home.circulars.legacy import folders
from home.circulars.legacy.problems import TableRefused, sentence
from home.circulars.models import Circular, ImportLine, ImportRun
from tests.factories.circulars import published
from tests.factories.organisations import post_for
from tests.factories.stock import row, text_pdf, write_table
from tests.factories.users import UserFactory
from tests.home.circulars.test_import import ARABIC

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(organisation, ilham, tmp_path):
    return prepared(organisation, ilham, tmp_path, row(pdf="acte.pdf"), row(number="6/2019", kind="مرسوم"))


def prepared(organisation, by, folder, *rows):
    table = write_table(folder, rows).read_bytes()
    return operations.prepare_import(
        SimpleUploadedFile("stock.csv", table), name="stock.csv", authority=organisation, by=by
    )


def zipped(files) -> SimpleUploadedFile:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return SimpleUploadedFile("pdfs.zip", out.getvalue())


def to(name, run):
    return reverse(f"circular_imports:{name}", args=[run.public_id])


def names_of(run):
    return sorted(path.name for path in (folders.folder_of(run.public_id) / "pdf").iterdir())


# --- the way through ------------------------------------------------------------------------------------------------


def test_table_and_pdfs_are_sent_checked_and_imported(cms, organisation, ilham, tarik, tmp_path):
    client = cms(ilham)
    table = write_table(tmp_path, [row(pdf="acte.pdf"), row(number="6/2019", kind="مرسوم")]).read_bytes()
    answer = client.post(
        reverse("circular_imports:index"),
        {"authority": organisation.pk, "table": SimpleUploadedFile("fonds.csv", table)},
    )
    run = ImportRun.objects.get()
    assert answer.headers["Location"] == run.get_absolute_url()
    client.post(to("archive", run), {"archive": zipped([("dossier/acte.pdf", text_pdf("Acte"))])})
    assert names_of(run) == ["acte.pdf"]
    client.post(to("check", run))
    assert 'http-equiv="refresh"' in client.get(run.get_absolute_url()).content.decode()
    run_pending()

    page = client.get(run.get_absolute_url()).content.decode()
    assert 'http-equiv="refresh"' not in page
    assert to("start", run) not in page  # editors prepare, publishers publish
    assert client.post(to("start", run)).status_code == 302
    assert not Circular.objects.exists()
    assert client.get(to("report_csv", run)).content.decode("utf-8-sig").count("\n") == 3
    assert client.get(to("report_xlsx", run)).content[:2] == b"PK"

    client = cms(tarik)
    assert to("start", run) in client.get(run.get_absolute_url()).content.decode()
    client.post(to("start", run))
    run_pending()
    run.refresh_from_db()
    assert (run.state, Circular.objects.get().current.published_by) == (ImportState.DONE, tarik)
    assert list(run.lines.values_list("state", flat=True)) == [LineState.IMPORTED, LineState.REFUSED]
    assert not folders.folder_of(run.public_id).exists()
    assert client.get(run.get_absolute_url()).status_code == 200
    assert run.table_name in client.get(reverse("circular_imports:index")).content.decode()


def test_karim_finds_nothing(cms, run, karim, foreign_publisher):
    for user in (karim, foreign_publisher):
        client = cms(user)
        for name in ("show", "report_csv", "report_xlsx"):
            assert client.get(to(name, run)).status_code == 404
        for name in ("archive", "check", "start"):
            assert client.post(to(name, run)).status_code == 404
    assert run.table_name not in client.get(reverse("circular_imports:index")).content.decode()


def test_administrator_without_circulars_finds_nothing(cms, run, nadia):
    assert cms(nadia).get(reverse("circular_imports:index")).status_code == 404


def test_page_asks_as_often_for_one_line_as_for_three(cms, run, ilham):
    client, asked = cms(ilham), []
    for numbers in ((2,), (3, 4)):
        for number in numbers:
            problem = {"code": "missing", "column": "kind", "params": {}}
            ImportLine.objects.create(run=run, number=number, label="x", state=LineState.REFUSED, problems=[problem])
        client.get(run.get_absolute_url())
        with CaptureQueriesContext(connection) as queries:
            client.get(run.get_absolute_url())
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_form_says_what_is_wrong(cms, organisation, ilham, run):
    client = cms(ilham)
    index = reverse("circular_imports:index")
    assert list(client.post(index, {"authority": organisation.pk}).context["form"].errors) == ["table"]
    answer = client.post(index, {"authority": organisation.pk, "table": SimpleUploadedFile("stock.doc", b"x")})
    assert answer.context["form"].errors["table"] == [str(TableRefused("unreadable").message)]
    answer = client.post(to("archive", run), {"archive": SimpleUploadedFile("x.zip", b"no zip")})
    assert answer.context["form"].errors["archive"] == [str(TableRefused("bad_archive").message)]
    answer = client.post(to("archive", run), {})
    assert list(answer.context["form"].errors) == ["archive"]


def test_table_that_cannot_be_read_is_told_on_its_page(cms, organisation, ilham):
    run = operations.prepare_import(
        SimpleUploadedFile("stock.csv", b"x\n1\n"), name="stock.csv", authority=organisation, by=ilham
    )
    operations.ask_to_check(run, by=ilham)
    run_pending()
    client = cms(ilham)
    answer = client.get(run.get_absolute_url())
    assert answer.context["refusal"] == str(TableRefused("missing_columns", columns="kind, number, signed_on").message)
    client.post(to("check", run))
    assert ImportRun.objects.get().state == ImportState.REFUSED


# --- a second person ------------------------------------------------------------------------------------------------


@pytest.fixture
def second_publisher(office):
    user = UserFactory(username="second")
    post_for(user, office, Role.CIRCULAR_PUBLISHER)
    return user


def test_who_prepared_an_import_cannot_start_it(cms, organisation, tarik, second_publisher, tmp_path):
    run = prepared(organisation, tarik, tmp_path, row())
    operations.ask_to_check(run, by=tarik)
    run_pending()
    client = cms(tarik)
    page = client.get(run.get_absolute_url()).content.decode()
    assert to("start", run) not in page
    assert str(operations.OWN_IMPORT) in page
    answer = client.post(to("start", run), follow=True)
    assert [str(message) for message in answer.context["messages"]] == [str(operations.OWN_IMPORT)]
    assert ImportRun.objects.get().state == ImportState.CHECKED
    assert not Message.objects.filter(name="circulars.bring_in").exists()

    cms(second_publisher).post(to("start", run))
    run_pending()
    assert Circular.objects.get().current.published_by == second_publisher


def test_who_sent_the_last_files_cannot_start_it_either(run, ilham, tarik, second_publisher):
    operations.add_archive(run, zipped([("acte.pdf", text_pdf("Acte"))]), by=tarik)
    operations.ask_to_check(run, by=second_publisher)
    run_pending()
    with pytest.raises(NotAllowed) as refused:
        operations.ask_to_bring_in(run, by=tarik)
    assert refused.value.code == "own_import"
    operations.ask_to_bring_in(run, by=second_publisher)
    assert ImportRun.objects.get().state == ImportState.IMPORTING


@pytest.fixture
def long_pdf():
    """long_pdf(300): so many pages without a letter, as a scanner makes them."""

    def make(count):
        book = pikepdf.new()
        for _page in range(count):
            book.add_blank_page()
        out = io.BytesIO()
        book.save(out)
        return out.getvalue()

    return make


def test_bad_lines_are_told_in_sentences_and_leave_nothing(
    cms, organisation, ilham, tarik, tmp_path, long_pdf, monkeypatch
):
    """What people really send: Windows-1256, semicolons, a PDF that is none, a number twice, a scan of 300 pages."""
    monkeypatch.setattr(reading, "languages", lambda: ())  # blank pages: recognising them finds nothing, slowly
    published(organisation, number="9/2019", signed_on=date(2019, 5, 5))
    rows = [
        row(number="1/2019", pdf="sain.pdf"),
        row(number="2/2019", pdf="faux.pdf"),
        row(number="3/2019"),
        row(number="رقم 3.2019"),
        row(number="9.2019"),
        row(number="4/2019", text_ar="", pdf="300.pdf"),
        row(number="5/2019", text_ar="", pdf="301.pdf"),
    ]
    table = write_table(tmp_path, rows, encoding="cp1256", separator=";", names=ARABIC).read_bytes()
    pdfs = {"sain": text_pdf("Acte"), "faux": b"GIF89a", "300": long_pdf(300), "301": long_pdf(301)}
    names = [f"{name}.pdf" for name in pdfs]
    client = cms(ilham)
    facts = {"authority": organisation.pk, "table": SimpleUploadedFile("رصيد.csv", table)}
    client.post(reverse("circular_imports:index"), facts)
    run = ImportRun.objects.get()
    client.post(to("archive", run), {"archive": zipped([(f"{name}.pdf", data) for name, data in pdfs.items()])})
    client.post(to("check", run))
    run_pending()

    assert (Circular.objects.count(), StoredFile.objects.filter(name__in=names).count()) == (1, 0)
    page = unescape(client.get(run.get_absolute_url()).content.decode())
    assert "Windows-1256" in page
    said = [problem["code"] for line in run.lines.all() for problem in line.problems]
    assert said == ["file:wrong-extension", "twice_in_file", "in_stock", "without_text", "too_many_pages"]
    with override("ar"):
        sentences = [sentence(problem) for line in run.lines.all() for problem in line.problems]
    assert all(re.search("[ء-ي]{3}.*[.]", each) for each in sentences)

    cms(tarik).post(to("start", run))
    run_pending()
    states = [line.state for line in run.lines.all()]
    assert states == ["imported", "refused", "imported", "refused", "refused", "drafted", "refused"]
    assert Circular.objects.count() == 4
    kept = StoredFile.objects.filter(name__in=names).values_list("name", flat=True)
    assert sorted(kept) == ["300.pdf", "sain.pdf"]


def test_nobody_starts_what_has_no_line_that_is_ready(cms, organisation, ilham, tarik, tmp_path):
    run = prepared(organisation, ilham, tmp_path, row(kind="مرسوم"))
    operations.ask_to_check(run, by=ilham)
    run_pending()
    client = cms(tarik)
    assert to("start", run) not in client.get(run.get_absolute_url()).content.decode()


# --- archives -------------------------------------------------------------------------------------------------------


def refused(run, archive, by):
    with pytest.raises(TableRefused) as error:
        operations.add_archive(run, archive, by=by)
    return error.value.code


def test_archive_leads_nowhere_out_of_its_folder(run, ilham):
    files = [("../../evil.pdf", b"1"), ("/etc/abs.pdf", b"2"), ("a\\b\\win.pdf", b"3"), ("x/", b""), ("x/run.sh", b"4")]
    assert operations.add_archive(run, zipped([*files, ("__MACOSX/._a.pdf", b"5")]), by=ilham) == 3
    assert names_of(run) == ["abs.pdf", "evil.pdf", "win.pdf"]
    assert not list(folders.folder_of(run.public_id).parent.parent.glob("evil.pdf"))


def test_pdf_sent_again_replaces_the_first(run, ilham):
    operations.add_archive(run, zipped([("acte.pdf", b"one")]), by=ilham)
    assert operations.add_archive(run, zipped([("acte.pdf", b"two"), ("منشور.pdf", b"3")]), by=ilham) == 2
    assert (folders.folder_of(run.public_id) / "pdf" / "acte.pdf").read_bytes() == b"two"


def test_archive_is_refused_whole(run, ilham, monkeypatch):
    operations.add_archive(run, zipped([("first.pdf", b"1")]), by=ilham)
    assert refused(run, zipped([("a/acte.pdf", b"1"), ("b/acte.pdf", b"2")]), ilham) == "same_name_twice"
    assert (
        refused(run, SimpleUploadedFile("a.zip", zipped([("a.pdf", b"1" * 9999)]).read()[:80]), ilham) == "bad_archive"
    )
    monkeypatch.setattr(folders, "MAX_UNPACKED", 1000)
    assert refused(run, zipped([("bomb.pdf", b"0" * 2000)]), ilham) == "archive_too_large"
    monkeypatch.setattr(folders, "MAX_FILES", 1)
    assert refused(run, zipped([("b.pdf", b"0")]), ilham) == "archive_too_large"
    heavy = zipped([("b.pdf", b"0")])
    heavy.size = 20_000_001
    assert refused(run, heavy, ilham) == "archive_heavy"
    assert names_of(run) == ["first.pdf"]


def test_file_that_unpacks_to_more_than_a_file_may_be_is_cut(run, ilham, monkeypatch):
    monkeypatch.setattr(folders, "MAX_FILE_BYTES", 500_000)
    operations.add_archive(run, zipped([("bomb.pdf", b"0" * 5_000_000)]), by=ilham)
    assert (folders.folder_of(run.public_id) / "pdf" / "bomb.pdf").stat().st_size < 1_000_000


def test_names_of_old_archives_are_read(run, ilham):
    archive = zipped([("منشور.pdf", b"1"), ("\u00e9t\u00e9.pdf", b"2")])
    content = archive.read().replace(b"\x00\x08", b"\x00\x00")  # without the flag that says UTF-8
    operations.add_archive(run, SimpleUploadedFile("a.zip", content), by=ilham)
    assert "منشور.pdf" in names_of(run)
    info = zipfile.ZipInfo("x")
    info.filename, info.flag_bits = "\u00ab\u20ac.pdf", 0
    assert folders._name(info) == "\u00ab\u20ac.pdf"


# --- refusals of the operations -------------------------------------------------------------------------------------


def test_strangers_prepare_nothing(run, karim, organisation, tmp_path):
    for attempt in (
        lambda: prepared(organisation, karim, tmp_path, row()),
        lambda: operations.add_archive(run, zipped([]), by=karim),
        lambda: operations.ask_to_check(run, by=karim),
        lambda: operations.ask_to_check(ImportRun.objects.create(table_name="x"), by=karim),
    ):
        with pytest.raises(NotAllowed):
            attempt()


def test_table_larger_than_can_be_read_is_not_kept(organisation, ilham):
    table = SimpleUploadedFile("stock.csv", b"x")
    table.size = 20_000_001
    with pytest.raises(TableRefused):
        operations.prepare_import(table, name="stock.csv", authority=organisation, by=ilham)
    assert not ImportRun.objects.exists()


def test_work_done_before_is_not_done_again(run, tarik):
    ImportRun.objects.update(state=ImportState.DONE)
    tasks.check_import({"run": run.pk}, message=None)
    tasks.bring_in({"run": run.pk, "by": tarik.pk}, message=None)
    assert not run.lines.exists()


def test_what_nobody_came_back_for_is_removed(run):
    tasks.tidy_imports()
    assert folders.folder_of(run.public_id).exists()
    ImportRun.objects.update(created_at=timezone.now() - timedelta(days=31))
    tasks.tidy_imports()
    assert not folders.folder_of(run.public_id).exists()


def test_other_work_is_done_in_between(organisation, ilham, tmp_path):
    """A receipt does not wait for ten thousand lines."""
    run = prepared(organisation, ilham, tmp_path, *[row(number=f"{n}/2019") for n in range(1, 12)])
    operations.ask_to_check(run, by=ilham)
    Message.objects.create(name="circulars.deliver", payload={"version": 0}, due_at=timezone.now() + timedelta(hours=1))
    first = Message.objects.get(name="circulars.check_import")
    waiting = Message.objects.create(name="circulars.check_import", payload={"run": run.pk})
    Message.objects.filter(name="circulars.deliver").update(due_at=timezone.now())

    message = claim()
    assert message == first
    work(message)
    assert Message.objects.get(name="circulars.deliver").attempts == 1
    waiting.refresh_from_db()
    assert waiting.attempts == 0
