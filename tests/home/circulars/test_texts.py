"""Scans are read by machine, compared page by page, and become the text of the draft."""

import subprocess

import pytest
from django.urls import reverse

from core.exceptions import NotAllowed, WrongState
from core.files import reading
from core.files.refusals import NotNow
from core.files.sandbox import Exceeded, Unavailable
from core.outbox.models import Message
from core.outbox.operations import run_pending
from home.circulars import operations, tasks
from home.circulars.enums import FileRole
from home.circulars.models import Circular, CircularFile
from tests.factories.circulars import add_text, written
from tests.factories.stock import scan_pdf, text_pdf
from tests.tools import missing

pytestmark = pytest.mark.django_db


@pytest.fixture
def scan(organisation):
    return draft(organisation, scan_pdf())


@pytest.fixture
def tesseract(monkeypatch):
    """Reads the same on every page, whatever is installed here."""
    monkeypatch.setattr(reading, "languages", lambda: ("ara", "fra"))
    monkeypatch.setattr(reading, "recognise", lambda path, kind, page: f"سطر أول\nسطر ثان.\nفقرة {page}")


def draft(organisation, content, *, name="scan.pdf", language="ar"):
    circular = written(organisation, paragraphs=())
    return operations.attach(circular, content, name=name, role=FileRole.SCAN, language=language)


def fresh(row):
    return CircularFile.objects.select_related("circular__authority", "file").get(pk=row.pk)


# --- reading --------------------------------------------------------------------------------------------------------


def test_text_layer_is_read_page_by_page(organisation):
    row = draft(organisation, text_pdf("Article premier.", pages=2), language="fr")
    assert operations.read_file(row)
    row = fresh(row)
    assert (row.pages_text, row.is_ocr, row.is_read) == (["Article premier."] * 2, False, True)


def test_scan_is_recognised(scan, tesseract):
    operations.read_file(scan)
    row = fresh(scan)
    assert (row.pages_text, row.is_ocr, row.is_read) == (["سطر أول\nسطر ثان.\nفقرة 1"], True, True)


def test_scan_waits_where_tesseract_is_not_installed(scan, monkeypatch):
    monkeypatch.setattr(reading, "languages", lambda: ())
    assert not operations.read_file(scan)
    assert (fresh(scan).pages_text, fresh(scan).is_read) == ([], False)
    assert list(CircularFile.objects.unread()) == [scan]


def test_letters_out_of_order_are_recognised_anew_where_that_can_be(organisation, monkeypatch, tesseract):
    monkeypatch.setattr(reading, "page_text", lambda path, page: "تطبيقا ألحكام األشغال")
    row = draft(organisation, text_pdf("x"))
    operations.read_file(row)
    assert fresh(row).is_ocr
    monkeypatch.setattr(reading, "languages", lambda: ())
    CircularFile.objects.update(is_ocr=False, pages_text=[])
    row = fresh(row)
    operations.read_file(row)
    assert (row.is_ocr, row.pages_text) == (False, ["تطبيقا ألحكام األشغال"])


def test_reading_goes_on_where_it_stood(organisation, tesseract):
    row = draft(organisation, text_pdf("Un.", pages=2))
    CircularFile.objects.update(pages_text=["lu"])
    operations.read_file(fresh(row))
    assert fresh(row).pages_text == ["lu", "Un."]


def test_workers_read_what_is_unread(scan, tesseract):
    tasks.ask_to_read()
    tasks.ask_to_read()
    assert Message.objects.filter(name="circulars.read_file").count() == 1
    run_pending()
    assert fresh(scan).is_read
    tasks.read_file({"file": scan.pk}, message=None)
    tasks.read_file({"file": 0}, message=None)
    assert not CircularFile.objects.unread().exists()


def test_glyphs_become_letters():
    assert reading.plain("\ufee3\ufedf\ufef0 \ufefb") == "ملى لا"


def test_page_that_costs_too_much_is_empty_and_a_missing_child_says_nothing(scan, monkeypatch):
    def refuse(error):
        def ask(*args, **kwargs):
            raise error

        return ask

    monkeypatch.setattr(reading.sandbox, "ask", refuse(Exceeded(1)))
    assert reading.page_text(scan.file.path, 1) == reading.recognise(scan.file.path, "pdf", 1) == ""
    monkeypatch.setattr(reading.sandbox, "ask", refuse(Unavailable()))
    with pytest.raises(NotNow):
        reading.page_text(scan.file.path, 1)


def test_tesseract_is_bounded_and_may_fail(scan, monkeypatch):
    monkeypatch.setattr(reading, "languages", lambda: ("ara",))
    monkeypatch.setattr(reading, "_asked", lambda *args, **kwargs: b"png")
    answer = subprocess.CompletedProcess([], 1, stdout=b"half")
    monkeypatch.setattr(reading.subprocess, "run", lambda command, **options: answer)
    assert reading.recognise(scan.file.path, "pdf", 1) == ""
    answer.returncode = 0
    assert reading.recognise(scan.file.path, "pdf", 1) == "half"

    def too_long(command, **options):
        raise subprocess.TimeoutExpired(command, 1)

    monkeypatch.setattr(reading.subprocess, "run", too_long)
    assert reading.recognise(scan.file.path, "pdf", 1) == ""


def test_languages_are_those_installed(monkeypatch):
    reading.languages.cache_clear()
    monkeypatch.setattr(reading.shutil, "which", lambda name: None)
    assert reading.languages() == ()
    reading.languages.cache_clear()


