"""Keeping every index in step with the database.

What changes raises the version of its documents in its own transaction (`renew`); the rest is done by the workers, and
may be done twice, by two at once, or be cut short anywhere: a version only rises, and what an engine shows is written
down after it shows it.
"""

import gc
import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import islice
from multiprocessing import get_context

from django.db import connection, connections, transaction
from django.db.models import F, Q
from django.utils import timezone

from core import sql
from core.dates import today
from core.failpoints import reach
from core.organisations.models import Tenure
from core.outbox.enums import MessageState
from core.outbox.models import Message
from core.outbox.operations import enqueue
from search import engines, scopes, spelling
from search.asking import column
from search.contract import Engine, EngineAway, Record
from search.models import Document

logger = logging.getLogger(__name__)

INDEX, CATCH_UP, RECONCILE = "search.index", "search.catch_up", "search.reconcile"
TOGETHER = 50  # documents read and written at a time
IN_A_ROW = 200  # documents one row of the outbox may carry


class Held(Exception):
    """Somebody else holds the row of a document just now: to be tried again."""


class Refused(Exception):
    """The index does not take a document."""


def _no_pause():
    pass


# --- what has changed ----------------------------------------------------------------------------------------------


def renew(*objs, access: bool) -> None:
    """Raise the version of every document that speaks of these, in the caller's transaction; the workers do the rest.

    With `access`, nobody finds these documents until the index shows who may read them now.
    """
    raised = [scope.doc_id(key) for obj in objs for scope, key in scopes.documents_with(obj)]
    raise_versions(raised, access=access)


def raise_versions(doc_ids: Iterable[str], *, access: bool) -> None:
    """As `renew`, of documents known by their names."""
    for several in _in_batches(sorted(set(doc_ids)), IN_A_ROW):
        _upsert(several, access)
        _ask(several)


def _upsert(doc_ids, access):
    """One statement, as it may run while others wait for a number: the row is there afterwards, its version higher."""
    fields = [each for each in Document._meta.concrete_fields if not each.primary_key]
    rows = [
        Document(doc_id=doc_id, kind=kind, object_key=key) for doc_id in doc_ids for kind, key in [scopes.split(doc_id)]
    ]
    values = [each.get_db_prep_save(getattr(row, each.attname), connection) for row in rows for each in fields]
    marks = ", ".join([f"({', '.join(['%s'] * len(fields))})"] * len(rows))
    names = ", ".join(each.column for each in fields)
    raised = "version = search_document.version + 1" + (
        ", access_version = search_document.version + 1" if access else ""
    )
    statement = f"INSERT INTO search_document ({names}) VALUES {marks} ON CONFLICT (doc_id) DO UPDATE SET {raised}"  # noqa: S608
    sql.execute([(statement, values)])


def _ask(doc_ids):
    """Ask the workers for it. Should they never get to that row, `ask_for_forgotten` finds the documents."""
    enqueue(INDEX, {"documents": list(doc_ids)})


def ask_for_forgotten() -> int:
    """Ask again for documents that are behind and for which no row of the outbox waits; how many that are."""
    rows = Message.objects.filter(name=INDEX, state__in=[MessageState.WAITING, MessageState.DEAD])
    asked = {doc_id for payload in rows.values_list("payload", flat=True) for doc_id in payload.get("documents", ())}
    behind = Document.objects.behind("shown_version").order_by("-pk").values_list("doc_id", flat=True)
    forgotten = [doc_id for doc_id in behind if doc_id not in asked]
    for several in _in_batches(forgotten, TOGETHER):
        _ask(several)
    return len(forgotten)


def is_behind() -> bool:
    return Document.objects.behind("shown_version").exists()


def renew_people() -> None:
    """Of the people who take or leave a post about now, those of whom the index says something else."""
    people = scopes.SCOPES["person"]
    there = set(
        Document.objects.filter(kind=people.kind, is_gone=False).exclude(digest="").values_list("doc_id", flat=True)
    )
    expected = {people.doc_id(key) for key in people.primary_keys()}
    day = today()
    moving = Tenure.objects.filter(Q(starts_on=day) | Q(ends_on=day - timedelta(days=1)))
    names = {people.doc_id(key) for key in moving.values_list("user", flat=True)}
    rows = Document.objects.filter(doc_id__in=names & there).values_list("doc_id", "version", "digest")
    unsaid = _unsaid({row[0]: row[1:] for row in rows})
    raise_versions((there ^ expected) | unsaid, access=True)


# --- indexing ------------------------------------------------------------------------------------------------------


