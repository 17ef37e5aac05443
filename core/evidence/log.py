"""Appending to the log: one lock, then all hashing and all rows. `operations` is the way in.

A record is the canonical JSON of: policy, shard, seq, code, etsi, at (UTC), object, prev (leaf hash of the object's
previous event), commit (to personal data, if any), actor {role, id (pseudonym), assurance}, for (on whose behalf),
register {number …}, body (codes and hashes, nothing personal).
"""

import hashlib
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from core import sql
from core.dates import local
from core.evidence import merkle, server
from core.evidence.enums import ETSI_CODES, POLICY, Assurance, EventCode
from core.evidence.models import Event, EventBody, Pseudonym, Subtree
from core.registers.models import Entry, canonical, quoted
from core.registers.numbering import as_moment, clock, current_year

TOLERANCE = timedelta(seconds=1)  # a clock that is disciplined may step back this far without a word
BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
LOG_OBJECTS = UUID("8f6d1f0e-6a0b-5b8e-9c6c-3a1f1b1d0d5a")  # name space of the logs' own object ids


class EventDraft(NamedTuple):
    """A fact to be written: `body` holds codes, numbers and hashes only (or is canonical JSON of such already); what
    names people goes into `personal`."""

    code: str
    object_id: UUID
    body: dict | str = "{}"
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


class Slots(NamedTuple):
    """What a record says that is known only under the lock, as it is written there."""

    at: str
    number: str
    prev: str
    seq: str | int
    step: str | int


# A record whose slots are filled in later: these characters never stand in JSON themselves.
OPEN = Slots("\x01", "\x02", "\x03", "\x04", "\x05")


@dataclass(slots=True)
class Head:
    """The locked end of the log, as this transaction may extend it."""

    shard: int
    size: int
    frontier: list[bytes]
    last_at: datetime
    is_behind: bool
    clock: datetime
    previous: dict[UUID, Last]
    floor: datetime

    @property
    def moment(self) -> datetime:
        """Now, as far as the log is concerned: it never goes back, nor before `floor`."""
        return max(self.clock, self.last_at, self.floor)


@sql.whole
def append(events: list[EventDraft]) -> list[Event]:
    """Write facts to the log, in order and all or none; whoever comes after waits until this transaction ends."""
    for draft in events:
        pseudonym(draft.by)
    rows = write(lock(about=events[0].object_id), events)[-len(events) :]
    return [sql.instance(Event, row) for row in rows]


def lock(floor: datetime = BEGINNING, *, about: UUID) -> Head:
    """Take the lock of the log of the year in which the next fact's moment lies; begins that log if need be.

    `about` is the object of a fact to come: its newest one is read with the head, under its lock.
    """
    shard = current_year() if floor is BEGINNING else local(floor).year
    while True:
        row = sql.fetch_one(_locking(shard, about))
        if row is None or row[0] is None:  # SQLite gives no row, the server one of nothing
            shard = local(clock()).year
            _begin(shard)
            continue
        head = _head(shard, row, floor)
        if (year := local(head.moment).year) == shard:
            head.previous[about] = _last(row[4:6])
            return head
        shard = year


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


