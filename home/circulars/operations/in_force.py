"""The force of circulars, computed anew when an act or a day comes."""

from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.db.models import Min, Q

from core.dates import local_date, today
from core.indexing import reindex_after_commit
from home.circulars import force as rules
from home.circulars.models import Circular, Relation
from home.circulars.operations import history

AT_ONCE = 2_000


@transaction.atomic
def refresh_force(keys: Iterable[int], *, on: date | None = None) -> list[int]:
    """Compute anew the force of these circulars and of all that hang together with them; the keys that changed.

    What changed is written into their history, and told to whoever listens once the transaction is committed.
    """
    return _refresh(*_connected(set(keys)), on=on or today())


@transaction.atomic
def refresh_all(*, on: date | None = None) -> list[int]:
    """As `refresh_force` for every published circular, in one pass over all of them; the keys that changed."""
    counting = Relation.objects.filter(
        predicate__in=rules.COUNTING, circular__isnull=False, subject__current__isnull=False
    )
    acts = [_act(circular) for circular in _bare().exclude(current=None).iterator(chunk_size=AT_ONCE)]
    return _refresh(acts, [_effect(relation) for relation in counting.iterator(chunk_size=AT_ONCE)], on=on or today())


def _refresh(acts, effects, *, on) -> list[int]:
    found = rules.findings(acts, effects, on=on)
    circulars = _few_or_all(found)
    history.note_course(circulars, found, acts, effects, on=on)
    changed = []
    for key, finding in found.items():
        if (circulars[key].force, circulars[key].force_until) != (finding.status, finding.until):
            circulars[key].force, circulars[key].force_until = finding.status, finding.until
            changed.append(key)
    Circular.objects.bulk_update([circulars[key] for key in changed], ["force", "force_until"], batch_size=AT_ONCE)
    history.tell_changed(changed)
    for key in changed:
        reindex_after_commit(circulars[key])
    return changed


def force(circular, *, on: date) -> rules.Finding:
    """Whether a circular is in force on a day, by which acts, when that changes next; drafts as if published now."""
    acts, effects = _connected({circular.pk})
    draft = rules.Act(circular.pk, published_on=on, in_force_on=circular.in_force_on, expires_on=circular.expires_on)
    act = {act.key: act for act in acts}.get(circular.pk, draft)
    return rules.force(act, effects, acts, on=on)


def _few_or_all(keys) -> dict[int, Circular]:
    """These circulars with nothing but their force; a list of very many names is longer than reading all."""
    rows = Circular.objects.only("force", "force_until")
    if len(keys) <= AT_ONCE:
        return rows.in_bulk(keys)
    return {circular.pk: circular for circular in rows.iterator(chunk_size=AT_ONCE) if circular.pk in keys}


def _bare():
    """Circulars with what the rules of force ask for."""
    fields = ("in_force_on", "expires_on", "withdrawn_at", "anchors")
    return Circular.objects.only(*fields).annotate(first_day=Min("versions__day"))


def _connected(keys: set[int]) -> tuple[list[rules.Act], list[rules.Effect]]:
    """These published circulars and all that are tied to them by relations, as the rules of force want them."""
    counting = Relation.objects.filter(predicate__in=rules.COUNTING)
    seen, edge, relations = set(), set(keys), {}
    while edge := edge - seen:
        seen |= edge
        found = counting.filter(
            Q(subject__in=edge) | Q(circular__in=edge), circular__isnull=False, subject__current__isnull=False
        )
        relations |= {relation.pk: relation for relation in found}
        edge = {key for relation in found for key in (relation.subject_id, relation.circular_id)}
    circulars = _bare().filter(pk__in=seen).exclude(current=None)
    return [_act(circular) for circular in circulars], [_effect(relation) for relation in relations.values()]


def _act(circular) -> rules.Act:
    return rules.Act(
        key=circular.pk,
        published_on=circular.first_day,
        in_force_on=circular.in_force_on,
        expires_on=circular.expires_on,
        withdrawn_on=local_date(circular.withdrawn_at) if circular.withdrawn_at else None,
        paragraphs=frozenset(circular.anchors.values()),
    )


def _effect(relation) -> rules.Effect:
    return rules.Effect(
        source=relation.subject_id,
        target=relation.circular_id,
        predicate=relation.predicate,
        starts_on=relation.starts_on,
        ends_on=relation.ends_on,
        paragraphs=relation.anchors,
    )
