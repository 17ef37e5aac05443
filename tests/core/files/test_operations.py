import hashlib
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation

from core.audit.models import AuditEntry
from core.files import operations, store
from core.files.enums import MAX_FILE_BYTES, Refusal, ScanState
from core.files.models import StoredFile
from core.files.refusals import SENTENCES, FileRefused, readable_size
from core.files.scanner import Finding
from core.files.signals import file_infected
from core.outbox.models import Message
from tests.core.files import makers

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def read(file):
    with file.open_stream() as stream:
        return stream.read()


def leftovers():
    return list(store.current().incoming.glob("*"))


def test_received_file_is_what_was_sent(receive):
    data = makers.pdf(pages=2)
    file = receive(data, "C:\\docs\\رسالة.pdf", "application/pdf")

    assert read(file) == data
    assert (file.name, file.kind, file.size, file.pages) == ("رسالة.pdf", "pdf", len(data), 2)
    assert file.sha256 == hashlib.sha256(data).hexdigest()
    assert file.scan_state == ScanState.NOT_CONFIGURED
    assert file.is_intact()
    assert leftovers() == []


def test_file_of_a_draft_lies_under_the_draft(receive):
    file = receive(draft="d" * 32)

    assert file.key == f"drafts/dd/{'d' * 32}.{file.sha256}"
    assert file.path.exists()


def test_file_without_a_draft_gets_a_place_of_its_own(receive):
    assert receive().key != receive().key


def test_file_of_an_organisation_lies_under_its_content(receive, organisation):
    data = makers.pdf()
    first, second = receive(data, organisation=organisation), receive(data, organisation=organisation)

    assert first.key == second.key == f"organisations/{organisation.pk}/{first.sha256[:2]}/{first.sha256}"
    assert StoredFile.objects.count() == 2


def test_any_open_file_can_be_received():
    data = makers.picture()
    file = operations.receive(io.BytesIO(data), name="photo.jpg", declared_type="image/jpeg")

    assert read(file) == data


def test_form_actions_are_remembered(receive):
    assert receive(makers.pdf(makers.form)).form_actions
    assert not receive().form_actions


def test_refused_file_leaves_nothing(receive):
    with pytest.raises(FileRefused) as refusal:
        receive(makers.pdf(makers.javascript), "نموذج.pdf")

    assert refusal.value.code == "javascript"
    assert refusal.value.params["name"] == "نموذج.pdf"
    assert not StoredFile.objects.exists()
    assert leftovers() == []


def test_file_over_the_limit_is_refused_while_it_arrives():
    class Endless(SimpleUploadedFile):
        def chunks(self, chunk_size=None):
            for _number in range(1000):
                yield b"x" * 1_000_000

    with pytest.raises(FileRefused) as refusal:
        operations.receive(Endless("a.pdf", b""), name="a.pdf", declared_type="")

    assert refusal.value.code == Refusal.TOO_LARGE
    assert refusal.value.params["size"] == MAX_FILE_BYTES + 1_000_000
    assert leftovers() == []


def test_scan_is_asked_for_when_there_is_a_scanner(receive, settings):
    settings.CLAMAV_SOCKET = "/nowhere/clamd.ctl"

    file = receive()

    assert file.scan_state == ScanState.WAITING
    assert not file.is_openable
    assert Message.objects.get(name="files.scan").payload == {"file": file.pk}


# --- from the draft to the organisation ---------------------------------------------------------------------------


def test_linked_file_belongs_to_the_organisation(receive, organisation, django_capture_on_commit_callbacks):
    file = receive(draft="d" * 32)
    old = file.path

    with django_capture_on_commit_callbacks(execute=True):
        operations.link([file], organisation=organisation)

    fresh = StoredFile.objects.get(pk=file.pk)
    assert fresh.organisation == file.organisation == organisation
    assert fresh.is_intact()
    assert not old.exists()


def test_linking_again_changes_nothing(receive, organisation, django_capture_on_commit_callbacks):
    file = receive()
    with django_capture_on_commit_callbacks(execute=True):
        operations.link([file], organisation=organisation)
        operations.link([file], organisation=organisation)

    assert file.is_intact()


def test_rolled_back_link_leaves_the_draft_whole(receive, organisation):
    file = receive()
    operations.link([file], organisation=organisation)  # the test's transaction never commits: no callback runs

    file.refresh_from_db()
    file.organisation = None
    assert file.is_intact()


