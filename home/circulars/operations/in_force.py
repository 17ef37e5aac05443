"""The force of circulars, computed anew when an act or a day comes."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.db.models import Min, Q

from core.dates import local_date, today
from core.indexing import reindex_after_commit
from home.circulars import force as rules
from home.circulars.models import Circular, Relation, paragraphs_in
from home.circulars.operations import history

AT_ONCE = 2_000


@transaction.atomic
def refresh_force(keys: Iterable[int], *, on: date | None = None) -> list[int]:
    """Compute anew the force of these circulars and of all that hang together with them; the keys that changed.

    What changed is written into their history, and told to whoever listens once the transaction is committed.
    """
    seen, effects = _connected(set(keys))
    return _refresh(Circular.objects.filter(pk__in=seen), effects, on=on or today())


@transaction.atomic
def refresh_all(*, on: date | None = None) -> list[int]:
    """As `refresh_force` for every published circular, in one pass over all of them; the keys that changed."""
    effects = _effects(Relation.objects.filter(**_COUNTING))
    return _refresh(Circular.objects.all(), effects, on=on or today())


def _refresh(circulars, effects, *, on) -> list[int]:
    acts, known = [], {}  # the force as it was computed last, and until when it was thought to hold
    for key, force_then, until_then, *facts in _facts(circulars, "force", "force_until").iterator(AT_ONCE):
        acts.append(_act(key, *facts))
        known[key] = force_then, until_then
    found = rules.findings(acts, effects, on=on)
    history.note_course({key: until for key, (_force, until) in known.items()}, found, acts, effects, on=on)
    changed = [key for key, each in found.items() if known[key] != (each.status, each.until)]
    _write({key: found[key] for key in changed})
    history.tell_changed(changed)
    reindex_after_commit(*(Circular(pk=key) for key in changed))
    return changed


def _write(findings: dict[int, rules.Finding]) -> None:
    """One update for all that stand alike."""
    alike = defaultdict(list)
    for key, finding in findings.items():
        alike[finding.status, finding.until].append(key)
    for (status, until), keys in alike.items():
        for start in range(0, len(keys), AT_ONCE):
            part = Circular.objects.filter(pk__in=keys[start : start + AT_ONCE])
            part.update(force=status, force_until=until)


def force(circular, *, on: date, relations: Iterable[Relation] | None = None) -> rules.Finding:
    """Whether a circular is in force on a day, by which acts, when that changes next; drafts as if published now.

    `relations`, if they were read already: all that circulars have with it and it with them, with their subjects.
    """
    keys, effects = _connected({circular.pk}, relations)
    acts = {row[0]: _act(*row) for row in _facts(Circular.objects.filter(pk__in=keys))}
    draft = rules.Act(circular.pk, published_on=on, in_force_on=circular.in_force_on, expires_on=circular.expires_on)
    return rules.force(acts.get(circular.pk, draft), effects, acts.values(), on=on)


_COUNTING = {"predicate__in": rules.COUNTING, "circular__isnull": False, "subject__current__isnull": False}
_FACTS = ("in_force_on", "expires_on", "withdrawn_at", "anchors", "first_day")
_TIES = ("pk", "subject_id", "circular_id", "predicate", "starts_on", "ends_on", "paragraphs")


def _connected(keys: set[int], known=None) -> tuple[set[int], list[rules.Effect]]:
    """These circulars and all that are tied to them by relations, and what the relations do.

    `known` are all relations of `keys`; without them they are read.
    """
    seen, edge, ties = set(), set(keys), {}
    while edge := edge - seen:
        seen |= edge
        if known is None:
            counting = Relation.objects.filter(Q(subject__in=edge) | Q(circular__in=edge), **_COUNTING)
            found = counting.values_list(*_TIES)
        else:
            found, known = [[getattr(each, name) for name in _TIES] for each in known if _counts(each)], None
        ties |= {tie[0]: tie[1:] for tie in found}
        edge = {key for _tie, subject, circular, *_rest in found for key in (subject, circular)}
    return seen, [_effect(*tie) for tie in ties.values()]


def _counts(relation) -> bool:
    """Whether it decides about force, as _COUNTING asks it of the database."""
    decides = relation.predicate in rules.COUNTING and relation.circular_id is not None
    return decides and relation.subject.current_id is not None


def _effects(relations) -> list[rules.Effect]:
    return [_effect(*tie) for tie in relations.values_list(*_TIES[1:]).iterator(AT_ONCE)]


def _facts(circulars, *more):
    """What the rules of force ask for of the published ones among these, after their key and more fields."""
    rows = circulars.exclude(current=None).order_by().annotate(first_day=Min("versions__day"))
    return rows.values_list("pk", *more, *_FACTS)


def _act(key, in_force_on, expires_on, withdrawn_at, anchors, first_day) -> rules.Act:
    return rules.Act(
        key=key,
        published_on=first_day,
        in_force_on=in_force_on,
        expires_on=expires_on,
        withdrawn_on=local_date(withdrawn_at) if withdrawn_at else None,
        paragraphs=frozenset(anchors.values()),
    )


def _effect(subject, circular, predicate, starts_on, ends_on, paragraphs) -> rules.Effect:
    return rules.Effect(
        source=subject,
        target=circular,
        predicate=predicate,
        starts_on=starts_on,
        ends_on=ends_on,
        paragraphs=paragraphs_in(paragraphs),
    )
