"""The verbs of registers and evidence: each writes its rows and its event in the caller's transaction.

Locks are taken in this order: whatever the caller locks, the entry, the register(s), the end of the log. Whoever takes
numbers in several registers does so in one call of `register_entries`, and before appending other events.
"""

import secrets
from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from core import dates, sql
from core.audit.operations import record
from core.evidence import log, permissions, server
from core.evidence.enums import EventCode, RequestState
from core.evidence.log import EventDraft, append
from core.evidence.models import AnnulmentRequest, Event, EventBody
from core.evidence.receipts import find_by_tracking, issue_receipt, receipt_for
from core.evidence.signals import entry_erased, entry_rectified
from core.exceptions import BusinessError, NotAllowed, WrongState
from core.organisations.enums import Role
from core.organisations.models import Organisation
from core.registers import numbering, numbers
from core.registers.enums import Direction, EntryState, RectifyReason
from core.registers.models import Entry, EntryBody, body_hash

__all__ = ["EntryDraft", "EventDraft", "append", "find_by_tracking", "issue_receipt", "receipt_for", "register_entry"]

WORDS = ("subject", "sender", "recipients")
COLUMNS = ("document_date", "nature", "channel", "support")


class EntryDraft(NamedTuple):
    """A line to be written: everything but the number and the moment."""

    organisation: Organisation
    direction: str
    subject: str
    sender: str
    recipients: str
    object_id: UUID
    nature: str = ""
    channel: str = ""
    support: str = ""
    document_date: date | None = None
    content_hash: str = ""
    rectifies: Entry | None = None


class Registration(NamedTuple):
    """One line to be written, who causes it, and the further facts to log with it."""

    draft: EntryDraft
    by: object = None
    role: str = ""
    assurance: str = ""
    facts: Sequence[EventDraft] = ()
    events: Callable[[Entry], list[EventDraft]] | None = None


def register_entry(draft: EntryDraft, *, by, role, facts=(), events=None, assurance="") -> Entry:
    """Take the next number of a register and write its line, with `entry.registered` and the caller's facts.

    Call it last in the transaction: from here to the commit everybody else who registers waits. Facts in whose bodies
    the new number stands come from `events(entry)`, which must be quick; others are better given as `facts`, for they
    are prepared before anybody waits.
    """
    return register_entries([Registration(draft, by, role, assurance, facts, events)])[0]


@sql.whole
def register_entries(registrations: list[Registration]) -> list[Entry]:
    """As `register_entry` for several lines at once, so that the registers are locked in one order."""
    in_order = sorted(registrations, key=_register_order) if len(registrations) > 1 else registrations
    for item in in_order:
        log.pseudonym(item.by)
    if len(in_order) == 1 and sql.is_postgresql() and not in_order[0].events and (entry := _on_server(in_order[0])):
        return [entry]
    salts = [secrets.token_bytes(16) for _ in in_order]
    taken = [numbering.take(item.draft.organisation.pk, Direction(item.draft.direction).value) for item in in_order]
    head = log.lock(max(number.moment for number in taken), about=in_order[0].draft.object_id)
    entries, statements, drafts = {}, [], []
    for item, salt, number in zip(in_order, salts, taken, strict=True):
        row = _line(item.draft, salt) | _place(item.draft, number)
        entry = entries[id(item)] = sql.instance(Entry, row)
        words = {"entry_id": row["id"], **_words(item.draft, salt)}
        statements += [sql.insert(Entry, [row]), sql.insert(EntryBody, [words])]
        facts = [*item.facts, *(item.events(entry) if item.events else ())]
        drafts.append(_registered(item, row, log.stamp(number.moment), entry))
        drafts += [fact if fact.entry else fact._replace(entry=entry) for fact in facts]
    log.write(head, drafts, before=statements)
    return [entries[id(item)] for item in registrations]


@transaction.atomic
def ask_annulment(entry, *, by, reason, note="") -> AnnulmentRequest:
    """Ask another clerk to annul a line, with a coded reason. Until that is decided, the line stays valid.

    Refused: NotAllowed without a clerk's post there; WrongState if the line is not valid or was asked for already.
    """
    entry = _locked(entry, by)
    _must_be_valid(entry)
    facts = EventDraft(
        EventCode.ANNULMENT_ASKED,
        entry.object_id,
        {"reason": str(reason)},
        {"note": note} if note else None,
        by,
        Role.CLERK.value,
        entry=entry,
    )
    request = AnnulmentRequest.objects.create(entry=entry, reason=reason, asked_by=by, asked_event=append([facts])[0])
    record("registers.annulment_asked", entry, by=by, reason=str(reason))
    return request


