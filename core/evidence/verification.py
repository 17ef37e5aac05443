"""Reading everything again: the log, its tree and checkpoints, the registers, the receipts, the stored files.

One pass in the order of the log, one in the order of the registers; what is held in memory does not grow with them.
Every finding names the row and what differs; a `Report` counts what was read. Other apps add checks of what they keep
with `register_check`.
"""

import contextlib
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import F, Window
from django.db.models.functions import Lag

from core.dates import local_date
from core.evidence import checkpoints, merkle, receipts
from core.evidence.append_only import GUARDS
from core.evidence.enums import EventCode, RequestState
from core.evidence.log import commitment, entry_facts, stamp
from core.evidence.models import AnnulmentRequest, Checkpoint, Edition, Event, EventBody, LogHead, Pseudonym, Subtree
from core.files import store
from core.files.models import StoredFile
from core.registers import append_only
from core.registers.enums import EntryState
from core.registers.models import Entry, EntryBody, Register, body_hash
from core.registers.numbers import format_number

CHUNK = 2000
STATE_CODES = (EventCode.ENTRY_REGISTERED, EventCode.ENTRY_ANNULLED, EventCode.ENTRY_RECTIFIED)


class Finding(NamedTuple):
    """`what` is the row ("event 2026/17"), `differs` says how it is not what it was."""

    what: str
    differs: str

    def __str__(self):
        return f"{self.what}: {self.differs}"


class Report:
    """What was read, and what differs; findings come one by one to `tell`."""

    def __init__(self, tell: Callable[[Finding], None] | None = None):
        self.counts: Counter[str] = Counter()
        self.findings = 0
        self.tell = tell or (lambda finding: None)

    def finds(self, what: str, differs: str) -> None:
        self.findings += 1
        self.tell(Finding(what, differs))

    @property
    def is_intact(self) -> bool:
        return not self.findings


Check = Callable[[Report], None]
_checks: list[Check] = []


def register_check(check: Check) -> None:
    """Add a check of what another app keeps: it counts what it reads and names what differs."""
    if check not in _checks:
        _checks.append(check)


def verify(tell: Callable[[Finding], None] | None = None, *, files: bool = True) -> Report:
    """Read everything and compare; `tell` hears of each difference at once. One state of the database throughout."""
    report = Report(tell)
    with _snapshot():
        _verify_triggers(report)
        _verify_log(report)
        _verify_registers(report)
        _verify_requests(report)
        _verify_editions(report)
        for check in _checks:
            check(report)
    if files:
        _verify_files(report)
    return report


# --- the log -------------------------------------------------------------------------------------------------------


