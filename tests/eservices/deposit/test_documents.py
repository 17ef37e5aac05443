"""The list of documents: taken in, refused in words, described, ordered, removed."""

import io
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation
from PIL import Image

from core.files import operations as files
from core.files.enums import MAX_FILE_BYTES
from core.files.models import StoredFile
from core.files.refusals import StorageFull
from eservices.deposit import operations
from eservices.deposit.enums import Step
from eservices.deposit.models import DraftFile
from tests.factories.letters import pdf_bytes

pytestmark = pytest.mark.django_db


def sentences(page):
    return [line["sentence"] for line in page.context["summary"]]


def jpeg():
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "JPEG")
    return out.getvalue()


def test_document_is_taken_in_and_shown(depositor, office):
    response = depositor.upload(("طلب.pdf", pdf_bytes("a")))

    assert response.status_code == 303
    row = DraftFile.objects.select_related("file").get()
    assert (row.name, row.is_refused) == ("طلب.pdf", False)
    assert row.file.is_intact()
    assert row.file.organisation is None
    page = depositor.client.get(response.url).content.decode()
    assert "طلب.pdf" in page
    assert "تم الاستلام" in page


def test_several_documents_in_one_post(depositor, office):
    depositor.upload(("a.pdf", pdf_bytes("a")), ("b.jpg", jpeg(), "image/jpeg"))

    assert list(depositor.draft.files.values_list("name", flat=True)) == ["a.pdf", "b.jpg"]


def test_refused_documents_stay_in_the_list_with_their_reasons(depositor, office):
    depositor.upload(
        ("photo.heic", b"x" * 50, "image/heic"), ("broken.pdf", b"%PDF-1.7 nothing"), ("ok.pdf", pdf_bytes())
    )

    with translation.override("en"):
        page = depositor.get("documents")

    assert depositor.draft.files.refused().count() == 2
    assert len(sentences(page)) == 2
    assert page.context["has_errors"]
    assert StoredFile.objects.count() == 1


def test_refusal_is_worded_in_the_language_of_the_reader(depositor, office):
    depositor.upload(("note.exe", b"MZ" + b"x" * 50, "application/octet-stream"))
    french = type(depositor)("fr")
    french.client = depositor.client

    assert "doit être au format" in french.get("documents").content.decode()
    assert "يجب أن يكون الملف" in depositor.get("documents").content.decode()


def test_file_above_the_limit_is_refused_with_its_size(depositor, office):
    depositor.upload(("plan.pdf", b"%PDF-1.4" + b"x" * MAX_FILE_BYTES))

    row = DraftFile.objects.get()
    assert row.refusal["code"] == "too-large"
    assert StoredFile.objects.count() == 0
    assert "20" in sentences(depositor.get("documents"))[0]


def test_eleventh_document_is_refused(depositor, office):
    depositor.upload(*[(f"{number}.pdf", pdf_bytes(str(number))) for number in range(11)])

    codes = [row.refusal.get("code", "") for row in DraftFile.objects.all()]
    assert codes == [""] * 10 + ["too-many"]
    assert StoredFile.objects.count() == 10
    assert "الحادي عشر" in sentences(depositor.get("documents"))[0]


def test_more_than_sixty_megabytes_are_refused(depositor, office, monkeypatch):
    monkeypatch.setattr(operations, "MAX_TOTAL_BYTES", 1000)
    depositor.upload(("a.pdf", pdf_bytes("a")), ("b.pdf", pdf_bytes("b")))

    assert [row.refusal.get("code", "") for row in DraftFile.objects.all()] == ["", "total"]
    assert "60" in sentences(depositor.get("documents"))[0]


def test_limits_hold_when_uploads_arrive_at_once(depositor, office, monkeypatch):
    depositor.upload(("a.pdf", pdf_bytes("a")))
    draft = depositor.draft
    row = DraftFile(draft=draft, name="b.pdf", size=10)
    row.file = files.take_in(io.BytesIO(pdf_bytes("b")), name="b.pdf", declared_type="", draft=draft.public_id.hex)
    monkeypatch.setattr(operations, "MAX_FILES", 1)

    operations._add_row(draft, row, row.file)

    assert row.is_refused
    assert StoredFile.objects.count() == 1


