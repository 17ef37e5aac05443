import io
import logging
import uuid
from collections.abc import Iterable

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from core import sql
from core.audit.operations import record
from core.files import scanner, store
from core.files.enums import MAX_FILE_BYTES, Kind, Refusal, ScanState
from core.files.inspection import inspect
from core.files.models import StoredFile, organisation_key
from core.files.names import clean_name
from core.files.operations_text import ask_to_read
from core.files.refusals import FileRefused
from core.files.signals import file_infected
from core.organisations.models import Organisation
from core.outbox.operations import enqueue

logger = logging.getLogger(__name__)


def receive(upload, *, name: str, declared_type: str, organisation: Organisation | None = None, draft="") -> StoredFile:
    """Take in one file: as `take_in`, then a row; asks for the virus scan when one is set up."""
    file = take_in(upload, name=name, declared_type=declared_type, organisation=organisation, draft=draft)
    insert(file)
    return file


def take_in(upload, *, name: str, declared_type: str, organisation: Organisation | None = None, draft="") -> StoredFile:
    """Take in the bytes: written aside while hashed, judged in a child process, made lasting. The row is not written.

    `upload` is what Django's upload handlers give or any open binary file. Without `organisation` it belongs to
    `draft` until `link` hands it over. Refused, with a sentence and the way out, for everything `inspect` refuses
    (FileRefused); StorageFull when nothing can be written.
    """
    name = clean_name(name)
    part = _written(upload, name)
    try:
        verdict = inspect(part.path, name, declared_type)
        if not verdict.accepted:
            logger.info("files.refused", extra={"reason": verdict.reason, "kind": verdict.kind, "size": part.size})
            raise FileRefused(verdict.reason, name=name, size=part.size, detail=verdict.detail)
        file = StoredFile(
            organisation=organisation,
            draft_key="" if organisation else str(draft or uuid.uuid4()),
            sha256=part.sha256,
            size=part.size,
            kind=verdict.kind,
            name=name,
            pages=verdict.pages,
            form_actions=bool(set(verdict.remote) - {"link"}),
            scan_state=ScanState.WAITING if settings.CLAMAV_SOCKET else ScanState.NOT_CONFIGURED,
        )
        store.current().keep(part, file.key)
    finally:
        part.discard()
    return file


def keep_made(content: bytes, *, name: str, organisation: Organisation) -> StoredFile:
    """Keep a PDF this installation made itself, lasting before its row: may be opened at once, needs no virus scan."""
    part = _written(io.BytesIO(content), name)
    try:
        file = StoredFile(
            organisation=organisation,
            sha256=part.sha256,
            size=part.size,
            kind=Kind.PDF,
            name=name,
            pages=inspect(part.path, name).pages,
            scan_state=ScanState.CLEAN,
            scan_detail="made here",
        )
        store.current().keep(part, file.key)
    finally:
        part.discard()
    insert(file)
    return file


def link(files: Iterable[StoredFile], *, organisation: Organisation) -> None:
    """Hand the files of a draft to the organisation that receives them; what already is there stays.

    The bytes lie under the organisation, lasting, before the rows say so; the draft's names go after the commit.
    Refused when a scan has meanwhile found a virus (FileRefused).
    """
    moving = [file for file in files if file.organisation_id is None]
    for file in files:
        refuse_infected(file)
    places = store.current()
    old_keys = [file.key for file in moving]
    places.link(
        [(old, organisation_key(organisation.pk, file.sha256)) for file, old in zip(moving, old_keys, strict=True)]
    )
    with transaction.atomic(savepoint=False):
        if moving:
            keys = [file.pk for file in moving]
            sql.change(StoredFile, [({"organisation": organisation.pk}, {"id": keys, "organisation": None})])
        for file in moving:
            file.organisation = organisation
        ask_to_read(moving)
        transaction.on_commit(lambda: [places.remove(key) for key in old_keys])


def discard(files: Iterable[StoredFile]) -> None:
    """Erase what a draft held and nobody received: the depositor took it out, or the draft expired."""
    mine = [file for file in files if file.organisation_id is None]
    with transaction.atomic():
        StoredFile.objects.of_drafts().filter(pk__in=[file.pk for file in mine]).delete()
        transaction.on_commit(lambda: _remove_unused(mine))


def refuse_infected(file: StoredFile) -> None:
    """The sentence for the depositor when the scanner found something after the file had come in."""
    if file.scan_state == ScanState.INFECTED:
        raise FileRefused(Refusal.MALWARE, name=file.name, size=file.size, detail=file.scan_detail)


def scan(file: StoredFile) -> ScanState:
    """Have the bytes judged by the virus scanner and write down what it said; an unclear answer is NOT_SCANNED.

    A virus is audited and told to the floors above (`file_infected`). Nobody can open the file from then on.
    """
    finding = scanner.scan(file)
    return mark_scanned(file, state=finding.state, detail=finding.detail)


@transaction.atomic
def mark_scanned(file: StoredFile, *, state: ScanState, detail: str = "") -> ScanState:
    """Write down what a scan said; a virus once found stays found."""
    changed = (
        StoredFile.objects.filter(pk=file.pk)
        .exclude(scan_state=ScanState.INFECTED)
        .update(scan_state=state, scan_detail=detail[:255], scanned_at=timezone.now())
    )
    file.refresh_from_db(fields=["scan_state", "scan_detail", "scanned_at", "organisation"])
    ask_to_read([file])
    if changed and state == ScanState.INFECTED:
        record("files.infected", file, by=None, signature=detail[:100])
        logger.warning("files.infected", extra={"file": str(file.public_id), "signature": detail[:100]})
        transaction.on_commit(lambda: file_infected.send(StoredFile, file=file))
    return file.scan_state


def ask_for_scan(file: StoredFile, *, turn: str = "") -> None:
    """Put the scan of `file` on the list of the workers, once for each `turn`."""
    enqueue("files.scan", {"file": file.pk}, key=f"files.scan:{file.pk}:{turn}" if turn else f"files.scan:{file.pk}")


def insert(file: StoredFile) -> None:
    """Write the row of what `take_in` has taken in; asks for the virus scan, or else for its text."""
    with sql.together():
        sql.create(file)
        if file.scan_state == ScanState.WAITING:
            ask_for_scan(file)
        ask_to_read([file])


def _written(upload, name):
    """The bytes aside and hashed: where the upload handler already put them, or copied from any open file."""
    if getattr(upload, "part", None) is not None:
        if upload.size > MAX_FILE_BYTES:
            raise FileRefused(Refusal.TOO_LARGE, name=name, size=upload.size)
        upload.part.flush()
        return upload.part
    part = store.current().new_part()
    try:
        for chunk in upload.chunks() if hasattr(upload, "chunks") else iter(lambda: upload.read(1 << 18), b""):
            part.write(chunk)
            if part.size > MAX_FILE_BYTES:
                raise FileRefused(Refusal.TOO_LARGE, name=name, size=max(part.size, getattr(upload, "size", 0) or 0))
        part.flush()
    except BaseException:
        part.discard()
        raise
    return part


def _remove_unused(files):
    places = store.current()
    for file in files:
        if not StoredFile.objects.of_drafts().filter(draft_key=file.draft_key, sha256=file.sha256).exists():
            places.remove(file.key)