class _Shard:
    """One year's tree as it is built again from the leaves."""

    def __init__(self, shard: int, report: Report):
        self.shard, self.report = shard, report
        self.size, self.frontier, self.last_at = 0, [], None
        self.levels: dict[int, _Level] = {}
        first, last = Checkpoint.key(shard, 0), Checkpoint.key(shard + 1, 0)
        rows = Checkpoint.objects.filter(pk__gte=first, pk__lt=last).order_by("pk").iterator(CHUNK)
        self.notes = _Ahead(rows, lambda row: row.size)
        self.files = _Ahead(checkpoints.kept_outside(shard), lambda pair: pair[0])

    def add(self, leaf: bytes) -> None:
        self.frontier, completed = merkle.append(self.size, self.frontier, leaf)
        self.size += 1
        for level, index, value in completed[Subtree.LOWEST - 1 :]:
            self.levels.setdefault(level, _Level()).add(index, value)
        self._witness()

    def _witness(self) -> None:
        """Compare with the checkpoints of this size, in the database and outside."""
        row, file = self.notes.at(self.size), self.files.at(self.size)
        if row is None and file is None:
            return
        root = merkle.root(self.frontier)
        note = file[1].read_text("utf-8", "replace") if file else None
        if row:
            self._compare(f"checkpoint {row}", row.note, root)
            self._compare_row(row, root)
            if note is None:
                self.report.finds(f"checkpoint {row}", "its file outside the database is missing")
            elif note != row.note:
                self.report.finds(f"checkpoint file {file[1]}", "is not the note in the database")
        else:
            self._compare(f"checkpoint file {file[1]}", note, root)
        self.report.counts["checkpoints"] += 1

    def _compare(self, what: str, note: str, root: bytes) -> None:
        opened = checkpoints.open_note(note)
        if opened is None:
            self.report.finds(what, "is not signed by the key of the log")
        elif opened.size != self.size or not opened.origin.endswith(f"/{self.shard}"):
            self.report.finds(what, "speaks of another state of the log")
        elif opened.root != root:
            self.report.finds(what, f"its root is not that of the first {self.size} events")

    def _compare_row(self, row: Checkpoint, root: bytes) -> None:
        if bytes(row.root) != root:
            self.report.finds(f"checkpoint {row}", "its column root differs from the log")
        if row.time_stamp is not None:
            self.report.counts["time stamps"] += 1
            if checkpoints.stamped_digest(bytes(row.time_stamp)) != checkpoints.note_digest(row.note):
                self.report.finds(f"checkpoint {row}", "its time stamp is about something else")

    def close(self) -> None:
        """The head, the subtrees, and checkpoints that know more than the log."""
        report, what = self.report, f"log {self.shard}"
        head = LogHead.objects.filter(shard=self.shard).first()
        if head is None or head.size != self.size or bytes(head.frontier) != b"".join(self.frontier):
            report.finds(what, f"its head is not that of the {self.size} events found")
        if head and self.last_at and head.last_at < self.last_at:
            report.finds(what, "its head is older than its last event")
        for row in self.notes.rest():
            report.finds(f"checkpoint {row}", f"was signed over events that are missing: there are {self.size}")
        for _, path in self.files.rest():
            report.finds(f"checkpoint file {path}", f"is newer than the database: there are {self.size} events")
        self._compare_subtrees()

    def _compare_subtrees(self) -> None:
        first, last = Subtree.key(self.shard, 0, 0), Subtree.key(self.shard + 1, 0, 0)
        stored: dict[int, _Level] = {}
        rows = Subtree.objects.filter(pk__gte=first, pk__lt=last).order_by("pk").values_list("pk", "hash")
        for key, value in rows.iterator(CHUNK):
            _, level, index = Subtree.parts(key)
            stored.setdefault(level, _Level()).add(index, bytes(value))
            self.report.counts["subtrees"] += 1
        for level in sorted({*stored, *self.levels}):
            if stored.get(level, _Level()).digest() != self.levels.get(level, _Level()).digest():
                self._name_subtrees(level)

    def _name_subtrees(self, level: int) -> None:
        """Only when something differs: compute this level again and name the rows."""
        count = 1 << level
        leaves = Event.objects.filter(pk__gte=Event.key(self.shard, 0), pk__lt=Event.key(self.shard + 1, 0))
        frontier, found = [], 0
        for seq, record in enumerate(leaves.order_by("pk").values_list("record", flat=True).iterator(CHUNK)):
            frontier, _ = merkle.append(seq % count, frontier, merkle.leaf_hash(bytes(record)))
            if (seq + 1) % count == 0:
                index = seq >> level
                row = Subtree.objects.filter(pk=Subtree.key(self.shard, level, index)).first()
                if row is None or bytes(row.hash) != merkle.root(frontier):
                    self.report.finds(f"subtree {self.shard}/{level}/{index}", "is not the hash of its events")
                    found += 1
                frontier = []
        if not found:
            self.report.finds(f"log {self.shard}", f"has subtrees of level {level} that belong to no events")


class _Level:
    """The subtrees of one level in order, as one running hash."""

    def __init__(self):
        self.running = hashlib.sha256()

    def add(self, index: int, value: bytes) -> None:
        self.running.update(index.to_bytes(8, "big") + value)

    def digest(self) -> bytes:
        return self.running.digest()


class _Ahead:
    """An ordered stream read along another one."""

    def __init__(self, rows, key):
        self.rows, self.key = iter(rows), key
        self.next = next(self.rows, None)

    def at(self, position: int):
        """The row at this position, if there is one; earlier ones are given up by `rest`."""
        if self.next is not None and self.key(self.next) == position:
            row, self.next = self.next, next(self.rows, None)
            return row
        return None

    def rest(self) -> Iterator:
        """What was never reached."""
        if self.next is not None:
            yield self.next
            yield from self.rows