def index(doc_ids: Iterable[str]) -> None:
    """Write what these documents say now into the database's own index, then into the search server's.

    A server that does not answer is left for later (`catch_up`). Refused: Held while another transaction changes one
    of them, Refused where the own index does not take one.
    """
    rows = Document.objects.filter(doc_id__in=doc_ids)
    held = _write(engines.embedded(), rows.behind("shown_version").values_list("doc_id", flat=True))
    if server := engines.server():
        try:
            _write(server, rows.behind("server_version").values_list("doc_id", flat=True))
        except EngineAway as away:
            logger.warning("search.engine_away", extra={"engine": server.name, "error": str(away)})
    if held:
        raise Held(", ".join(sorted(held)))


def catch_up(*, pause: Callable[[], None] = _no_pause) -> int:
    """Bring the search server up to date, or build its index; how many documents were written. EngineAway as it is."""
    server, done = engines.server(), 0
    if server is None:
        return 0
    if not server.is_built():
        return rebuild(server, progress=lambda done, total: pause())
    while doc_ids := list(_behind_on_server().values_list("doc_id", flat=True)[:IN_A_ROW]):
        _write(server, doc_ids)
        done += len(doc_ids)
        pause()
    return done


def is_server_behind() -> bool:
    """Whether there is a search server, and something for it."""
    return engines.server() is not None and _behind_on_server().exists()


def _behind_on_server():
    """Who may read it first; what the server has refused waits for its next change."""
    rows = Document.objects.behind("server_version").exclude(refused_version=F("version"))
    return rows.order_by((F("access_version") - F("server_version")).desc(), "pk")


def _write(engine: Engine, doc_ids: Iterable[str]) -> set[str]:
    """Give an engine these documents as they are now; the names of those left out, because somebody changes them."""
    held = set()
    for several in _in_batches(sorted(set(doc_ids)), TOGETHER):
        held |= _write_some(engine, several)
    return held


def _write_some(engine, doc_ids):
    """The version is read before the object: what is written is at least that new, and if newer it is written again."""
    versions = _versions(doc_ids)
    reach("search.before_read")
    records = {record.doc_id: record for record in records_of(versions)}
    gone = {doc_id: version for doc_id, version in versions.items() if doc_id not in records}
    reach("search.before_write")
    if column(engine) == "server_version":  # the network is no place to wait in a transaction
        errors = engine.write(records.values()) | engine.remove(gone.items())
        reach("search.after_write")
        _mark(engine, versions, errors)
        return set()
    with transaction.atomic():
        free = _free(versions)
        proposed = spelling.public_among(free)
        errors = engine.write([record for doc_id, record in records.items() if doc_id in free])
        errors |= engine.remove([each for each in gone.items() if each[0] in free])
        reach("search.after_write")
        _mark(engine, {doc_id: versions[doc_id] for doc_id in free}, errors)
        _remember({doc_id: records.get(doc_id) for doc_id in free - set(errors)})
        if proposed - spelling.public_among(proposed):
            spelling.lose_words()
        reach("search.before_commit")
    if errors:
        raise Refused(str(errors))
    return set(versions) - free


def _free(versions) -> set[str]:
    """Those nobody else is changing: who writes an index waits for nobody, and nobody's letter for an index.

    They stay so until the end of the transaction. What is shown as newer already is left out as well.
    """
    rows = Document.objects.select_for_update(skip_locked=True, of=("self",)).filter(doc_id__in=versions)
    shown = dict(rows.order_by("doc_id").values_list("doc_id", "shown_version"))
    return {doc_id for doc_id, version in shown.items() if version <= versions[doc_id]}


def _mark(engine, versions, errors):
    """Write down what the engine shows now; never less than what it showed."""
    shown, by_version = column(engine), {}
    for doc_id, version in versions.items():
        if doc_id in errors:
            Document.objects.filter(doc_id=doc_id).update(refused_version=version, refusal=errors[doc_id][:2000])
        else:
            by_version.setdefault(version, []).append(doc_id)
    for version, doc_ids in by_version.items():
        Document.objects.filter(doc_id__in=doc_ids, **{f"{shown}__lt": version}).update(**{shown: version})


def _remember(written: dict[str, Record | None]):
    """Keep a fingerprint of what was written; None for what is gone."""
    changed = []
    for row in Document.objects.filter(doc_id__in=written).only("doc_id", "digest", "is_gone"):
        record = written[row.doc_id]
        digest = digest_of(record) if record else ""
        if (row.digest, row.is_gone) != (digest, record is None):
            row.digest, row.is_gone = digest, record is None
            changed.append(row)
    Document.objects.bulk_update(changed, ["digest", "is_gone"])


