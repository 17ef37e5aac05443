import io
from datetime import timedelta
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.test.utils.form_data import inline_formset, nested_form_data, rich_text, streamfield

from core import public
from core.dates import today
from core.files.enums import ReadState, Refusal
from core.files.models import StoredFile
from core.files.refusals import SENTENCES, FileRefused, readable_size
from core.files.signals import file_read
from core.organisations.enums import Role
from core.organisations.operations import sync_groups
from core.organisations.permissions import posts_of
from home.circulars import operations, permissions
from home.circulars.enums import FileRole
from home.circulars.forms_files import sign
from home.circulars.models import Circular, CircularFile
from home.circulars.setup import let_editors_write
from tests.factories.circulars import publish, published, written
from tests.factories.letters import pdf_bytes, stored_pdf
from tests.factories.organisations import UnitFactory, post_for
from tests.factories.users import UserFactory

pytestmark = pytest.mark.django_db
PAGE = "/eli/ma/msp/circular/2026/12-2026"
PDF = pdf_bytes()
EDIT = "/cms/snippets/circulars/circular/edit/"


# --- attached by an operation ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("opened", [bytes, io.BytesIO])
def test_file_belongs_to_the_issuing_administration(organisation, opened):
    circular = written(organisation)
    row = operations.attach(circular, opened(PDF), name="منشور.pdf", role=FileRole.SCAN)
    assert circular.files.get() == row
    assert (row.role, row.file.name) == ("scan", "منشور.pdf")
    assert (row.file.organisation, row.file.pages) == (organisation, 1)


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"%PDF-1.7 not one", "unreadable"), (b"\0" * 20_000_001, "too-large"), (b"plain", "unreadable")],
)
def test_refused_file_leaves_nothing(organisation, content, code):
    with pytest.raises(FileRefused) as refused:
        operations.attach(written(organisation), content, name="scan.pdf")
    assert refused.value.code == code
    assert not CircularFile.objects.exists()
    assert not StoredFile.objects.exists()


# --- uploaded by an editor -------------------------------------------------------------------------------------------


@pytest.fixture
def editor(organisation):
    user = UserFactory(username="editor")
    post_for(user, UnitFactory(organisation=organisation), Role.CIRCULAR_EDITOR, Role.CIRCULAR_PUBLISHER)
    sync_groups()
    let_editors_write()
    return user


def screen(organisation, *files, stored=0, title="إلزامية الإيداع الرقمي"):
    """What the browser sends of the editor's screen, `files` being the rows of files."""
    paragraph = ("paragraph", rich_text("<p>الفقرة الأولى</p>"))
    text = {"language": "ar", "standing": "authentic", "title": title, "summary": "", "body": streamfield([paragraph])}
    none = {name: inline_formset([]) for name in ("addressees", "actions", "relations", "aliases")}
    facts = {"authority": organisation.pk, "kind": "circular", "number": "12/2026", "signed_on": "2026-09-09"}
    people = {"signatory": "الوزير", "office": "وزير الخدمات العمومية", "audience": "public", "acknowledging": "none"}
    return nested_form_data(
        {
            **facts,
            **people,
            **none,
            "texts": inline_formset([text]),
            "files": inline_formset(files, initial=stored),
            "change": "major",
        }
    )


def upload(content=None, name="annexe.pdf", **row):
    return {"role": "annex", "language": "", "title": "", "file-upload": sent(content or PDF, name), **row}


def sent(content, name):
    return SimpleUploadedFile(name, content, "application/pdf")


ADD = "wagtailsnippets_circulars_circular:add"