def _verify_log(report: Report) -> None:
    shards = {*LogHead.objects.values_list("shard", flat=True), *checkpoints.shards_outside()}
    tree, erased, erasures, bodies, files = None, {}, set(), 0, _Files(report)
    for row in _events():
        shard, seq = divmod(row.id, 10**10)
        if tree is None or tree.shard != shard:
            if tree:
                tree.close()
            shards.discard(shard)
            tree = _Shard(shard, report)
        facts = _verify_event(report, tree, row, seq)
        report.counts["events"] += 1
        bodies += row.body_id is not None
        if facts and facts["commit"] and row.salt is None:
            erased[f"{shard}/{seq}"] = row.body_id is not None
        if facts and row.code == EventCode.DATA_ERASED:
            erasures.update(facts["body"].get("events", ()))
        if facts and row.code == EventCode.DEPOSIT_ACCEPTED:
            files.named(f"event {shard}/{seq}", facts["body"].get("files", ()))
    if tree:
        tree.close()
    files.look_up()
    for shard in sorted(shards):
        _Shard(shard, report).close()
    report.counts["event bodies"] += bodies
    for name in sorted(erased.keys() - erasures):
        report.finds(f"event {name}", "its personal data are missing, and no event says that they were erased")
    if (total := EventBody.objects.count()) != bodies:
        report.finds("event bodies", f"{total - bodies} belong to no event")


_REPEATED = ("shard", "seq", "code", "at", "object", "step")  # what columns repeat of a record


class _Row(NamedTuple):
    id: int
    code: str
    at: object
    object_id: object
    step: int
    record: bytes
    leaf_hash: bytes
    number_text: str | None
    entry_id: int | None
    body_id: int | None
    salt: bytes | None
    body: bytes | None
    previous: bytes | None
    previous_step: int | None


def _events() -> Iterator[_Row]:
    chain = {"partition_by": F("object_id"), "order_by": F("step").asc()}
    rows = (
        Event.objects.annotate(previous=Window(Lag("leaf_hash"), **chain), previous_step=Window(Lag("step"), **chain))
        .order_by("pk")
        .values_list(
            *("pk", "code", "at", "object_id", "step", "record", "leaf_hash", "entry__number_text", "entry_id"),
            *("body__pk", "body__salt", "body__body", "previous", "previous_step"),
        )
    )
    return map(_Row._make, rows.iterator(CHUNK))


def _verify_event(report: Report, tree: _Shard, row: _Row, seq: int) -> dict | None:
    what, record = f"event {tree.shard}/{seq}", bytes(row.record)
    if seq != tree.size:
        report.finds(what, f"stands where event {tree.shard}/{tree.size} should be")
    leaf = merkle.leaf_hash(record)
    tree.add(leaf)
    if bytes(row.leaf_hash) != leaf:
        report.finds(what, "its record is not what was hashed")
    try:
        facts = json.loads(record.decode())
        said = [facts[name] for name in _REPEATED]
        stored = [tree.shard, seq, row.code, stamp(row.at), str(row.object_id), row.step]
        number, commit, previous = facts["register"].get("number"), facts["commit"], facts["prev"]
    except (ValueError, KeyError, TypeError, AttributeError):
        report.finds(what, "its record cannot be read")
        return None
    if said != stored:
        pairs = zip(_REPEATED, said, stored, strict=True)
        differing = ", ".join(name for name, one, other in pairs if one != other)
        report.finds(what, f"its columns differ from its record: {differing}")
    if row.number_text != number:
        report.finds(what, "its column entry differs from its record")
    if previous != (bytes(row.previous).hex() if row.previous else "") or row.step != (row.previous_step or 0) + 1:
        report.finds(what, "does not follow the event of its object before it")
    if tree.last_at and row.at < tree.last_at:
        report.finds(what, "is older than the event before it")
    tree.last_at = row.at
    if row.salt is not None and commitment(bytes(row.salt), bytes(row.body or b"")) != commit:
        report.finds(what, "its personal data are not what was written")
    elif row.salt is None and row.body is not None:
        report.finds(what, "its personal data have lost their salt")
    elif row.body_id is not None and not commit:
        report.finds(what, "has personal data it never had")
    return facts


class _Files:
    """Fingerprints of files that events name, looked up in batches."""

    def __init__(self, report: Report):
        self.report, self.names = report, {}

    def named(self, what: str, digests) -> None:
        self.names.update((digest, what) for digest in digests if isinstance(digest, str))
        if len(self.names) >= CHUNK:
            self.look_up()

    def look_up(self) -> None:
        known = set(StoredFile.objects.filter(sha256__in=list(self.names)).values_list("sha256", flat=True))
        for digest, what in self.names.items():
            if digest not in known:
                self.report.finds(what, f"the file {digest[:16]}… it names is not stored any more")
        self.names = {}


# --- the registers -------------------------------------------------------------------------------------------------


