"""Files join a circular: its signed scan, its digital original, its annexes."""

import io

from django.db import transaction

from core.audit.operations import record
from core.files.operations import receive
from home.circulars.enums import FileRole
from home.circulars.models import CircularFile


def attach(circular, content, *, name, by=None, role=FileRole.ANNEX, title="", language="", **read) -> CircularFile:
    """Take in a file, bytes or anything open, for the issuing administration, and hang it on the circular.

    `read` is what was read from it, if that is known already (`pages_text`, `is_ocr`). A draft revision does not learn
    of it: attach before the revision is saved. Refused with the sentence of `core.files`, nothing kept (FileRefused).
    """
    opened = io.BytesIO(content) if isinstance(content, bytes) else content
    file = receive(opened, name=name, declared_type="", organisation=circular.authority)
    with transaction.atomic():
        row = CircularFile.objects.create(
            circular=circular, file=file, role=role, title=title, language=language, **read
        )
        record("circulars.file_attached", circular, by=by, file=str(file.public_id))
    return row
