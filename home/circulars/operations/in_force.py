"""The force of circulars, computed anew when an act or a day comes."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Q

from core.dates import local_date, today
from home.circulars import force as rules
from home.circulars.models import Circular, Relation


def refresh_force(keys: Iterable[int], *, on: date | None = None) -> list[int]:
    """Compute anew the force of these circulars and of all that hang together with them; the keys that changed."""
    acts, effects = _connected(set(keys))
    day = on or today()
    by_key = {act.key: act for act in acts}
    changed = []
    for circular in Circular.objects.filter(pk__in=by_key):
        found = rules.force(by_key[circular.pk], effects, acts, on=day)
        if (circular.force, circular.force_until) != (found.status, found.until):
            Circular.objects.filter(pk=circular.pk).update(force=found.status, force_until=found.until)
            changed.append(circular.pk)
    return changed


def force(circular, *, on: date) -> rules.Finding:
    """Whether a circular is in force on a day, by which acts, and when that changes next."""
    acts, effects = _connected({circular.pk})
    by_key = {act.key: act for act in acts}
    return rules.force(by_key[circular.pk], effects, acts, on=on)


def _connected(keys: set[int]) -> tuple[list[rules.Act], list[rules.Effect]]:
    """These published circulars and all that are tied to them by relations, as the rules of force want them."""
    seen, edge, relations = set(), set(keys), {}
    while edge := edge - seen:
        seen |= edge
        found = Relation.objects.filter(
            Q(subject__in=edge) | Q(circular__in=edge), circular__isnull=False, subject__current__isnull=False
        )
        relations |= {relation.pk: relation for relation in found}
        edge = {key for relation in found for key in (relation.subject_id, relation.circular_id)}
    circulars = Circular.objects.filter(pk__in=seen).exclude(current=None).select_related("current")
    return [_act(circular) for circular in circulars], [_effect(relation) for relation in relations.values()]


def _act(circular) -> rules.Act:
    first = circular.versions.order_by("number").values_list("day", flat=True)[0]
    return rules.Act(
        key=circular.pk,
        published_on=first,
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