def test_each_document_must_be_named(depositor, office):
    depositor.upload(("scan0001.pdf", pdf_bytes()))

    response = depositor.describe(label=" \u202e ")
    page = depositor.client.get(response.url)

    assert response.url == depositor.url("documents")
    assert sentences(page) == ["اكتب ما هو الملف «\u2068scan0001.pdf\u2069»."]
    assert not depositor.draft.is_done(Step.DOCUMENTS)


def test_label_that_is_too_long_is_kept_and_refused(depositor, office):
    depositor.upload(("a.pdf", pdf_bytes()))

    page = depositor.client.get(depositor.describe(label="ن" * 121).url)

    assert "121" in sentences(page)[0]
    assert "ن" * 121 in page.content.decode()


def test_required_piece_names_a_document(depositor, office, licence):
    depositor.addressee(office, "licence")
    depositor.upload(("a.pdf", pdf_bytes()))
    piece = licence.pieces.first()
    row = depositor.draft.files.get()

    response = depositor.post(
        "documents", {f"file-{row.public_id.hex}-piece": piece.pk, f"file-{row.public_id.hex}-label": ""}
    )

    assert response.status_code == 303
    row.refresh_from_db()
    assert row.piece == piece
    assert depositor.draft.is_done(Step.DOCUMENTS)
    assert [line["is_here"] for line in depositor.get("documents").context["pieces"]] == [True, False]
    assert [missing.name_fr for missing in depositor.get("check").context["missing"]] == ["Copie du plan"]


def test_continue_waits_until_refused_documents_are_gone(depositor, office):
    depositor.upload(("a.pdf", pdf_bytes()), ("b.pdf", b"no pdf"))
    refused = depositor.draft.files.refused().get()

    assert depositor.describe().url == depositor.url("documents")
    depositor.post("documents", {"intent": f"remove:{refused.public_id.hex}"})
    assert depositor.describe().url == depositor.url("check")


def test_labels_survive_the_other_buttons(depositor, office):
    depositor.upload(("a.pdf", pdf_bytes("a")), ("b.pdf", pdf_bytes("b")))
    second = depositor.draft.files.last()

    depositor.describe(label="عقد", intent=f"up:{second.public_id.hex}")

    assert list(depositor.draft.files.values_list("name", "label")) == [("b.pdf", "عقد"), ("a.pdf", "عقد")]
    depositor.post("documents", {"intent": f"up:{second.public_id.hex}"})
    assert depositor.draft.files.first() == second
    depositor.post("documents", {"intent": f"down:{second.public_id.hex}"})
    assert depositor.draft.files.last() == second
    depositor.post("documents", {"intent": "down:unknown"})
    assert list(depositor.draft.files.values_list("label", flat=True)) == ["عقد", "عقد"]


def test_removed_document_leaves_nothing(depositor, office, django_capture_on_commit_callbacks):
    depositor.upload(("a.pdf", pdf_bytes()))
    row = depositor.draft.files.select_related("file").get()
    path = row.file.path
    assert path.exists()

    with django_capture_on_commit_callbacks(execute=True):
        depositor.post("documents", {"intent": f"remove:{row.public_id.hex}"})

    assert DraftFile.objects.count() == 0
    assert StoredFile.objects.count() == 0
    assert not path.exists()
    operations.remove_file(depositor.draft, row.public_id)


def test_document_removed_between_steps_is_not_deposited(ready, office):
    row = ready.draft.files.get()
    ready.post("documents", {"intent": f"remove:{row.public_id.hex}"})

    page = ready.client.get(ready.deposit().url)

    assert list(page.context["facts"]["files"]) == []


def test_documents_of_somebody_else_cannot_be_touched(depositor, office):
    depositor.upload(("a.pdf", pdf_bytes()))
    row = depositor.draft.files.get()
    other = type(depositor)()
    other.subject()

    other.post("documents", {"intent": f"remove:{row.public_id.hex}"})

    assert DraftFile.objects.filter(pk=row.pk).exists()


