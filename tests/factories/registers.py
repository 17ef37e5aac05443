"""Lines of the register and facts of the log, written as the operations write them."""

import uuid

from django.db import transaction

from core.evidence.operations import EntryDraft, EventDraft, append, register_entry
from core.registers.enums import Direction


def draft(organisation, **values) -> EntryDraft:
    """A letter to be registered."""
    defaults = {
        "direction": Direction.ARRIVAL,
        "subject": "طلب معلومات",
        "sender": "فاطمة الزهراء بنجلون",
        "recipients": "مديرية الخدمات الرقمية",
        "object_id": uuid.uuid4(),
        "nature": "request",
        "channel": "portal",
        "support": "electronic",
        "content_hash": "ab" * 32,
    }
    return EntryDraft(organisation=organisation, **(defaults | values))


def entry_of(organisation, *, by=None, role="depositor", events=None, **values):
    """A registered letter."""
    with transaction.atomic():
        return register_entry(draft(organisation, **values), by=by, role=role, events=events)


def facts(count, object_id=None, **values):
    """That many facts about one object, in one append."""
    object_id = object_id or uuid.uuid4()
    return append([EventDraft("opened", object_id, {"n": n}, **values) for n in range(count)])
