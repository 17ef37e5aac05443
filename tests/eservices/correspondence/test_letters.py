"""The letters made by form: asked for when they are numbered, made by the worker, judged by others."""

import subprocess

import pytest
from django.test import Client
from django.utils.translation import gettext

from core.evidence import documents, press, seal
from core.evidence.models import Event, SealLevel
from core.evidence.receipts import receipt_for, tracking_code
from core.evidence.verification import verify
from core.outbox.models import Message
from core.outbox.operations import run_pending
from core.registers.models import Entry
from eservices.correspondence import letters, operations, tasks
from eservices.correspondence.models import Correspondence
from tests.core.evidence.test_receipt_pdf import text_of
from tests.factories.letters import act_type_for, deposited, overdue, pdf_bytes

pytestmark = pytest.mark.django_db
ISSUER = {"attestation_issuer_ar": "مديرية الرخص والتراخيص", "attestation_issuer_fr": "Direction des autorisations"}


@pytest.fixture
def silent(organisation, registry):
    """A letter nobody answered in time, and its tracking code."""
    done = deposited(
        organisation, act_type=act_type_for(organisation, code="silent", **ISSUER), own_reference="AB-77/2026"
    )
    operations.reach_deadline(overdue(done.item))
    return done


@pytest.fixture
def attestation(silent):
    return Correspondence.objects.get(form_letter="attestation")


@pytest.fixture
def request_letter(on_hold):
    return Correspondence.objects.get(form_letter="pieces")


@pytest.fixture
def plain_press(monkeypatch):
    """The press and the seal replaced where only the rows matter."""
    monkeypatch.setattr("core.evidence.documents.print_document", lambda document, context: pdf_bytes("letter"))
    monkeypatch.setattr("core.evidence.seal.seal", lambda pdf, time_stamp=False: pdf)


def made(letter):
    tasks.make_letter({"letter": letter.pk})
    return letter.attachments.get().file


# --- the PDF -------------------------------------------------------------------------------------------------------


@pytest.mark.documents
def test_letters_are_archivable_accessible_and_read_forwards(attestation, request_letter, verapdf, tmp_path):
    paths = {}
    for name, letter in [("attestation", attestation), ("pieces", request_letter)]:
        for level in (SealLevel.NONE, SealLevel.SEALED):
            pdf = documents.render(letters.LETTER, letters.letter_context(letter, level))
            paths[name, level] = tmp_path / f"{name}-{level}.pdf"
            paths[name, level].write_bytes(seal.seal(pdf) if level == SealLevel.SEALED else pdf)

    verapdf(list(paths.values()), "3a")
    verapdf(list(paths.values()), "ua1")
    for (name, _level), path in paths.items():
        assert subprocess.run(["qpdf", "--check", path], capture_output=True, check=False).returncode == 0
        letter = attestation if name == "attestation" else request_letter
        text = " ".join(text_of(path).split())
        for number in (letter.number, letter.reply_to.number, "(UTC+", letters.VERSION, "1/1"):
            assert number in text, (path, number)
    text = " ".join(text_of(paths["attestation", SealLevel.SEALED]).split())
    for words in ("AB-77/2026", "n° 55-19", "60 jours", "L’administration (Direction des autorisations) atteste"):
        assert words in text, words
    text = " ".join(text_of(paths["pieces", SealLevel.SEALED]).split())
    assert "نسخة من التصميم" in text
    assert "au plus tard le" in text


@pytest.mark.documents
def test_long_request_in_french_runs_over_pages(in_progress, youssef, verapdf, tmp_path):
    text = "\n".join(f"- pièce n° {n} <b>&</b> 😀" for n in range(80))
    letter = operations.request_pieces(in_progress, by=youssef, text=text).letter
    context = letters.letter_context(letter, SealLevel.NONE)
    path = tmp_path / "long.pdf"
    path.write_bytes(documents.render(letters.LETTER, context))

    assert context["quoted"]["is_latin"]
    verapdf([path], "3a")
    verapdf([path], "ua1")
    text = text_of(path)
    assert "pièce n° 79 <b>&</b> \ufffd" in text
    assert "2/3" in text


# --- made by the worker --------------------------------------------------------------------------------------------


def test_silence_that_means_acceptance_is_attested_by_a_numbered_letter(silent, attestation):
    assert attestation.number.startswith("MSP-D-")
    assert attestation.entry.body.sender == ISSUER["attestation_issuer_ar"]
    notice = silent.item.sender_notices.get(event="silence_accepted")
    assert notice.data["letter_number"] == attestation.number
    assert Message.objects.get(name=operations.MAKE_LETTER).payload == {"letter": attestation.pk}
    logged = Event.objects.filter(object_id=attestation.object_id).order_by("pk")
    assert [event.code for event in logged] == ["entry.registered", "consigned"]