def records_of(versions: dict[str, int]) -> Iterator[Record]:
    """What these documents say now; nothing of those that are no longer there to be found."""
    for kind, scope in scopes.SCOPES.items():
        keys = [scopes.split(doc_id)[1] for doc_id in versions if scopes.split(doc_id)[0] == kind]
        for obj in scope.documents().filter(pk__in=keys) if keys else ():
            yield scope.record(obj, versions[scope.doc_id(obj.pk)])


def digest_of(record: Record) -> str:
    """What a record says, whatever its version."""
    said = (
        record.kind,
        sorted(record.acl),
        [(each.title, each.body, each.language, each.file_id, each.page) for each in record.passages],
        str(record.dated),
        record.authority,
        record.organisation,
        record.unit,
        record.status,
        record.themes,
        record.in_force,
    )
    return hashlib.sha256(repr(said).encode("utf-8", "replace")).hexdigest()


# --- comparing -----------------------------------------------------------------------------------------------------


@dataclass
class Difference:
    """How an index and the database disagree, by names of documents."""

    documents: int = 0
    missing: set[str] = field(default_factory=set)  # to be found, and not there
    stale: set[str] = field(default_factory=set)  # there as it was before
    phantom: set[str] = field(default_factory=set)  # there, and not to be found any more
    unsaid: set[str] = field(default_factory=set)  # it says something else now, and nobody told

    @property
    def all(self) -> set[str]:
        return self.missing | self.stale | self.phantom | self.unsaid

    def __bool__(self):
        return bool(self.all)


def compare(engine: Engine, *, thorough: bool = False, pause: Callable[[], None] = _no_pause) -> Difference:
    """Hold an index against the database: by versions, and if `thorough` by what every document says. EngineAway."""
    return _compared(dict(engine.versions()), thorough=thorough, pause=pause)


def _compared(shown, *, thorough=False, pause=_no_pause):
    rows = {row[0]: row[1:] for row in Document.objects.values_list("doc_id", "version", "digest")}
    found = Difference()
    for scope in scopes.SCOPES.values():
        for several in _in_batches(scope.primary_keys().iterator(), 500):
            doc_ids = [scope.doc_id(key) for key in several]
            found.documents += len(doc_ids)
            for doc_id in doc_ids:
                version = rows[doc_id][0] if doc_id in rows else 0
                if doc_id not in shown:
                    found.missing.add(doc_id)
                elif shown.pop(doc_id) != version:
                    found.stale.add(doc_id)
            if thorough:
                found.unsaid |= _unsaid({doc_id: rows[doc_id] for doc_id in doc_ids if doc_id in rows}) - found.all
                pause()
    found.phantom = set(shown)
    return found


def _unsaid(rows):
    """Those that say something else than what was last written of them."""
    records = records_of({doc_id: row[0] for doc_id, row in rows.items()})
    return {record.doc_id for record in records if digest_of(record) != rows[record.doc_id][1]}


@dataclass(frozen=True)
class State:
    """How an index stands. What waits for the workers is no fault; the rest is, by name of the fault."""

    facts: dict[str, str]
    documents: int
    waiting: int
    hidden: int  # of those, what nobody finds meanwhile
    faults: dict[str, set[str]]


def examine(engine: Engine) -> State:
    """How an index stands, by versions: quick enough to be asked often. EngineAway as it is."""
    found, shown = compare(engine), column(engine)
    waiting = set(Document.objects.behind(shown).values_list("doc_id", flat=True))
    refused = set(Document.objects.filter(refused_version=F("version")).values_list("doc_id", flat=True))
    hidden = Document.objects.pending(shown).count()
    faults = {name: getattr(found, name) - waiting for name in ("missing", "stale", "phantom")}
    if shown == "server_version":
        faults["refused"] = refused
    return State(engine.facts(), found.documents, len(waiting), hidden, faults)


def reconcile(engine: Engine, *, pause: Callable[[], None] = _no_pause) -> Difference:
    """Compare thoroughly and put right what differs; what it found. Nobody finds what is wrong until it is right."""
    found = compare(engine, thorough=True, pause=pause)
    _raise_above(engine, found)
    for several in _in_batches(sorted(found.all), IN_A_ROW):
        index(several)
        pause()
    if found:
        counts = {name: len(getattr(found, name)) for name in ("missing", "stale", "phantom", "unsaid")}
        logger.warning("search.reconciled", extra={"engine": engine.name, **counts})
    return found


