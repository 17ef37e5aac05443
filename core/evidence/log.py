"""Appending to the log: one lock, then all hashing and all rows in two round trips. `operations` is the way in.

A record is the canonical JSON of: policy, shard, seq, code, etsi, at (UTC), object, prev (leaf hash of the object's
previous event), commit (to personal data, if any), actor {role, id (pseudonym), assurance}, for (on whose behalf),
register {number …}, body (codes and hashes, nothing personal).
"""

import hashlib
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from core import sql
from core.dates import local
from core.evidence import merkle
from core.evidence.enums import ETSI_CODES, POLICY, Assurance, EventCode
from core.evidence.models import Event, EventBody, Pseudonym, Subtree
from core.registers.models import Entry, canonical, quoted
from core.registers.numbering import as_moment, clock, clock_sql, current_year

TOLERANCE = timedelta(seconds=1)  # a clock that is disciplined may step back this far without a word
BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
LOG_OBJECTS = UUID("8f6d1f0e-6a0b-5b8e-9c6c-3a1f1b1d0d5a")  # name space of the logs' own object ids


@dataclass(frozen=True)
class EventDraft:
    """A fact to be written: `body` holds codes, numbers and hashes only; what names people goes into `personal`."""

    code: str
    object_id: UUID
    body: dict = field(default_factory=dict)
    personal: dict | None = None
    by: object = None
    role: str = ""
    assurance: str = ""
    entry: Entry | None = None
    on_behalf_of: str = ""


class Last(NamedTuple):
    """The newest fact about an object: its position and leaf hash."""

    step: int
    leaf_hash: bytes


NOTHING = Last(0, b"")


@dataclass
class Head:
    """The locked end of the log, as this transaction may extend it."""

    shard: int
    size: int
    frontier: list[bytes]
    last_at: datetime
    is_behind: bool
    clock: datetime
    previous: dict[UUID, Last]
    floor: datetime = BEGINNING

    @property
    def moment(self) -> datetime:
        """Now, as far as the log is concerned: it never goes back, nor before `floor`."""
        return max(self.clock, self.last_at, self.floor)


@transaction.atomic(savepoint=False)
def append(events: list[EventDraft]) -> list[Event]:
    """Write facts to the log, in order and all or none; whoever comes after waits until this transaction ends."""
    for draft in events:
        pseudonym(draft.by)
    rows = write(lock(), events)[-len(events) :]
    return [sql.instance(Event, row) for row in rows]


def lock(floor: datetime = BEGINNING) -> Head:
    """Take the lock of the log of the year in which the next fact's moment lies; begins that log if need be."""
    shard = current_year()
    while True:
        row = sql.fetch_one((_SELECT + _for_update(), [shard]))
        if row is None:
            shard = local(clock()).year
            _begin(shard)
            continue
        head = _head(shard, (*row, clock()))
        head.floor = floor
        if (year := local(head.moment).year) == shard:
            return head
        shard = year


def lock_with(number: sql.Statement, object_id: UUID) -> tuple[tuple | None, Head | None]:
    """Take a number by its statement, then the lock of the log, and look up the object's newest fact.

    On PostgreSQL in one round trip, and both locks end with the commit, the wait for the disk comes after it: whoever
    is next need not stand behind a disk. Nothing is lost by that, for a later number reaches the disk after an earlier
    one, and the caller's `atomic` block ends only once this one is there. See
    docs/decisions/0003-locks-end-before-the-disk.md.

    No number if the year is over; no head if its year's log is not begun or not the one that is due: `lock` gets it.
    """
    shard = current_year()
    if sql.is_postgresql():
        row, found, size_seen, last = _lock_together(number, shard, object_id)
    else:
        row, found, last = sql.fetch_each([number, (_SELECT, [shard]), (_LAST, [object_id])])
        found = found and (*found, clock())
        size_seen = found and found[0]
    if row is None or found is None:
        return row, None
    head = _head(shard, found)
    head.floor = as_moment(row[1])
    # What a statement of PostgreSQL saw is from before it waited for its locks. An object without any fact was made by
    # this very transaction, so nobody else can have added one; for others the log must not have grown meanwhile.
    if last is None or size_seen == head.size:
        head.previous[object_id] = Last(last[0], bytes(last[1])) if last else NOTHING
    return row, head if local(head.moment).year == shard else None