@transaction.atomic
def confirm_annulment(entry, *, by) -> Entry:
    """Annul a line another clerk asked to annul; it stays in the book, struck through, and its number is never reused.

    Refused: NotAllowed to whoever asked, or without a clerk's post there; WrongState if nothing is asked any more.
    """
    entry = _locked(entry, by)
    request = _must_be_asked(entry)
    if request.asked_by_id == by.pk:
        raise NotAllowed(_("You asked for this annulment yourself: another clerk must confirm it."), code="same_clerk")
    facts = {"reason": request.reason, "asked": str(request.asked_event)}
    _decide(entry, request, RequestState.CONFIRMED, EventCode.ENTRY_ANNULLED, facts, by=by)
    _step(entry, EntryState.ANNULLED, annul_reason=request.reason)
    record("registers.entry_annulled", entry, by=by, reason=request.reason)
    return entry


@transaction.atomic
def decline_annulment(entry, *, by) -> Entry:
    """Leave a line as it is although its annulment was asked for; any clerk may, also the one who asked."""
    entry = _locked(entry, by)
    request = _must_be_asked(entry)
    facts = {"reason": request.reason, "asked": str(request.asked_event)}
    _decide(entry, request, RequestState.DECLINED, EventCode.ANNULMENT_DECLINED, facts, by=by)
    record("registers.annulment_declined", entry, by=by)
    return entry


@transaction.atomic
def rectify(entry, *, by, changes: dict, reason) -> Entry:
    """Correct a line by a new, linked one with the next number; the old one stays and names the new one.

    `changes` maps subject, sender, recipients, document_date, nature, channel or support to what it should have been.
    Returns the new entry. Refused: NotAllowed without a clerk's post there; WrongState if the line is not valid or its
    annulment is asked for; BusinessError if nothing changes or the words were erased.
    """
    entry = _locked(entry, by)
    _must_be_valid(entry)
    if entry.body.is_erased:
        raise BusinessError(_("The words of this entry were erased: there is nothing left to rectify."), code="erased")
    before = {name: getattr(entry.body, name) for name in WORDS} | {name: getattr(entry, name) for name in COLUMNS}
    changes = {name: value for name, value in changes.items() if before[name] != value}
    if not changes:
        raise BusinessError(_("Nothing was changed: correct at least one field."), code="unchanged")
    draft = EntryDraft(
        organisation=entry.register.organisation,
        direction=entry.direction,
        object_id=entry.object_id,
        content_hash=entry.content_hash,
        rectifies=entry,
        **(before | changes),
    )
    _step(entry, EntryState.RECTIFIED)
    new = register_entry(
        draft, by=by, role=Role.CLERK.value, events=lambda new: [_rectified(entry, new, before, changes, by, reason)]
    )
    entry_rectified.send(sender=Entry, entry=entry, new=new)
    record("registers.entry_rectified", entry, by=by, new=new.number_text, fields=sorted(changes), reason=str(reason))
    return new


@transaction.atomic
def erase_body(entry, *, by, reason) -> Event:
    """Erase the personal words of a line and of every fact about its object (law 09-08); hashes, dates and number stay.

    Sends `entry_erased` so that others erase theirs. Refused: NotAllowed to anybody but the administrator there;
    WrongState the second time.
    """
    entry = Entry.objects.select_for_update(of=("self",)).select_related("register__organisation").get(pk=entry.pk)
    if not permissions.can_erase_body(by, entry):
        raise NotAllowed()
    if not EntryBody.objects.filter(entry=entry, salt__isnull=False).update(
        subject="", sender="", recipients="", salt=None
    ):
        raise WrongState(_("The personal data of this entry were erased before."), code="too_late")
    bodies = EventBody.objects.filter(event__object_id=entry.object_id, salt__isnull=False)
    erased = [str(body.event) for body in bodies.select_related("event").order_by("pk")]
    bodies.update(salt=None, body=None)
    entry_erased.send(sender=Entry, entry=entry)
    facts = {"entry": entry.number_text, "events": erased, "reason": str(reason)}
    draft = EventDraft(EventCode.DATA_ERASED, entry.object_id, facts, None, by, Role.ADMINISTRATOR.value, entry=entry)
    event = append([draft])[0]
    record("registers.body_erased", entry, by=by, reason=str(reason))
    return event


def _register_order(registration: Registration) -> int:
    draft = registration.draft
    return numbering.Register.key(draft.organisation.pk, draft.direction, 0)


