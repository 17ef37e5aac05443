"""Scans are read by machine, compared page by page, and become the text of the draft."""

import pytest
from django.urls import reverse

from core.exceptions import NotAllowed, WrongState
from core.files import reading
from core.files.enums import ReadState
from core.files.models import FilePage, StoredFile
from core.files.text import pages_of
from core.outbox.operations import run_pending
from home.circulars import operations
from home.circulars.enums import FileRole
from home.circulars.models import Circular, CircularFile
from tests.factories.circulars import add_text, written
from tests.factories.stock import scan_pdf, text_pdf

pytestmark = pytest.mark.django_db


@pytest.fixture
def scan(organisation):
    return draft(organisation, scan_pdf())


@pytest.fixture
def tesseract(monkeypatch):
    """Reads the same on every page, whatever is installed here."""
    monkeypatch.setattr(reading, "languages", lambda: ("ara", "fra"))
    monkeypatch.setattr(
        reading, "recognise", lambda path, kind, page, meanwhile: f"سطر أول\nسطر ثان.\nفقرة {page} تمتد"
    )


def draft(organisation, content, *, name="scan.pdf", language="ar"):
    circular = written(organisation, paragraphs=())
    return operations.attach(circular, content, name=name, role=FileRole.SCAN, language=language)


def fresh(row):
    return CircularFile.objects.select_related("circular__authority", "file").get(pk=row.pk)


# --- reading --------------------------------------------------------------------------------------------------------


def test_workers_read_what_is_attached(scan, tesseract):
    run_pending()
    row = fresh(scan)
    assert row.is_read
    assert [(page.text, page.is_recognised) for page in pages_of(row.file)] == [
        ("سطر أول\nسطر ثان.\nفقرة 1 تمتد", True)
    ]


def test_scan_waits_where_tesseract_is_not_installed(scan, monkeypatch):
    monkeypatch.setattr(reading, "languages", lambda: ())
    run_pending()
    assert not fresh(scan).is_read


def compared(row):
    pages = FilePage.objects.filter(file=row.file, is_corrected=True)
    return list(pages.order_by("number").values_list("number", flat=True))


# --- proof-reading --------------------------------------------------------------------------------------------------


@pytest.fixture
def read(organisation):
    row = draft(organisation, text_pdf("x", pages=2))
    for number, text in enumerate(["سطر أول\nسطر ثان.\nفقرة تمتد", "إلى الصفحة الثانية."], 1):
        FilePage.objects.create(file=row.file, number=number, text=text, is_recognised=True)
    StoredFile.objects.update(reading=ReadState.READ)
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
    assert (fresh(read).is_read, compared(read)) == (True, [2])


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
    monkeypatch.setattr("home.circulars.operations.texts.MAX_PAGES", 1)
    StoredFile.objects.filter(pk=read.file_id).update(pages=2)
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
    listed = client.get(reverse("circular_imports:texts")).context["page"].object_list[0]
    assert (listed, listed.compared) == (read, 0)
    page = client.get(read.get_text_url())
    assert page.context["is_recognised"]
    assert page.context["form"].initial["text"] == "سطر أول سطر ثان.\n\nفقرة تمتد"
    assert client.get(reverse("circular_imports:picture", args=[read.pk, 1])).content[:4] == b"\x89PNG"
    answer = client.post(read.get_text_url() + "?page=1", {"text": "نص مصحح."})
    assert answer.headers["Location"].endswith("?page=2")
    assert (compared(read), pages_of(read.file)[0].text) == ([1], "نص مصحح.")
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
