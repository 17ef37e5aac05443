"""What administrators have set, ready to be asked with: the newest `Tuning`, or a draft that is being tried."""

from dataclasses import dataclass, field, replace

from django.db.models import Subquery

from core.text import analyse

from .query import Query, Synonyms, understand
from .ranking import identity
from .tuning_models import Tuning

FACTORS = (0.25, 0.5, 1.0, 1.5, 2.0)  # how much more or less a kind of document may weigh
FIRST = 3.0  # a pinned document weighs so many times what a number does


@dataclass(frozen=True)
class Tuned:
    """Settings as questions need them; `pins` and `exclusions` by the stems of the words they are for."""

    synonyms: Synonyms = field(default_factory=lambda: Synonyms([]))
    pins: dict[str, list[str]] = field(default_factory=dict)
    exclusions: dict[str, list[str]] = field(default_factory=dict)
    boosts: dict[str, float] = field(default_factory=dict)

    def understand(self, text: str) -> Query:
        """The query for `text`, with what stands for its words and what comes first for them."""
        query = understand(text, self.synonyms)
        pinned = self.pins.get(" ".join(query.stems), ())
        weights = {identity(doc_id): FIRST - place / len(pinned) for place, doc_id in enumerate(pinned)}
        return replace(query, refs=query.refs | weights) if weights else query

    def left_out(self, query: Query) -> frozenset[str]:
        """The documents that are not found by these words."""
        return frozenset(self.exclusions.get(" ".join(query.stems), ()))


def tuned(row: Tuning) -> Tuned:
    """The settings of a row, saved or not."""
    return Tuned(Synonyms(row.synonyms), _by_stems(row.pins), _by_stems(row.exclusions), row.boosts)


def current() -> Tuned:
    """What counts now."""
    return of(newest().values_list("pk", flat=True).first() or 0)


def newest():
    """The row that counts now, if there is one; to be asked together with other things."""
    return Tuning.objects.order_by().filter(pk__gte=Subquery(Tuning.objects.order_by("-pk").values("pk")[:1]))


def of(key: int) -> Tuned:
    """The settings of the row that counts now: kept by each process until there is another."""
    if _kept[0] != key:
        _kept[:] = key, tuned(Tuning.objects.get(pk=key)) if key else Tuned()
    return _kept[1]


def kept() -> Tuned:
    """What counted when this process asked last: it may be no more than a guess."""
    return _kept[1]


def latest() -> Tuning:
    """The row that counts now; an empty one where nothing was ever saved."""
    return Tuning.objects.first() or Tuning()


_kept: list = [0, Tuned()]


def _by_stems(rows):
    found: dict[str, list[str]] = {}
    for words, doc_id in rows:
        found.setdefault(" ".join(analyse(words).stm), []).append(doc_id)
    return found