class _Line(NamedTuple):
    """An entry with its words, and the number of the one it rectifies; named as on the model."""

    pk: int
    register_id: int
    number: int
    number_text: str
    registered_at: object
    local_date: object
    document_date: object
    nature: str
    channel: str
    support: str
    content_hash: str
    body_hash: str
    object_id: object
    state: str
    annul_reason: str
    rectifies: str | None
    body: int | None
    subject: str | None
    sender: str | None
    recipients: str | None
    salt: bytes | None


def _lines() -> Iterator[_Line]:
    columns = _Line._fields[:-6]
    joined = ("rectifies__number_text", "body__pk", "body__subject", "body__sender", "body__recipients", "body__salt")
    return map(_Line._make, Entry.objects.order_by("pk").values_list(*columns, *joined).iterator(CHUNK))


def _verify_registers(report: Report) -> None:
    """Entries and the events that made them what they are, side by side, in the order of the keys."""
    registers = Register.objects.select_related("organisation").in_bulk()
    states = _Ahead(_state_events(), lambda event: event[0])
    register, last = None, None
    for line in _lines():
        if register is None or register.pk != line.register_id:
            _close_register(report, register, last)
            register, last = registers.get(line.register_id), None
        if register is None:
            report.finds(f"entry {line.number_text}", "its register is missing")
            continue
        facts = []
        while states.next is not None and states.next[0] < line.pk:
            orphan = states.at(states.next[0])
            report.finds(f"event {orphan[3]}", "its entry is missing")
        while event := states.at(line.pk):
            facts.append(event)
        _verify_entry(report, register, line, last, facts)
        last = line
        report.counts["entries"] += 1
    _close_register(report, register, last)
    for orphan in states.rest():
        report.finds(f"event {orphan[3]}", "its entry is missing")
    _verify_register_rows(report)


def _read(record: bytes) -> dict | None:
    """A record's facts; what cannot be read was named when the log was read."""
    try:
        facts = json.loads(bytes(record).decode())
        return facts if {"code", "object", "body", "actor"} <= facts.keys() else None
    except (ValueError, AttributeError):
        return None


def _state_events() -> Iterator[tuple]:
    rows = Event.objects.filter(code__in=STATE_CODES, entry__isnull=False).order_by("entry_id", "pk")
    for entry_id, code, record, key in rows.values_list("entry_id", "code", "record", "pk").iterator(CHUNK):
        yield entry_id, code, record, "{}/{}".format(*divmod(key, 10**10))


def _verify_entry(report: Report, register: Register, entry: _Line, last: _Line | None, events: list) -> None:
    what = f"entry {entry.number_text}"
    text = format_number(register.organisation.code, register.direction, register.year, entry.number)
    if entry.number_text != text or entry.pk != Entry.key(register.pk, entry.number):
        report.finds(what, f"its number does not fit its register: {text}")
    if entry.number != (last.number if last else 0) + 1:
        report.finds(what, f"there is a gap before it: {entry.number - (last.number if last else 0) - 1} missing")
    if last and entry.registered_at < last.registered_at:
        report.finds(what, "is older than the entry before it")
    facts = [fact for _, _, record, _ in events if (fact := _read(record))]
    registered = [fact for fact in facts if fact["code"] == EventCode.ENTRY_REGISTERED]
    if len(registered) != 1:
        report.finds(what, f"{len(registered)} events say that it was registered")
    else:
        expected = json.loads(entry_facts(entry._asdict(), stamp(entry.registered_at), entry.rectifies or ""))
        body = registered[0]["body"]
        differing = [name for name, value in expected.items() if body.get(name) != value]
        if registered[0]["object"] != str(entry.object_id):
            differing.append("object_id")
        if differing:
            report.finds(what, f"differs from its event: {', '.join(differing)}")
    if entry.local_date != local_date(entry.registered_at):
        report.finds(what, "its day is not that of its moment")
    _verify_state(report, entry, facts)
    _verify_words(report, entry, what)


def _verify_state(report: Report, entry: _Line, facts: list) -> None:
    """State and reason as the events made them."""
    state, reason = EntryState.VALID, ""
    for fact in facts:
        if fact["code"] == EventCode.ENTRY_ANNULLED:
            state, reason = EntryState.ANNULLED, fact["body"].get("reason", "")
        elif fact["code"] == EventCode.ENTRY_RECTIFIED:
            state, reason = EntryState.RECTIFIED, ""
    if entry.state != state:
        report.finds(f"entry {entry.number_text}", f"its state is {entry.state}, its events say {state}")
    if entry.annul_reason != reason:
        report.finds(f"entry {entry.number_text}", "its reason of annulment differs from its event")