def test_infected_file_is_not_linked(receive, organisation):
    file = receive()
    operations.mark_scanned(file, state=ScanState.INFECTED, detail="Test")

    with pytest.raises(FileRefused) as refusal:
        operations.link([file], organisation=organisation)
    assert refusal.value.code == "malware"


def test_discarded_file_is_gone(receive, django_capture_on_commit_callbacks):
    file = receive()
    with django_capture_on_commit_callbacks(execute=True):
        operations.discard([file])

    assert not StoredFile.objects.exists()
    assert not file.path.exists()


def test_discarding_one_of_two_equal_files_keeps_the_bytes(receive, django_capture_on_commit_callbacks):
    first, second = receive(draft="same"), receive(draft="same")
    with django_capture_on_commit_callbacks(execute=True):
        operations.discard([first])

    assert second.is_intact()


def test_received_file_is_never_discarded(receive, organisation, django_capture_on_commit_callbacks):
    file = receive(organisation=organisation)
    with django_capture_on_commit_callbacks(execute=True):
        operations.discard([file])

    assert StoredFile.objects.get().is_intact()


# --- the virus scan --------------------------------------------------------------------------------------------------


def test_virus_is_written_down_and_told(receive, monkeypatch, django_capture_on_commit_callbacks):
    told = []
    file_infected.connect(listener := lambda sender, file, **kwargs: told.append(file))
    file = receive()
    monkeypatch.setattr(operations.scanner, "scan", lambda file: Finding(ScanState.INFECTED, "Eicar"))

    with django_capture_on_commit_callbacks(execute=True):
        assert operations.scan(file) == ScanState.INFECTED
    file_infected.disconnect(listener)

    assert told == [file]
    assert (file.scan_detail, file.is_openable) == ("Eicar", False)
    assert AuditEntry.objects.get(event="files.infected").data == {"signature": "Eicar"}


def test_virus_once_found_stays_found(receive):
    file = receive()
    operations.mark_scanned(file, state=ScanState.INFECTED, detail="Eicar")

    assert operations.mark_scanned(file, state=ScanState.CLEAN) == ScanState.INFECTED
    assert AuditEntry.objects.filter(event="files.infected").count() == 1


def test_clean_file_may_be_opened(receive):
    file = receive()
    operations.mark_scanned(file, state=ScanState.CLEAN)

    operations.refuse_infected(file)
    assert file.is_openable
    assert list(StoredFile.objects.infected()) == []
    assert list(StoredFile.objects.unsettled()) == []


# --- bytes changed behind our back ----------------------------------------------------------------------------------


def test_flipped_byte_is_noticed(receive):
    file = receive()
    file.path.chmod(0o600)
    data = bytearray(file.path.read_bytes())
    data[10] ^= 1
    file.path.write_bytes(data)

    assert not file.is_intact()


def test_missing_file_is_noticed(receive):
    file = receive()
    file.path.unlink()

    assert not file.is_intact()


def test_file_is_called_by_its_name(receive):
    assert str(receive(name="رسالة.pdf")) == "رسالة.pdf"


# --- sentences ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
@pytest.mark.parametrize("code", Refusal.values)
def test_every_refusal_has_a_sentence_with_the_name(code, language):
    refusal = FileRefused(code, name="كشف.pdf", size=25_400_000)

    with translation.override(language):
        assert "\u2068كشف.pdf\u2069" in str(refusal)
        assert str(refusal).endswith(".")


def test_refusal_speaks_the_language_of_its_reader():
    refusal = FileRefused("encrypted", name="a.pdf", size=1)

    with translation.override("en"):
        english = str(refusal)
    with translation.override("fr"):
        assert str(refusal) != english


def test_photo_of_an_iphone_gets_its_own_sentence(receive):
    with pytest.raises(FileRefused) as refusal, translation.override("en"):
        receive(makers.HEIC, "IMG_1.heic")

    assert refusal.value.code == "kind-not-allowed"
    assert "JPEG" in str(refusal.value)
    assert "iPhone" in str(refusal.value)


def test_empty_file_is_called_empty(receive):
    with translation.override("en"), pytest.raises(FileRefused, match="is empty") as refusal:
        receive(b"")

    assert refusal.value.code == "unreadable"


def test_size_over_the_limit_never_reads_as_the_limit():
    with translation.override("en"):
        assert "21" in readable_size(20_000_001)
        assert "20" in readable_size(20_000_000)


def test_every_reason_has_a_sentence():
    assert set(SENTENCES) == set(Refusal)