def _on_server(item: Registration) -> Entry | None:
    """The line, written by the server in one call; nothing if it is not an ordinary one."""
    draft, day, salt = item.draft, dates.today(), secrets.token_bytes(16)
    since, until = dates.day_bounds(day)
    beginning, checksum = numbers.beginning(draft.organisation.code, draft.direction, day.year)
    register = numbering.Register.key(draft.organisation.pk, Direction(draft.direction).value, day.year)
    line = _line(draft, salt) | {"local_date": day}
    facts = [_registered(item, line, log.OPEN.at), *item.facts]
    given = {
        "register": register,
        "shard": day.year,
        "since": since,
        "until": until,
        "beginning": beginning,
        "checksum": checksum,
        "entry": line,
        "words": _words(draft, salt),
        "facts": [log.prepared(fact, day.year) for fact in facts],
    }
    row = server.register(given)
    if row is None:
        return None
    number, number_text, moment = row
    place = {"id": Entry.key(register, number), "register_id": register, "number": number}
    return sql.instance(Entry, line | place | {"number_text": number_text, "registered_at": moment})


def _line(draft: EntryDraft, salt: bytes) -> sql.Row:
    """The columns of the entry that are known before its number."""
    return {
        "document_date": draft.document_date,
        "nature": str(draft.nature),
        "channel": str(draft.channel),
        "support": str(draft.support),
        "content_hash": draft.content_hash,
        "body_hash": body_hash(salt, draft.subject, draft.sender, draft.recipients),
        "object_id": draft.object_id,
        "rectifies_id": draft.rectifies.pk if draft.rectifies else None,
        "state": EntryState.VALID.value,
        "annul_reason": "",
    }


def _place(draft: EntryDraft, taken: numbering.Taken) -> sql.Row:
    """The columns that are known only with it."""
    moment = dates.local(taken.moment)
    return {
        "id": Entry.key(taken.register_id, taken.number),
        "register_id": taken.register_id,
        "number": taken.number,
        "number_text": numbers.format_number(draft.organisation.code, draft.direction, moment.year, taken.number),
        "registered_at": taken.moment,
        "local_date": moment.date(),
    }


def _words(draft: EntryDraft, salt: bytes) -> sql.Row:
    return {"subject": draft.subject, "sender": draft.sender, "recipients": draft.recipients, "salt": salt}


def _registered(item: Registration, line: sql.Row, at: str, entry: Entry | None = None) -> EventDraft:
    """The fact that covers every column of the entry that never changes."""
    rectified = item.draft.rectifies
    facts = log.entry_facts(line, at, rectified.number_text if rectified else "")
    return EventDraft(
        EventCode.ENTRY_REGISTERED, line["object_id"], facts, None, item.by, item.role, item.assurance, entry
    )


def _locked(entry: Entry, by) -> Entry:
    """The entry as it is now, locked; NotAllowed unless `by` keeps this register."""
    entry = (
        Entry.objects.select_for_update(of=("self",)).select_related("register__organisation", "body").get(pk=entry.pk)
    )
    if not permissions.can_keep_register(by, entry):
        raise NotAllowed()
    return entry


def _must_be_valid(entry: Entry) -> None:
    if not entry.is_valid:
        raise WrongState(
            _("This cannot be done any more: the state is now “%(state)s”.") % {"state": entry.get_state_display()}
        )
    if permissions.open_request(entry):
        raise WrongState(_("The annulment of this entry is already asked for: it must be decided first."))


def _must_be_asked(entry: Entry) -> AnnulmentRequest:
    request = permissions.open_request(entry)
    if request is None:
        raise WrongState(_("No annulment of this entry waits for a decision any more."), code="too_late")
    return request


def _decide(entry, request, state, code, facts, *, by):
    event = append([EventDraft(code, entry.object_id, facts, None, by, Role.CLERK.value, entry=entry)])[0]
    request.state, request.decided_by, request.decided_event = state, by, event
    request.save(update_fields=["state", "decided_by", "decided_event"])


def _step(entry, state, **changes):
    """The only change a line ever sees; the row is locked by the caller and triggers allow no other."""
    for name, value in {"state": state, **changes}.items():
        setattr(entry, name, value)
    entry.save(update_fields=["state", *changes])


def _rectified(old, new, before, changes, by, reason):
    """The fact on the old line's side: which fields changed; the words themselves are personal."""
    facts = {"by": new.number_text, "reason": RectifyReason(reason).value, "fields": sorted(changes)}
    words = {name: [str(before[name] or ""), str(value or "")] for name, value in changes.items()}
    return EventDraft(
        EventCode.ENTRY_RECTIFIED, old.object_id, facts, {"changes": words}, by, Role.CLERK.value, entry=old
    )