def _verify_words(report: Report, entry: _Line, what: str) -> None:
    if entry.body is None:
        report.finds(what, "its words are missing")
    elif entry.salt is not None:
        report.counts["entry bodies"] += 1
        if body_hash(bytes(entry.salt), entry.subject, entry.sender, entry.recipients) != entry.body_hash:
            report.finds(what, "its words are not what was registered")
    elif not _is_erasure_logged(entry) or entry.subject or entry.sender or entry.recipients:
        report.finds(what, "its words are missing, and no event says that they were erased")


def _is_erasure_logged(entry: _Line) -> bool:
    """Rare, so asked for one by one."""
    return any(
        (fact := _read(record)) and fact["body"].get("entry") == entry.number_text
        for record in Event.objects.filter(code=EventCode.DATA_ERASED, entry=entry.pk).values_list("record", flat=True)
    )


def _close_register(report: Report, register: Register | None, last: _Line | None) -> None:
    if register and last and (register.last_number != last.number or register.last_at != last.registered_at):
        report.finds(f"register {register}", "its counter is not at its last entry")


def _verify_register_rows(report: Report) -> None:
    for register in Register.objects.select_related("organisation").order_by("pk"):
        report.counts["registers"] += 1
        if register.pk != Register.key(register.organisation_id, register.direction, register.year):
            report.finds(f"register {register}", "its key does not fit its columns")
        if not Entry.objects.of_register(register).exists():
            report.finds(f"register {register}", "its entries are missing")
    if orphans := EntryBody.objects.filter(entry__number=None).count():
        report.finds("words of entries", f"{orphans} belong to no entry")


def _verify_requests(report: Report) -> None:
    """Requests for annulment against the events that made them."""
    names = dict(Pseudonym.objects.values_list("user_id", "value"))
    rows = AnnulmentRequest.objects.select_related("asked_event", "decided_event").order_by("pk")
    codes = {RequestState.CONFIRMED: EventCode.ENTRY_ANNULLED, RequestState.DECLINED: EventCode.ANNULMENT_DECLINED}
    for row in rows.iterator(CHUNK):
        report.counts["requests for annulment"] += 1
        pairs = [(row.asked_event, row.asked_by_id, EventCode.ANNULMENT_ASKED)]
        if row.state != RequestState.ASKED:
            pairs.append((row.decided_event, row.decided_by_id, codes.get(row.state)))
        if not all(_tells(row, event, names.get(person), code) for event, person, code in pairs):
            report.finds(f"request for annulment {row.pk}", "differs from its events")


def _tells(row: AnnulmentRequest, event: Event | None, pseudonym: str | None, code) -> bool:
    if event is None or event.code != code or event.entry_id != row.entry_id:
        return False
    facts = _read(event.record)
    return bool(
        facts
        and facts["body"].get("reason") == row.reason
        and facts["actor"]["id"] == (pseudonym or facts["actor"]["id"])
    )


def _verify_editions(report: Report) -> None:
    """The receipts as they were given out."""
    report.counts["editions of receipts"] += Edition.objects.count()
    for number, edition, sentence in receipts.problems():
        report.finds(f"receipt {number} edition {edition}", sentence)


# --- triggers, files -----------------------------------------------------------------------------------------------


def _verify_triggers(report: Report) -> None:
    from django.apps import apps  # noqa: PLC0415  the models of today

    for name in append_only.missing(connection, apps, [*append_only.GUARDS, *GUARDS]):
        report.finds(f"trigger {name}", "is missing or disabled: the table can be altered")


def _verify_files(report: Report) -> None:
    """Every stored file: its bytes against its fingerprint and size."""
    place = store.current()
    for file in StoredFile.objects.order_by("pk").iterator(CHUNK):
        report.counts["files"] += 1
        what = f"file {file.public_id}"
        try:
            with place.open(file.key) as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
                size = stream.tell()
        except OSError:
            if StoredFile.objects.filter(pk=file.pk).exists():  # a draft may have been thrown away meanwhile
                report.finds(what, "its bytes are missing or cannot be read")
            continue
        report.counts["bytes of files"] += size
        if digest != file.sha256 or size != file.size:
            report.finds(what, f"its bytes are not those that were received (entry of the store: {file.key})")


@contextlib.contextmanager
def _snapshot():
    """One state of the database for the whole reading, without holding up those who write."""
    if connection.in_atomic_block:  # somebody else's transaction, as in a test: read what it sees
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")  # Django's own begins would take the lock of the writers
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")