def _lock_together(number: sql.Statement, shard: int, object_id: UUID) -> tuple:
    transaction.on_commit(sql.flush)
    statement, parameters = number
    together = _TOGETHER.format(number=statement, clock=clock_sql(), last=_LAST)
    row = sql.fetch_one((together, [*parameters, shard, shard, object_id]))
    if row is None:
        return None, None, None, None
    return row[:2], None if row[2] is None else row[2:7], row[7], None if row[8] is None else row[8:10]


def write(head: Head, drafts: list[EventDraft], before: Sequence[sql.Statement] = ()) -> list[sql.Row]:
    """Insert the rows of the facts, their subtrees and the new head, after the statements `before`."""
    drafts = [*_anomaly(head), *drafts]
    _find_previous(head, drafts)
    moment = head.moment
    events, bodies, completed = [], [], []
    for draft in drafts:
        event, body = _event(head, draft, moment)
        head.previous[draft.object_id] = Last(event["step"], event["leaf_hash"])
        head.frontier, made = merkle.append(head.size, head.frontier, event["leaf_hash"])
        completed += [
            {"id": Subtree.key(head.shard, level, index), "hash": value}
            for level, index, value in made
            if level >= Subtree.LOWEST
        ]
        head.size += 1
        head.last_at = moment
        events.append(event)
        bodies += [body] if body else []
    inserts = [sql.insert(*rows) for rows in ((Event, events), (EventBody, bodies), (Subtree, completed)) if rows[1]]
    sql.execute([*before, *inserts, _update_head(head)])
    return events


def pseudonym(user) -> str:
    """How the log names this person; found or made once a request, before any lock."""
    if user is None:
        return ""
    if (value := user.__dict__.get("_pseudonym")) is None:
        row, is_new = Pseudonym.objects.get_or_create(user=user, defaults={"value": secrets.token_hex(16)})
        value = row.value
        if not is_new:  # a new row may yet be rolled back
            user.__dict__["_pseudonym"] = value
    return value