def _raise_above(engine, found):
    """A version above what the index says it shows: it may come from a later time than a restored database."""
    shown = dict(engine.versions())
    for several in _in_batches(sorted(found.all), IN_A_ROW):
        _upsert(several, True)
    for row in Document.objects.filter(doc_id__in=found.all):
        if shown.get(row.doc_id, 0) >= row.version:
            version = shown[row.doc_id] + 1
            Document.objects.filter(pk=row.pk).update(version=version, access_version=version)


def rebuild(
    engine: Engine, *, progress: Callable[[int, int], None] = lambda done, total: None, processes: int = 1
) -> int:
    """Write every document anew, and take out what is no longer to be found; how many there are.

    Readers find everything all the while; what changes meanwhile is written by the workers, and counts. EngineAway.
    With `processes`, so many write into the server of the settings: to read and analyse takes longer than to send.
    """
    expected = [scope.doc_id(key) for scope in scopes.SCOPES.values() for key in scope.primary_keys().iterator()]
    _know(expected)
    if column(engine) == "server_version":
        _build_beside(engine, expected, progress, processes)
    else:
        gone = set(Document.objects.values_list("doc_id", flat=True)) - set(expected)
        for done, several in _counted([*expected, *sorted(gone)]):
            for doc_id in _write_some(engine, several):
                _ask([doc_id])
            progress(min(done, len(expected)), len(expected))
    return len(expected)


def _build_beside(server, expected, progress, processes):
    """Fill a new index beside the one that is read, compare it, then let readers change over; the old stays a day.

    What the workers write meanwhile goes into both. Only then is it written down what readers are shown. Cut short, it
    is begun anew; `drop_left` deletes what was begun.
    """
    name, written, errors = server.begin(), {}, {}
    for versions, refused in _filled(server, name, expected, processes):
        errors |= refused
        written |= versions
        progress(len(written), len(expected))
    reach("search.before_swap")
    late = _compared(dict(server.versions(index=name)))
    versions, refused = _fill(name, late.all - late.phantom, server)
    written, errors = written | versions, errors | refused
    server.remove(_versions(late.phantom).items())
    server.finish(name)
    _mark(server, written, errors)
    _write(server, compare(server).all)


def _filled(server, name, expected, processes):
    """Write all of these into the index `name`, some at a time: what was written, and what was refused."""
    batches = list(_in_batches(expected, IN_A_ROW))
    if processes == 1:
        yield from (_fill(name, several, server) for several in batches)
        return
    connections.close_all()  # each process opens its own
    with get_context("fork").Pool(processes, gc.freeze) as pool:  # what this one holds is no garbage of theirs
        yield from pool.imap_unordered(partial(_fill, name), batches)


def _fill(name, doc_ids, server=None):
    """Into this index alone: with which versions, each there before its object was read, and the errors.

    In a process of its own, or with the server of this one.
    """
    versions = _versions(doc_ids)
    return versions, (server or engines.server()).write(records_of(versions), index=name)


def _versions(doc_ids):
    return dict(Document.objects.filter(doc_id__in=doc_ids).values_list("doc_id", "version"))


def drop_left() -> list[str]:
    """Delete the indexes readers left more than a day ago, and those begun so long ago and never finished.

    Returns their names. EngineAway as it is.
    """
    server = engines.server()
    left = server.left(before=timezone.now() - timedelta(days=1)) if server else []
    if left:
        server.drop(*left)
    return left


def sweep() -> int:
    """Delete from the database's own index what no document uses any more; how many rows."""
    swept = engines.embedded().sweep()
    logger.info("search.swept", extra={"rows": swept})
    return swept


def _know(doc_ids):
    """Rows for documents of which nothing is known yet."""
    for several in _in_batches(doc_ids, 500):
        there = set(Document.objects.filter(doc_id__in=several).values_list("doc_id", flat=True))
        new = [(doc_id, *scopes.split(doc_id)) for doc_id in several if doc_id not in there]
        Document.objects.bulk_create(
            [Document(doc_id=doc_id, kind=kind, object_key=key) for doc_id, kind, key in new], ignore_conflicts=True
        )


def _counted(doc_ids):
    """(how many with these, these) of all of them, some at a time."""
    done = 0
    for several in _in_batches(doc_ids, TOGETHER):
        done += len(several)
        yield done, several


def _in_batches(things: Iterable, size: int) -> Iterator[tuple]:
    left = iter(things)
    while several := tuple(islice(left, size)):
        yield several