@pytest.mark.parametrize("effect", ["refused", "none"])
def test_other_silence_is_not_attested(organisation, registry, effect):
    item = deposited(organisation, act_type=act_type_for(organisation, silence_effect=effect)).item
    operations.reach_deadline(overdue(item))

    assert Correspondence.objects.filter(form_letter="attestation").count() == 0


def test_letter_is_made_once_and_its_fingerprint_is_evidence(request_letter, plain_press, settings, tmp_path):
    settings.CHECKPOINT_DIR = tmp_path  # of this test alone
    file = made(request_letter)

    assert made(request_letter) == file
    assert (file.kind, file.name, file.pages) == ("pdf", f"{request_letter.number}.pdf", 1)
    assert file.is_openable
    assert not file.form_actions
    event = Event.objects.get(object_id=request_letter.object_id, code="letter.sealed")
    assert event.facts["body"] == {"files": [file.sha256], "seal": "sealed"}
    assert verify().is_intact


def test_letter_of_two_workers_is_the_first_ones(request_letter, plain_press, monkeypatch):
    monkeypatch.setattr("core.evidence.seal.seal", lambda pdf, time_stamp=False: _meanwhile(request_letter, pdf))

    assert request_letter.attachments.count() == 0
    operations.make_letter(request_letter)

    assert request_letter.attachments.count() == 1
    assert Event.objects.filter(object_id=request_letter.object_id, code="letter.sealed").count() == 1


def _meanwhile(letter, pdf):
    if not letter.attachments.exists() and not getattr(letter, "is_raced", False):
        letter.is_raced = True
        operations.make_letter(letter)
    return pdf


def test_letter_waits_for_a_seal_that_is_set_up(request_letter, plain_press, monkeypatch):
    def unavailable(pdf, time_stamp=False):
        raise seal.SealUnavailable("gone")

    monkeypatch.setattr("core.evidence.seal.seal", unavailable)
    with pytest.raises(seal.SealUnavailable):
        operations.make_letter(request_letter)
    assert request_letter.attachments.count() == 0


def test_letter_where_no_seal_is_set_up_says_so(request_letter, plain_press, settings):
    settings.DEMO, settings.SEAL_PKCS12, settings.SEAL_PKCS11_MODULE = False, "", ""

    made(request_letter)

    event = Event.objects.get(object_id=request_letter.object_id, code="letter.sealed")
    assert event.facts["body"]["seal"] == "none"
    context = letters.letter_context(request_letter, SealLevel.NONE)
    assert context["seal_fr"] == letters.NO_SEAL[1]


def test_worker_makes_what_was_asked_for(request_letter, plain_press):
    run_pending()

    assert request_letter.attachments.count() == 1


def test_failed_press_leaves_number_and_story(request_letter, monkeypatch):
    def fail(document, context):
        raise press.RenderingFailed("no")

    monkeypatch.setattr("core.evidence.documents.print_document", fail)
    run_pending()

    assert Entry.objects.filter(number_text=request_letter.number).count() == 1
    assert Message.objects.waiting().filter(name=operations.MAKE_LETTER).count() == 1


# --- shown ---------------------------------------------------------------------------------------------------------


def test_sender_reads_the_attestation_and_the_first_opening_is_evidence(client, silent, attestation, plain_press):
    number = silent.item.correspondence.number
    client.post("/ar/track/", {"number": number, "code": silent.tracking_code})
    story = client.get(f"/ar/track/{number}/").content.decode()
    url = f"/ar/track/{number}/{attestation.number}/"
    assert url in story
    early = client.get(url)
    assert early.context["files"] == []
    made(attestation)

    page = client.get(url)

    assert Event.objects.filter(object_id=attestation.object_id, code="opened").count() == 1
    assert Client().get(page.context["files"][0].url).status_code == 404
    response = client.get(page.context["files"][0].url)
    assert response.status_code == 200
    response.close()


@pytest.mark.parametrize(("person", "status"), [("youssef", 200), ("amina", 200), ("karim", 404)])
def test_item_page_offers_the_letter_to_staff(client, request_letter, plain_press, person, status, request):
    item = request_letter.reply_to.item
    client.force_login(request.getfixturevalue(person))
    before = client.get(item.get_absolute_url())
    made(request_letter)

    response = client.get(item.get_absolute_url())

    assert (before.status_code, response.status_code) == (status, status)
    if status == 200:
        [reply] = response.context["replies"]
        download = client.get(reply["files"][0].url)
        assert download.status_code == 200
        download.close()


def test_story_of_a_letter_closed_without_its_documents_does_not_speak_of_an_answer(client, organisation, on_hold):
    operations.expire_hold(on_hold)
    code = tracking_code(receipt_for(on_hold.correspondence.entry))
    client.post("/ar/track/", {"number": on_hold.correspondence.number, "code": code})

    page = client.get(f"/ar/track/{on_hold.correspondence.number}/").content.decode()

    assert gettext("Your letter is closed") in page