def stamp(moment: datetime) -> str:
    """A moment as records write it: UTC to the microsecond."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def entry_facts(entry: Entry, rectifies: str) -> dict:
    """What the log keeps of an entry; `verify_registers` compares the row with it."""
    return {
        "registered_at": stamp(entry.registered_at),
        "local_date": entry.local_date.isoformat(),
        "document_date": entry.document_date.isoformat() if entry.document_date else "",
        "nature": entry.nature,
        "channel": entry.channel,
        "support": entry.support,
        "content_hash": entry.content_hash,
        "body_hash": entry.body_hash,
        "rectifies": rectifies,
    }


def commitment(salt: bytes, body: bytes) -> str:
    return hashlib.sha256(salt + body).hexdigest()


def _event(head: Head, draft: EventDraft, moment: datetime) -> tuple[sql.Row, sql.Row | None]:
    key = Event.key(head.shard, head.size)
    body = None
    if draft.personal:
        body = {"event_id": key, "salt": secrets.token_bytes(16), "body": canonical(draft.personal)}
    code, previous = EventCode(draft.code), head.previous[draft.object_id]
    commit = commitment(body["salt"], body["body"]) if body else ""
    record = _record(head, draft, code, moment, previous, commit)
    event = {
        "id": key,
        "code": code.value,
        "at": moment,
        "object_id": draft.object_id,
        "step": previous.step + 1,
        "entry_id": draft.entry.pk if draft.entry else None,
        "record": record,
        "leaf_hash": merkle.leaf_hash(record),
    }
    return event, body


def _record(head: Head, draft: EventDraft, code: EventCode, moment: datetime, previous: Last, commit: str) -> bytes:
    """The fact in canonical form, as `canonical` would write it; field by field, for everybody waits meanwhile."""
    assurance = draft.assurance or (Assurance.SIGNED_IN.value if draft.by else "")
    number = f'"number":{quoted(draft.entry.number_text)}' if draft.entry else ""
    return (
        f'{{"actor":{{"assurance":{quoted(assurance)},"id":"{pseudonym(draft.by)}","role":{quoted(draft.role)}}},'
        f'"at":"{stamp(moment)}","body":{canonical(draft.body).decode()},"code":"{code.value}","commit":"{commit}",'
        f'"etsi":"{ETSI_CODES.get(code, "")}","for":{quoted(draft.on_behalf_of)},"object":"{draft.object_id}",'
        f'"policy":"{POLICY}","prev":"{previous.leaf_hash.hex()}","register":{{{number}}},'
        f'"seq":{head.size},"shard":{head.shard},"step":{previous.step + 1}}}'
    ).encode()


def _anomaly(head: Head) -> list[EventDraft]:
    """One fact for each time the clock is found set back; quiet again once it has caught up."""
    behind = head.clock < head.last_at - TOLERANCE
    if behind == head.is_behind:
        return []
    head.is_behind = behind
    if not behind:
        return []
    facts = {"clock": stamp(head.clock), "log": stamp(head.last_at)}
    return [EventDraft(EventCode.CLOCK_ANOMALY, uuid.uuid5(LOG_OBJECTS, str(head.shard)), facts, role="clock")]


def _find_previous(head: Head, drafts: list[EventDraft]) -> None:
    missing = {draft.object_id for draft in drafts} - head.previous.keys()
    for object_id in missing:
        last = sql.fetch_one((_LAST, [object_id]))
        head.previous[object_id] = Last(last[0], bytes(last[1])) if last else NOTHING


def _for_update() -> str:
    return " FOR UPDATE" if sql.is_postgresql() else ""


def _head(shard: int, row: tuple | None) -> Head | None:
    if row is None:
        return None
    size, frontier, last_at, is_behind, clock = row
    return Head(
        shard=shard,
        size=size,
        frontier=merkle.split(bytes(frontier)),
        last_at=as_moment(last_at),
        is_behind=bool(is_behind),
        clock=as_moment(clock),
        previous={},
    )


def _begin(shard: int) -> None:
    sql.execute([(_BEGIN, [shard, b"", clock(), False])])


def _update_head(head: Head) -> sql.Statement:
    return _UPDATE, [head.size, b"".join(head.frontier), head.last_at, head.is_behind, head.shard]


_LAST = "SELECT step, leaf_hash FROM evidence_event WHERE object_id = %s ORDER BY step DESC LIMIT 1"
_SELECT = "SELECT size, frontier, last_at, is_behind FROM evidence_loghead WHERE shard = %s"
_TOGETHER = """
    WITH taken AS ({number})
    SELECT taken.last_number, taken.last_at, head.*, {clock},
        (SELECT size FROM evidence_loghead WHERE shard = %s),
        last.step, last.leaf_hash, set_config('synchronous_commit', 'off', true)
    FROM taken
    LEFT JOIN LATERAL (
        SELECT size, frontier, last_at, is_behind FROM evidence_loghead
        WHERE shard = %s AND taken.last_number > 0 FOR UPDATE
    ) AS head ON true
    LEFT JOIN LATERAL (
        {last}
    ) AS last ON true
"""
_BEGIN = """
    INSERT INTO evidence_loghead (shard, size, frontier, last_at, is_behind)
    VALUES (%s, 0, %s, %s, %s) ON CONFLICT (shard) DO NOTHING
"""
_UPDATE = "UPDATE evidence_loghead SET size = %s, frontier = %s, last_at = %s, is_behind = %s WHERE shard = %s"
