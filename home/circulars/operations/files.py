"""Files join a circular: its signed scan, its digital original, its annexes."""

import io
import uuid
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from core.audit.operations import record
from core.files.models import StoredFile
from core.files.operations import discard, link, receive
from home.circulars.enums import DRAFTS, FileRole
from home.circulars.models import CircularFile

KEPT = timedelta(days=2)


def attach(circular, content, *, name, by=None, role=FileRole.ANNEX, title="", language="") -> CircularFile:
    """Take in a file, bytes or anything open, for the issuing administration, and hang it on the circular.

    A draft revision does not learn of it: attach before the revision is saved. Refused with the sentence of
    `core.files`, nothing kept (FileRefused).
    """
    opened = io.BytesIO(content) if isinstance(content, bytes) else content
    file = receive(opened, name=name, declared_type="", organisation=circular.authority)
    with transaction.atomic():
        row = CircularFile.objects.create(circular=circular, file=file, role=role, title=title, language=language)
        record("circulars.file_attached", circular, by=by, file=str(file.public_id))
    return row


def receive_draft(upload) -> StoredFile:
    """Take in what an editor uploads before the form is saved, so that a refusal elsewhere loses nothing.

    Refused with the sentence of `core.files` (FileRefused).
    """
    draft = f"{DRAFTS}{uuid.uuid4().hex}"
    return receive(upload, name=upload.name, declared_type=upload.content_type or "", draft=draft)


def take_in(circular) -> None:
    """Hand the files an editor uploaded to the issuing administration; refused if a virus was found meanwhile."""
    link([row.file for row in circular.files.all()], organisation=circular.authority)


def sweep_drafts() -> None:
    """Erase what was uploaded with a form that nobody saved, two days later."""
    old = StoredFile.objects.of_drafts().filter(draft_key__startswith=DRAFTS, created_at__lt=timezone.now() - KEPT)
    discard(old)
