"""What happens to circulars is written down, each thing once, whether an act or the clock brought it."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from functools import partial
from itertools import islice

from django.db import transaction
from django.db.models import Exists, F, Min, OuterRef, Q
from django.utils import timezone

from core import public
from core.dates import local_date, starts_at, today
from core.outbox.operations import enqueue
from home.circulars import force as rules
from home.circulars.enums import Change, OccurrenceKind, Predicate
from home.circulars.force import Force
from home.circulars.models import Circular, CircularVersion, Follow, Occurrence, Relation
from home.circulars.signals import circular_changed

NEWS = timedelta(days=7)  # of what lies further back nobody is told
_FEW = 2_000

_VERSIONS = {
    Change.FIRST: OccurrenceKind.PUBLISHED,
    Change.CORRECTION: OccurrenceKind.CORRECTED,
    Change.MAJOR: OccurrenceKind.CHANGED,
}
_FORCES = {
    Force.NOT_YET: OccurrenceKind.PUT_OFF,
    Force.IN_FORCE: OccurrenceKind.RESUMED,
    Force.PARTLY: OccurrenceKind.PARTLY,
    Force.SUSPENDED: OccurrenceKind.SUSPENDED,
    Force.EXPIRED: OccurrenceKind.EXPIRED,
    Force.ABROGATED: OccurrenceKind.ABROGATED,
    Force.REPLACED: OccurrenceKind.REPLACED,
    Force.WITHDRAWN: OccurrenceKind.WITHDRAWN,
}
# What relations bring that changes no force.
_RELATIONS = {
    Predicate.AMENDS: OccurrenceKind.AMENDED,
    Predicate.EXTENDS: OccurrenceKind.EXTENDED,
    Predicate.CORRECTS: OccurrenceKind.CORRECTED_BY,
    Predicate.SUPPLEMENTS: OccurrenceKind.SUPPLEMENTED,
    Predicate.APPLIES: OccurrenceKind.APPLIED,
    Predicate.INTERPRETS: OccurrenceKind.INTERPRETED,
}


def note_versions(versions: Iterable[CircularVersion]) -> None:
    """Write down that these versions were published."""
    _write(
        Occurrence(
            circular_id=version.circular_id,
            key=f"version {version.number}",
            kind=_VERSIONS[Change(version.change)],
            day=version.day,
            at=_moment(version),
            version=version,
        )
        for version in versions
    )


def _moment(version):
    """When it was published; that of an act from a legacy stock, which has its own date, was long before it came in."""
    at = version.published_at
    return at if local_date(at) == version.day else starts_at(version.day)


def note_course(known: dict[int, date | None], found: dict[int, rules.Finding], acts, effects, *, on: date) -> None:
    """Write down how the force of these circulars has changed since it was last looked at, each step on its own day.

    `known` are all of them, with the day until which their force was thought to last. Of those of which nothing is
    written yet, the whole course is.
    """
    last, since = _last(known), {}
    for act in acts:
        row, until = last.get(act.key), known[act.key]
        if row is None:
            since[act.key] = act.published_on
        elif (until and until <= on) or _said(found[act.key]) != row[1:]:
            since[act.key] = min(until or on, on)
    if not since:
        return
    steps = defaultdict(list)
    for day, key, _before, after in rules.changes(acts, effects, since=min(since.values()), until=on):
        if key in since and day >= since[key]:
            steps[key].append((day, after))
    # what an act of today has changed about the past counts from today
    _write(row for key in since for row in _course(key, last.get(key), [*steps.pop(key, ()), (on, found[key])]))


def _last(keys) -> dict[int, tuple[int, str, str]]:
    """The number of the last change of force that is written of each, and what it said."""
    rows = Occurrence.objects.of_force().order_by("force_number")
    if len(keys) <= _FEW:  # a list of very many names is longer than reading all
        rows = rows.filter(circular__in=keys)
    fields = ("circular_id", "force_number", "force", "paragraphs")
    return {key: tuple(said) for key, *said in rows.values_list(*fields).iterator(_FEW) if key in keys}


def note_relations(subjects: Iterable[int] | None = None) -> None:
    """Write down what published circulars (these, or all) have done to others without changing their force."""
    relations = Relation.objects.filter(
        predicate__in=_RELATIONS, subject__current__isnull=False, subject__withdrawn_at=None
    ).filter(circular__current__isnull=False)
    if subjects is not None:
        relations = relations.filter(subject__in=subjects)
    now = today()
    relations = relations.filter(Q(starts_on=None) | Q(starts_on__lte=now)).filter(
        Q(subject__in_force_on=None) | Q(subject__in_force_on__lte=now)
    )
    written = Occurrence.objects.filter(circular=OuterRef("circular"), act=OuterRef("subject"))
    relations = relations.exclude(Exists(written.filter(predicate=OuterRef("predicate"))))
    relations = relations.annotate(first_day=Min("subject__versions__day"), effect=F("subject__in_force_on"))
    _write(_done_to(relation) for relation in relations.order_by("pk").iterator(500))


def note_missing() -> None:
    """Write down what is not yet: versions older than the history, and relations whose day has come."""
    written = Occurrence.objects.filter(version=OuterRef("pk"))
    note_versions(CircularVersion.objects.exclude(Exists(written)).order_by("pk").iterator(chunk_size=500))
    note_relations()


def tell_changed(keys: Iterable[int]) -> None:
    """Once the transaction is committed, send `circular_changed` for these circulars, after making their pages anew."""
    if told := sorted(set(keys)):
        transaction.on_commit(partial(_tell, told))


def _tell(keys):
    public.renew()
    for key in keys:
        circular_changed.send(sender=Circular, circular=key)


def speaking_of(key: int) -> set[int]:
    """The circular itself, those it speaks of, and those that speak of it: their pages name each other."""
    pairs = Relation.objects.filter(Q(subject=key) | Q(circular=key), circular__isnull=False)
    return {key}.union(*pairs.values_list("subject", "circular"))


def _course(key, last, steps):
    number, *said = last or (0, Force.NOT_YET, "")
    said = tuple(said)
    is_late = last is None  # nothing was written at its time
    for day, standing in steps:
        if _said(standing) == said:
            continue
        is_first = standing.status == Force.IN_FORCE and said[0] == Force.NOT_YET
        number, said = number + 1, _said(standing)
        yield Occurrence(
            circular_id=key,
            key=f"force {number}",
            force_number=number,
            kind=OccurrenceKind.ENTERED if is_first else _FORCES[standing.status],
            day=day,
            at=starts_at(day) if is_late and day < today() else timezone.now(),
            act_id=standing.by[-1] if standing.by else None,
            force=said[0],
            paragraphs=said[1],
        )


def _said(standing) -> tuple[str, str]:
    """Status and, where they matter, paragraphs out of force, as an occurrence keeps them."""
    if standing.status != Force.PARTLY:
        return standing.status.value, ""
    return standing.status.value, " ".join(sorted(standing.paragraphs, key=lambda anchor: (len(anchor), anchor)))


def _done_to(relation):
    day = max(filter(None, (relation.first_day, relation.effect, relation.starts_on)))
    return Occurrence(
        circular_id=relation.circular_id,
        key=f"{relation.predicate} {relation.subject_id}",
        predicate=relation.predicate,
        kind=_RELATIONS[Predicate(relation.predicate)],
        day=day,
        at=starts_at(day) if day < today() else timezone.now(),
        act_id=relation.subject_id,
        paragraphs=" ".join(sorted(relation.anchors)),
    )


def _write(occurrences: Iterable[Occurrence]) -> None:
    """Two that write the same at the same moment have written it once. What is news is told to those who follow."""
    occurrences, since = iter(occurrences), today() - NEWS
    while rows := list(islice(occurrences, _FEW)):
        Occurrence.objects.bulk_create(rows, ignore_conflicts=True)
        news = [row for row in rows if row.day > since]
        if news and Follow.objects.exists():
            for row in news:
                payload = {"circular": row.circular_id, "key": row.key}
                enqueue("circulars.tell_followers", payload, key=f"circulars.tell:{row.circular_id}:{row.key}")