@lru_cache(maxsize=8)  # facts of one transaction have one moment
def stamp(moment: datetime) -> str:
    """A moment as records write it: UTC to the microsecond."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def entry_facts(entry: sql.Row, at: str, rectifies: str) -> str:
    """What the log keeps of an entry, in canonical form; `verify_registers` compares the row with it."""
    document_date = entry["document_date"].isoformat() if entry["document_date"] else ""
    return (
        f'{{"body_hash":{quoted(entry["body_hash"])},"channel":{quoted(entry["channel"])},'
        f'"content_hash":{quoted(entry["content_hash"])},"document_date":"{document_date}",'
        f'"local_date":"{entry["local_date"].isoformat()}","nature":{quoted(entry["nature"])},'
        f'"rectifies":{quoted(rectifies)},"registered_at":"{at}","support":{quoted(entry["support"])}}}'
    )


def commitment(salt: bytes, body: bytes) -> str:
    return hashlib.sha256(salt + body).hexdigest()


def prepared(draft: EventDraft, shard: int) -> dict[str, object]:
    """The fact as `server` is given it, with open slots; without an entry of its own it is about the one to come."""
    code, body = EventCode(draft.code), _body(draft)
    number = draft.entry.number_text if draft.entry else OPEN.number
    return {
        "code": code.value,
        "object_id": draft.object_id,
        "entry_id": draft.entry.pk if draft.entry else None,
        "record": _record(draft, code, shard, _commit(body), OPEN._replace(number=number)),
        **body,
    }


def _event(head: Head, draft: EventDraft, moment: datetime) -> tuple[sql.Row, sql.Row | None]:
    key = Event.key(head.shard, head.size)
    code, body, previous = EventCode(draft.code), _body(draft), head.previous[draft.object_id]
    number = draft.entry.number_text if draft.entry else ""
    slots = Slots(stamp(moment), number, previous.leaf_hash.hex(), head.size, previous.step + 1)
    record = _record(draft, code, head.shard, _commit(body), slots).encode()
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
    return event, {"event_id": key, **body} if body else None


def _body(draft: EventDraft) -> dict[str, bytes]:
    return {"salt": secrets.token_bytes(16), "body": canonical(draft.personal)} if draft.personal else {}


def _commit(body: dict[str, bytes]) -> str:
    return commitment(**body) if body else ""


def _record(draft: EventDraft, code: EventCode, shard: int, commit: str, slots: Slots) -> str:
    """The fact in canonical form, as `canonical` would write it; field by field, for everybody may be waiting."""
    assurance = draft.assurance or (Assurance.SIGNED_IN.value if draft.by else "")
    body = draft.body if isinstance(draft.body, str) else canonical(draft.body).decode()
    number = f'"number":"{slots.number}"' if slots.number else ""
    return (
        f'{{"actor":{{"assurance":{quoted(assurance)},"id":"{pseudonym(draft.by)}","role":{quoted(draft.role)}}},'
        f'"at":"{slots.at}","body":{body},"code":"{code.value}","commit":"{commit}",'
        f'"etsi":"{ETSI_CODES.get(code, "")}","for":{quoted(draft.on_behalf_of)},"object":"{draft.object_id}",'
        f'"policy":"{POLICY}","prev":"{slots.prev}","register":{{{number}}},'
        f'"seq":{slots.seq},"shard":{shard},"step":{slots.step}}}'
    )


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
    for draft in drafts:
        if draft.object_id not in head.previous:
            head.previous[draft.object_id] = _last(sql.fetch_one((_LAST, [draft.object_id])))


def _last(row: tuple | None) -> Last:
    return Last(row[0], bytes(row[1])) if row and row[0] else NOTHING


def _locking(shard: int, about: UUID) -> sql.Statement:
    """On SQLite the transaction holds the only lock there is."""
    return server.locking(shard, about) if sql.is_postgresql() else (_SELECT, [about, shard])


def _head(shard: int, row: tuple, floor: datetime) -> Head:
    size, frontier, last_at, is_behind, _step, _leaf_hash, *now = row
    return Head(
        shard=shard,
        size=size,
        frontier=merkle.split(bytes(frontier)),
        last_at=as_moment(last_at),
        is_behind=bool(is_behind),
        clock=as_moment(now[0]) if now else clock(),
        previous={},
        floor=floor,
    )


def _begin(shard: int) -> None:
    sql.execute([(_BEGIN, [shard, b"", clock(), False])])


def _update_head(head: Head) -> sql.Statement:
    return _UPDATE, [head.size, b"".join(head.frontier), head.last_at, head.is_behind, head.shard]


_LAST = "SELECT step, leaf_hash FROM evidence_event WHERE object_id = %s ORDER BY step DESC LIMIT 1"
_SELECT = """
    SELECT size, frontier, last_at, is_behind, step, leaf_hash FROM evidence_loghead
    LEFT JOIN (SELECT step, leaf_hash FROM evidence_event WHERE object_id = %s ORDER BY step DESC LIMIT 1) ON true
    WHERE shard = %s
"""
_BEGIN = """
    INSERT INTO evidence_loghead (shard, size, frontier, last_at, is_behind)
    VALUES (%s, 0, %s, %s, %s) ON CONFLICT (shard) DO NOTHING
"""
_UPDATE = "UPDATE evidence_loghead SET size = %s, frontier = %s, last_at = %s, is_behind = %s WHERE shard = %s"
