from django.contrib.contenttypes.models import ContentType
from django.db import models

from core import sql
from core.audit.models import AuditEntry
from core.context import request_id


def record(event: str, obj: models.Model, *, by, **data) -> None:
    """Write down that `by` (None: the clock or a depositor) did `event` to `obj`, in the caller's transaction.

    `data` takes keys and codes, never names, subjects or contents.
    """
    entry = AuditEntry(
        event=event,
        actor=by,
        content_type=ContentType.objects.get_for_model(obj),
        object_id=str(obj.pk),
        data=data,
        request_id=request_id.get(),
    )
    sql.add([entry])