@pytest.mark.shared
def test_real_scan_is_read(real):
    if reading.languages() != ("ara", "fra"):
        missing("Tesseract")
    text = reading.recognise(real / "acts" / "pdf" / "derived-scan-1.pdf", "pdf", 2)
    words = ["تشغيل", "العاملات", "والعمال", "المنزليين", "المتراوحة", "أعمارهم", "المنصوص", "عليها", "الفقرة"]
    assert sum(word in text for word in words) >= len(words) - 1


# --- proof-reading --------------------------------------------------------------------------------------------------


@pytest.fixture
def read(organisation):
    row = draft(organisation, text_pdf("x", pages=2))
    CircularFile.objects.update(pages_text=["سطر أول\nسطر ثان.\nفقرة تمتد", "إلى الصفحة الثانية."], is_read=True)
    return fresh(row)


def test_pages_become_the_text_of_the_draft(read, ilham):
    operations.use_as_text(read, by=ilham)

    text = Circular.objects.get().get_latest_revision_as_object().texts.get()
    assert [block.value.source for block in text.body] == [
        "<p>سطر أول سطر ثان.</p>",
        "<p>فقرة تمتد إلى الصفحة الثانية.</p>",
    ]
    first = [block.id for block in text.body]
    operations.proofread(read, page=2, text="إلى <الصفحة> الثانية.\n\nوفقرة أخيرة.", by=ilham)
    operations.use_as_text(fresh(read), by=ilham)
    text = Circular.objects.get().get_latest_revision_as_object().texts.get()
    assert [block.value.source for block in text.body][1:] == [
        "<p>فقرة تمتد إلى &lt;الصفحة&gt; الثانية.</p>",
        "<p>وفقرة أخيرة.</p>",
    ]
    assert text.body[0].id == first[0]
    assert Circular.objects.get().current is None
    Circular.objects.get().latest_revision.publish()
    assert (fresh(read).is_read, fresh(read).proofread) == (True, [2])


def test_strangers_compare_nothing(read, karim, foreign_publisher):
    for person in (karim, foreign_publisher):
        with pytest.raises(NotAllowed):
            operations.proofread(read, page=1, text="x", by=person)
        with pytest.raises(NotAllowed):
            operations.use_as_text(read, by=person)


def test_what_is_not_read_is_not_used(scan, ilham, organisation):
    with pytest.raises(WrongState):
        operations.proofread(scan, page=1, text="x", by=ilham)
    with pytest.raises(WrongState):
        operations.use_as_text(scan, by=ilham)


def test_text_of_which_a_part_was_not_read_is_not_used(read, ilham, monkeypatch):
    monkeypatch.setattr("home.circulars.legacy.pages.MAX_PAGES", 1)
    read.file.pages = 2
    with pytest.raises(WrongState) as refused:
        operations.use_as_text(read, by=ilham)
    assert {"2", "1"} <= set(str(refused.value).replace("،", "").replace(".", "").split())
    assert not read.circular.get_latest_revision()


def test_text_goes_only_where_there_is_one_and_nothing_is_locked(read, ilham, tarik):
    read.language = "fr"
    with pytest.raises(WrongState):
        operations.use_as_text(read, by=ilham)
    add_text(read.circular, "fr", "Titre", ())
    circular = Circular.objects.get()
    circular.save_revision(user=ilham)
    Circular.objects.get().get_workflow().start(Circular.objects.get(), ilham)
    with pytest.raises(WrongState):
        operations.use_as_text(CircularFile.objects.get(), by=ilham)


def test_page_and_text_stand_side_by_side(cms, read, ilham, karim, foreign_publisher):
    client = cms(ilham)
    assert client.get(reverse("circular_imports:texts")).context["page"].object_list[0] == read
    page = client.get(read.get_text_url())
    assert page.context["form"].initial["text"] == "سطر أول سطر ثان.\n\nفقرة تمتد"
    assert client.get(reverse("circular_imports:picture", args=[read.pk, 1])).content[:4] == b"\x89PNG"
    answer = client.post(read.get_text_url() + "?page=1", {"text": "نص مصحح."})
    assert answer.headers["Location"].endswith("?page=2")
    assert (fresh(read).proofread, fresh(read).pages_text[0]) == ([1], "نص مصحح.")
    answer = client.post(reverse("circular_imports:take_text", args=[read.pk]))
    assert answer.headers["Location"] == reverse("wagtailsnippets_circulars_circular:edit", args=[read.circular_id])
    for address in ("?page=3", "?page=x"):
        assert client.get(read.get_text_url() + address).status_code == 404
    assert client.get(reverse("circular_imports:picture", args=[read.pk, 3])).status_code == 404
    for person in (karim, foreign_publisher):
        stranger = cms(person)
        assert stranger.get(read.get_text_url()).status_code == 404
        assert stranger.get(reverse("circular_imports:picture", args=[read.pk, 1])).status_code == 404
        assert stranger.post(reverse("circular_imports:take_text", args=[read.pk])).status_code == 404


def test_page_that_is_not_read_says_so(cms, scan, ilham, nadia):
    client = cms(ilham)
    page = client.get(scan.get_text_url())
    assert page.context["is_there"] is False
    assert client.post(scan.get_text_url(), {"text": "x"}).context["form"].errors
    assert client.post(reverse("circular_imports:take_text", args=[scan.pk])).headers["Location"] == scan.get_text_url()
    assert cms(nadia).get(reverse("circular_imports:texts")).status_code == 404