def test_editor_uploads_on_the_screen_of_the_circular(organisation, editor, client_of):
    client = client_of(editor)
    answer = client.post(reverse(ADD), screen(organisation, upload(title="ملحق"), upload(name="b.pdf", role="scan")))

    circular = Circular.objects.get()
    assert answer.status_code == 302
    assert [(row.role, row.title, row.file.name) for row in circular.files.all()] == [
        ("annex", "ملحق", "annexe.pdf"),
        ("scan", "", "b.pdf"),
    ]
    assert {row.file.organisation for row in circular.files.all()} == {organisation}
    page = client.get(f"{EDIT}{circular.pk}/")
    stored = circular.files.first().file
    assert reverse("circulars:draft_file", args=[stored.public_id]) in page.text
    opened = client.get(reverse("circulars:draft_file", args=[stored.public_id]))
    assert b"".join(opened.streaming_content) == PDF


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"%PDF-1.7 not one", Refusal.UNREADABLE),
        (b"%PDF-1.7" + b"\0" * 20_000_001, Refusal.TOO_LARGE),
        (None, Refusal.WRONG_EXTENSION),
    ],
)
def test_refused_file_loses_nothing_typed(organisation, editor, client_of, content, said):
    name = "scan.pdf" if content else "scan.docx"
    client = client_of(editor)
    refused = client.post(reverse(ADD), screen(organisation, upload(), upload(content, name, title="نسخة موقعة")))

    assert SENTENCES[said] % {"name": f"\u2068{name}\u2069", "size": readable_size(20_000_009)} in unescape(
        refused.text
    )
    assert "إلزامية الإيداع الرقمي" in refused.text
    assert "نسخة موقعة" in refused.text
    kept = StoredFile.objects.get()
    word = sign(kept)
    assert word in refused.text

    again = client.post(reverse(ADD), screen(organisation, {"role": "annex", "file": word}))
    assert again.status_code == 302
    assert Circular.objects.get().files.get().file == kept


def form_for(circular, *files, stored=0, by=None):
    bound = Circular.snippet_viewset.get_edit_handler().get_form_class()
    data = screen(circular.authority, *files, stored=stored)
    uploads = {name: value for name, value in data.items() if isinstance(value, SimpleUploadedFile)}
    return bound(data, uploads, instance=circular, for_user=by)


@pytest.mark.parametrize("word", ["", "not:signed"])
def test_row_without_a_file_is_refused(organisation, word):
    form = form_for(Circular(authority=organisation), {"role": "annex", "file": word, "title": "x"})
    assert not form.is_valid()
    assert list(form.formsets["files"].forms[0].errors) == ["file"]


def test_file_found_infected_meanwhile_is_refused(organisation):
    file = operations.receive_draft(sent(PDF, "a.pdf"))
    StoredFile.objects.update(scan_state="infected")
    form = form_for(Circular(authority=organisation), {"role": "annex", "file": sign(file)})
    assert not form.is_valid()
    assert form.formsets["files"].forms[0].errors.as_data()["file"][0].code == "malware"


def test_saving_in_the_background_sends_the_bytes_once(organisation, editor):
    form = form_for(Circular(authority=organisation), upload(), by=editor)
    assert form.is_valid(), form.errors
    assert not form.formsets["files"].forms[0].errors
    updates = dict(form.get_field_updates_for_resave())
    assert updates["files-0-file"] == sign(StoredFile.objects.get())
    assert updates["files-0-file-upload"] == ""


def test_row_that_is_not_touched_stays(organisation):
    circular = written(organisation)
    row = operations.attach(circular, PDF, name="a.pdf")
    untouched = {"id": row.pk, "role": "annex", "language": "", "title": "", "file": sign(row.file)}
    form = form_for(circular, untouched, stored=1)
    form.formsets["files"].is_valid()
    assert form.formsets["files"].forms[0].changed_data == []


def test_upload_nobody_saved_is_erased_two_days_later(organisation, django_capture_on_commit_callbacks):
    operations.attach(written(organisation), pdf_bytes("kept"), name="kept.pdf")
    file = operations.receive_draft(sent(PDF, "a.pdf"))
    operations.sweep_drafts()
    assert StoredFile.objects.count() == 2
    StoredFile.objects.update(created_at=timezone.now() - timedelta(days=3))
    with django_capture_on_commit_callbacks(execute=True):
        operations.sweep_drafts()
    assert StoredFile.objects.get().name == "kept.pdf"
    assert not file.path.exists()


def test_files_of_circulars_are_opened_by_their_editors(organisation, editor, youssef, karim, client_of):
    circular = written(organisation)
    ours, draft = operations.attach(circular, PDF, name="a.pdf").file, operations.receive_draft(sent(PDF, "a.pdf"))
    letter = stored_pdf(organisation)
    for user, file, may in [
        (editor, ours, True),
        (editor, draft, False),
        (editor, letter, False),
        (youssef, ours, False),
        (karim, ours, False),
    ]:
        assert permissions.can_open_draft(user, file) == may
        answer = client_of(user).get(reverse("circulars:draft_file", args=[file.public_id]))
        assert answer.status_code == (200 if may else 404)
        assert not may or b"".join(answer.streaming_content) == PDF


