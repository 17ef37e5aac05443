"""Appending to the log: one lock, then all hashing and all rows in two round trips. `operations` is the way in.

A record is the canonical JSON of: policy, shard, seq, code, etsi, at (UTC), object, prev (leaf hash of the object's
previous event), commit (to personal data, if any), actor {role, id (pseudonym), assurance}, for (on whose behalf),
register {number …}, body (codes and hashes, nothing personal).
"""

import hashlib
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from core.dates import local
from core.evidence import merkle
from core.evidence.enums import ETSI_CODES, POLICY, Assurance, EventCode
from core.evidence.models import Event, EventBody, Pseudonym, Subtree
from core.registers import sql
from core.registers.models import Entry, canonical
from core.registers.numbering import as_moment, clock_parameters, clock_sql, current_year, year_by_database

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


@dataclass
class Head:
    """The locked end of the log, as this transaction may extend it."""

    shard: int
    size: int
    frontier: list[bytes]
    last_at: datetime
    is_behind: bool
    clock: datetime
    previous: dict[UUID, bytes | None]
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
    object_ids = list({draft.object_id: None for draft in events})
    return write(lock(object_ids), events)[-len(events) :]


def lock_with(statements: list, object_ids: list[UUID]) -> tuple[list, Head | None]:
    """Run `statements`, then lock this year's log; one round trip. No head if the year's log is not begun."""
    shard = current_year()
    with connection.cursor() as cursor:
        answers = sql.run(cursor, [*statements, *_lock_statements(shard, object_ids)])
    return answers[: len(statements)], _head(shard, object_ids, answers[len(statements) :])


def lock(object_ids: list[UUID]) -> Head:
    """Take the lock of this year's log, whatever happens to the year meanwhile."""
    return settle(lock_with([], object_ids)[1], object_ids)


def settle(head: Head | None, object_ids: list[UUID], floor: datetime | None = None) -> Head:
    """The head itself, or that of the year in which its moment lies; begins a year's log if need be."""
    shard = head.shard if head else year_by_database()
    while True:
        if head is None:
            _begin(shard)
            with connection.cursor() as cursor:
                head = _head(shard, object_ids, sql.run(cursor, _lock_statements(shard, object_ids)))
        head.floor = floor or head.floor
        shard = local(head.moment).year
        if shard == head.shard:
            return head
        head = None


def write(head: Head, drafts: list[EventDraft], before: Callable[[], list] = list) -> list[Event]:
    """Insert the rows of the facts, their subtrees and the new head, after the statements `before` gives."""
    drafts = [*_anomaly(head), *drafts]
    _previous_of(head, drafts)
    moment = head.moment
    events, bodies, completed = [], [], []
    for draft in drafts:
        event, body = _event(head, draft, moment)
        head.previous[draft.object_id] = event.leaf_hash
        head.frontier, made = merkle.append(head.size, head.frontier, event.leaf_hash)
        completed += [Subtree(id=Subtree.key(head.shard, level, index), hash=value) for level, index, value in made]
        head.size += 1
        head.last_at = moment
        events.append(event)
        bodies += [body] if body else []
    statements = [*before(), *(sql.insert(rows) for rows in (events, bodies, completed) if rows), _update_head(head)]
    with connection.cursor() as cursor:
        sql.run(cursor, statements)
    return sql.stored(events)


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
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def commitment(salt: bytes, body: bytes) -> str:
    return hashlib.sha256(salt + body).hexdigest()


def _event(head: Head, draft: EventDraft, moment: datetime) -> tuple[Event, EventBody | None]:
    code = EventCode(draft.code)
    key = Event.key(head.shard, head.size)
    body = None
    if draft.personal:
        body = EventBody(event_id=key, salt=secrets.token_bytes(16), body=canonical(draft.personal))
    previous = head.previous[draft.object_id]
    record = canonical(
        {
            "policy": POLICY,
            "shard": head.shard,
            "seq": head.size,
            "code": code.value,
            "etsi": ETSI_CODES.get(code, ""),
            "at": stamp(moment),
            "object": str(draft.object_id),
            "prev": previous.hex() if previous else "",
            "commit": commitment(body.salt, body.body) if body else "",
            "actor": {
                "role": draft.role,
                "id": pseudonym(draft.by),
                "assurance": draft.assurance or (Assurance.SIGNED_IN.value if draft.by else ""),
            },
            "for": draft.on_behalf_of,
            "register": {"number": draft.entry.number_text} if draft.entry else {},
            "body": draft.body,
        }
    )
    event = Event(
        id=key,
        code=code.value,
        at=moment,
        object_id=draft.object_id,
        entry_id=draft.entry.pk if draft.entry else None,
        record=record,
        leaf_hash=merkle.leaf_hash(record),
    )
    return event, body


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


def _previous_of(head: Head, drafts: list[EventDraft]) -> None:
    missing = {draft.object_id for draft in drafts} - head.previous.keys()
    for object_id in missing:
        last = Event.objects.filter(object_id=object_id).order_by("-pk").values_list("leaf_hash", flat=True).first()
        head.previous[object_id] = bytes(last) if last else None


def _lock_statements(shard: int, object_ids: list[UUID]) -> list[tuple[str, list]]:
    """The row first; then the clock and what the objects' last events are, seen after the lock was got."""
    for_update = " FOR UPDATE" if connection.features.has_select_for_update else ""
    object_field = Event._meta.get_field("object_id")
    return [
        (_SELECT + for_update, [shard]),
        (
            "SELECT " + clock_sql() + _PREVIOUS * len(object_ids),
            [*clock_parameters(), *(object_field.get_db_prep_value(value, connection) for value in object_ids)],
        ),
    ]


_SELECT = "SELECT size, frontier, last_at, is_behind FROM evidence_loghead WHERE shard = %s"
_PREVIOUS = ", (SELECT leaf_hash FROM evidence_event WHERE object_id = %s ORDER BY id DESC LIMIT 1)"


def _head(shard: int, object_ids: list[UUID], answers: list) -> Head | None:
    row, (clock, *hashes) = answers
    if row is None:
        return None
    size, frontier, last_at, is_behind = row
    return Head(
        shard=shard,
        size=size,
        frontier=merkle.split(bytes(frontier)),
        last_at=as_moment(last_at),
        is_behind=bool(is_behind),
        clock=as_moment(clock),
        previous={key: bytes(value) if value else None for key, value in zip(object_ids, hashes, strict=True)},
    )


def _begin(shard: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _BEGIN.format(clock=clock_sql()),
            [shard, connection.Database.Binary(b""), *clock_parameters(), False],
        )


def _update_head(head: Head) -> tuple[str, list]:
    frontier = connection.Database.Binary(b"".join(head.frontier))
    last_at = connection.ops.adapt_datetimefield_value(head.last_at)
    return _UPDATE, [head.size, frontier, last_at, head.is_behind, head.shard]


_BEGIN = """
    INSERT INTO evidence_loghead (shard, size, frontier, last_at, is_behind)
    VALUES (%s, 0, %s, {clock}, %s) ON CONFLICT (shard) DO NOTHING
"""
_UPDATE = "UPDATE evidence_loghead SET size = %s, frontier = %s, last_at = %s, is_behind = %s WHERE shard = %s"
