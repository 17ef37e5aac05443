"""How settings answer the queries somebody has judged: which of the wanted documents stand on the first page."""

from collections.abc import Iterable
from dataclasses import dataclass

from .asking import ask
from .tuning import Tuned
from .tuning_models import JudgedQuery

TOP = 10
MOST = 100  # judged queries that are asked at once


@dataclass(frozen=True)
class Judgement:
    """Where the best wanted document of a query stands, from 1; None where none is on the first page."""

    query: JudgedQuery
    before: int | None
    after: int | None

    @property
    def is_better(self) -> bool:
        return (self.after or TOP + 1) < (self.before or TOP + 1)

    @property
    def is_worse(self) -> bool:
        return (self.after or TOP + 1) > (self.before or TOP + 1)


@dataclass(frozen=True)
class Effect:
    """What a change of settings does to judged queries; the means are reciprocal ranks (MRR@10)."""

    judgements: list[Judgement]
    before: float
    after: float

    @property
    def changed(self) -> list[Judgement]:
        return [each for each in self.judgements if each.is_better or each.is_worse]


def effect(user, before: Tuned, after: Tuned) -> Effect:
    """Ask the judged queries in both ways, as `user` may read."""
    judgements = [
        Judgement(query, _place(user, query, before), _place(user, query, after))
        for query in JudgedQuery.objects.all()[:MOST]
    ]
    places = [each.before for each in judgements], [each.after for each in judgements]
    return Effect(judgements, *map(_mean, places))


def _place(user, query, tuned) -> int | None:
    hits = ask(user, query.text, size=TOP, tuned=tuned).answer.hits
    return next((place for place, hit in enumerate(hits, 1) if hit.doc_id in query.wanted), None)


def _mean(places: Iterable[int | None]) -> float:
    reciprocal = [1 / place if place else 0.0 for place in places]
    return sum(reciprocal) / len(reciprocal) if reciprocal else 0.0
