"""What several verbs need: files attached, the item closed, evidence written, the unit told."""

import hashlib

from django.utils import timezone

from core import sql
from core.evidence.operations import EventDraft, append
from core.indexing import reindex_after_commit
from core.notifications.operations import notify
from core.states import move
from eservices.correspondence.models import Attachment


def attach(correspondence, files, *, kind, after=None) -> list[Attachment]:
    """Add (stored file, label) behind the files already there, or behind number `after` where that is known."""
    start = correspondence.attachments.count() if after is None else after
    attached = [
        Attachment(correspondence=correspondence, file=stored, label=label, order=start + n, kind=kind)
        for n, (stored, label) in enumerate(files, start=1)
    ]
    sql.add(attached)
    return attached


def content_hash(letter, files) -> str:
    """SHA-256 over what the sender wrote and the fingerprints of the files, in their order."""
    text = "\x1f".join([letter.subject, letter.message, *files])
    return hashlib.sha256(text.encode()).hexdigest()


def close_item(item, step, reason, note="", duplicate_of=None):
    move(item, step, closed_at=timezone.now(), closing_reason=reason, closing_note=note, duplicate_of=duplicate_of)
    reindex_after_commit(item)


def write_evidence(item, code, *, by, role, **body):
    letter = item.correspondence
    append([EventDraft(code, letter.object_id, body, None, by, role, "", letter.entry)])


def tell_unit(item, unit, event, *, by, role=None, **data):
    """Tell the holders of posts in `unit`; a confidential subject stays masked."""
    letter = item.correspondence
    data |= {"number": letter.number, "subject": letter.shown_subject()}
    notify(unit, f"correspondence.{event}", by=by, url=item.get_absolute_url(), role=role, **data)