def test_script_gets_the_new_line_as_a_fragment(depositor, office):
    response = depositor.client.post(
        depositor.url("documents"),
        {"intent": "upload", "file": io.BytesIO(b"no pdf")},
        headers={"Accept": "application/json"},
    )

    answer = response.json()
    assert response.status_code == 200
    assert answer["files"][0]["is_refused"]
    assert "is-refused" in answer["files"][0]["html"]
    assert answer["files"][0]["sentence"]
    assert "60" in answer["room"]
    assert response.cookies["deposit"].value


def test_full_disk_is_said(depositor, office, monkeypatch):
    def full(*args, **kwargs):
        raise StorageFull

    monkeypatch.setattr(files, "take_in", full)

    response = depositor.upload(("a.pdf", pdf_bytes()))

    assert response.status_code == 409
    assert "مسودتك" in response.content.decode()


def test_upload_to_an_ended_draft_leaves_no_file(depositor, office):
    depositor.subject()
    draft = depositor.draft
    type(draft).objects.filter(pk=draft.pk).update(state="expired")

    for data in (pdf_bytes(), b"no pdf"):
        with pytest.raises(operations.DraftGone):
            operations.add_file(draft, io_upload(data), name="a.pdf", declared_type="application/pdf")

    assert StoredFile.objects.count() == 0
    assert DraftFile.objects.count() == 0


def test_upload_to_a_list_that_filled_up_and_ended_meanwhile_leaves_no_bytes(
    depositor, office, monkeypatch, settings, django_capture_on_commit_callbacks
):
    depositor.subject()
    draft = depositor.draft
    type(draft).objects.filter(pk=draft.pk).update(state="expired")
    answers = iter([{}, {"code": "total"}, {"code": "total"}])
    monkeypatch.setattr(operations, "_over_limit", lambda *given, **named: next(answers))

    with pytest.raises(operations.DraftGone), django_capture_on_commit_callbacks(execute=True):
        operations.add_file(draft, io_upload(pdf_bytes()), name="a.pdf", declared_type="application/pdf")

    kept = [path for path in Path(settings.FILE_STORE).rglob(f"*{draft.public_id.hex}*") if path.is_file()]
    assert (kept, StoredFile.objects.count()) == ([], 0)


def io_upload(data):
    return SimpleUploadedFile("a.pdf", data)


def test_too_many_uploads_of_one_draft_are_refused(depositor, office, monkeypatch):
    monkeypatch.setattr(operations, "UPLOADS", 1)
    depositor.upload(("a.pdf", b"no pdf"))

    assert depositor.upload(("b.pdf", pdf_bytes())).status_code == 429
    assert DraftFile.objects.count() == 1


def test_query_count_does_not_grow_with_documents(depositor, office, licence, django_assert_max_num_queries):
    depositor.addressee(office, "licence")
    depositor.upload(*[(f"{number}.pdf", pdf_bytes(str(number))) for number in range(6)])

    with django_assert_max_num_queries(14) as captured:
        depositor.get("documents")
    many = len(captured)
    depositor.draft.files.all().delete()
    with django_assert_max_num_queries(14) as captured:
        depositor.get("documents")
    assert many - len(captured) <= 1


def test_upload_asks_for_keys_and_writes_once(depositor, office, django_assert_num_queries):
    depositor.upload(("a.pdf", pdf_bytes("a")))
    draft = depositor.draft

    with django_assert_num_queries(2):
        operations.add_file(draft, io_upload(pdf_bytes("b")), name="b.pdf", declared_type="")

    assert [row.file.name for row in draft.files.order_by("order")] == ["a.pdf", "b.pdf"]


def test_body_above_the_limit_is_refused_and_the_draft_stays(depositor, office, settings):
    depositor.upload(("a.pdf", pdf_bytes("a")))
    settings.MAX_REQUEST_BYTES = 1000

    response = depositor.upload(("b.pdf", b"%PDF-1.4" + b"x" * 2000))

    assert response.status_code == 413
    assert [row.name for row in depositor.draft.files.all()] == ["a.pdf"]