# --- published -------------------------------------------------------------------------------------------------------


def test_version_covers_its_files(organisation):
    circular = published(organisation, files=[PDF])
    (frozen,) = circular.current.content["files"]
    file = circular.files.get().file
    assert (frozen["id"], frozen["sha256"], frozen["size"], frozen["pages"], frozen["name"], frozen["role"]) == (
        str(file.public_id),
        file.sha256,
        file.size,
        1,
        "1.pdf",
        "annex",
    )
    operations.attach(circular, pdf_bytes("second"), name="b.pdf", role=FileRole.SCAN)
    second = publish(circular).current
    assert second.hash != circular.current.hash
    assert [row["role"] for row in second.content["files"]] == ["scan", "annex"]


def test_files_answer_at_permanent_addresses(client, organisation):
    circular = published(organisation, files=[PDF])
    day = circular.current.address
    Circular.objects.filter(pk=circular.pk).update(office="الوزير")
    circular.files.all().delete()
    publish(circular)

    answer = client.get(f"{PAGE}/{day}/files/1")

    assert b"".join(answer.streaming_content) == PDF
    assert answer.headers["Content-Disposition"] == 'attachment; filename="1.pdf"'
    assert [client.get(f"{PAGE}/{day}{end}").status_code for end in (".2/files/1", "/files/2", "/files/0")] == [404] * 3


def test_file_is_read_in_the_browser_where_a_page_of_it_is_asked_for(client, organisation):
    published(organisation, files=[PDF])
    answer = client.get(f"{PAGE}/{today().isoformat()}/files/1?page=2")

    assert answer.headers["Content-Disposition"] == 'inline; filename="1.pdf"'
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert b"".join(answer.streaming_content) == PDF


def test_staff_are_told_that_a_file_is_not_yet_searched(client, client_of, youssef, organisation):
    published(organisation, files=[PDF])
    said = "لم يُقرأ نصه بعد"
    assert client_of(youssef).get(f"{PAGE}/ara").text.count(said) == 2  # among the annexes and among all files
    assert said not in client.get(f"{PAGE}/ara").text

    StoredFile.objects.update(reading=ReadState.READ)
    assert said not in client_of(youssef).get(f"{PAGE}/ara").text


def test_pages_are_made_anew_once_a_file_is_read(organisation, django_capture_on_commit_callbacks):
    read, other = published(organisation, files=[PDF]).files.get().file, stored_pdf(organisation)
    before = public.stamp()
    with django_capture_on_commit_callbacks(execute=True):
        file_read.send(StoredFile, file=other)
    assert public.stamp() == before
    with django_capture_on_commit_callbacks(execute=True):
        file_read.send(StoredFile, file=read)
    assert public.stamp() != before


def test_file_waits_for_the_virus_scan(client, organisation):
    published(organisation, files=[PDF])
    StoredFile.objects.update(scan_state="not_scanned")
    address = f"{PAGE}/{today().isoformat()}/files/1"
    assert address not in client.get(f"{PAGE}/ara").text
    assert client.get(address).status_code == 409


def test_files_of_addressees_are_for_them(unit, youssef, karim, client_of, client):
    published(unit.organisation, audience="addressees", addressees=[{"post": posts_of(youssef).get()}], files=[PDF])
    address = f"{PAGE}/{today().isoformat()}/files/1"
    for query in ("", "?page=1"):
        own = client_of(youssef).get(address + query)
        assert b"".join(own.streaming_content) == PDF
        assert [one.get(address + query).status_code for one in (client_of(karim), client)] == [404, 404]


def test_page_lists_files_with_their_fingerprints(client, organisation, django_assert_num_queries):
    one = published(organisation, files=[PDF])
    page = client.get(f"{PAGE}/ara")
    assert page.text.count(f"{PAGE}/{today().isoformat()}/files/1") == 2
    assert [file["sha256"] for file in page.context["files"]] == [one.files.get().file.sha256]
    three = published(organisation, number="13/2026", files=[pdf_bytes(name) for name in "abc"])
    with CaptureQueriesContext(connection) as for_one:
        client.get(f"{PAGE}/ara")
    with django_assert_num_queries(len(for_one)):
        client.get(f"{three.get_absolute_url()}/ara")
