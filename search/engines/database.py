"""The embedded engine: the index stands in the database itself.

The database only says which passages hold a token, and what each of them may be narrowed by; who may read it, what was
chosen, counting and order are decided here, for SQLite and PostgreSQL alike.
"""

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from functools import partial
from typing import NamedTuple

from django.db import DatabaseError, connections
from django.utils import timezone

from ..contract import FACETS, NEWEST, RELEVANCE, Answer, EngineAway, Hit, Question, Record
from ..contract import Passage as Kept
from ..models import AccessToken, Document, Facets, Passage, Streams
from ..ranking import K1, REFERENCE, WEIGHTS, Found, rank
from . import keeping, vocabulary
from .matching import COMMON, FEW, deciding, gram_groups
from .postgresql import PostgresqlIndex
from .sqlite import SqliteIndex
from .tokens import LETTERS, beginnings
from .tokens import REFERENCE as REFERENCE_LETTER

PROPOSED = 150  # passages that are read and ranked; what comes after them stands in the order of their worth
_INDEXES = {"sqlite": SqliteIndex, "postgresql": PostgresqlIndex}


class Place(NamedTuple):
    """What the index says of a passage that matches."""

    passage: int
    document: int
    facets: int
    day: int
    words: int


class Values(NamedTuple):
    """What a row of `Facets` says, once read; it never changes."""

    access: int
    in_force: bool
    of: dict[str, tuple[str, ...]]


class DatabaseEngine:
    """SQLite or PostgreSQL; `alias` names the database."""

    name = "embedded"
    _known: dict[int, Values] = {}
    _sets: dict[int, frozenset[str]] = {}

    def __init__(self, alias: str = "default"):
        self._alias = alias
        self._index = _INDEXES[connections[alias].vendor](connections[alias])

    # --- asking

    def ask(self, question: Question, *, today: date | None = None) -> Answer:
        try:
            return self._ask(question, today or timezone.localdate())
        except DatabaseError as error:
            raise EngineAway from error

    def _ask(self, question, today):
        counts = vocabulary.counts(question.query, partial(vocabulary.of_database, alias=self._alias))
        places = self._matching(question, counts)
        if question.since or question.until:
            first, last = _ordinal(question.since, 1), _ordinal(question.until, date.max.toordinal())
            places = [place for place in places if first <= place[3] <= last]
        cube = Counter({place[1]: place[2] for place in places}.values())
        values = self._values(cube)
        total, facets, left = tally(cube, values, question.chosen)
        places = [place for place in places if place[2] in left]
        order = self._by_relevance if question.sort == RELEVANCE else self._by_date
        return Answer(total, self._hits(order(question, places, counts, values, today)), facets)

    def suggest(self, prefix: str, question: Question, *, limit: int = 8) -> list[Hit]:
        words, numbers = beginnings(prefix)
        index, parts = self._index, []
        if words:
            *whole, last = words
            groups = [index.OR.join(map(index.term, group)) for group in whole]
            groups.append(index.OR.join(map(index.beginning, last)))
            parts.append("(" + index.AND.join(f"({group})" for group in groups) + ")")
        parts += map(index.beginning, numbers)
        if not parts:
            return []
        try:
            found = self._readable(index.places("words", index.OR.join(parts)), question)
            newest = sorted(found, key=lambda place: (-place[3], -place[1], place[0]))
            first = {place[1]: (place[0], 0.0) for place in reversed(newest)}
            order = list(dict.fromkeys(place[1] for place in newest))[:limit]
            return list(self._hits([(document, *first[document]) for document in order]))
        except DatabaseError as error:
            raise EngineAway from error

    def _matching(self, question, counts):
        """Every passage that matches and may be read."""
        query, index = question.query, self._index
        if query.phrases:
            return self._readable(index.places("exact", index.AND.join(map(index.phrase, query.phrases))), question)
        tokens = [LETTERS[name] + stem for stem in deciding(query, counts) for name in ("title_stm", "body_stm")]
        tokens += [REFERENCE_LETTER + ref for ref in query.refs]
        found = index.places("words", index.OR.join(map(index.term, tokens))) if tokens else []
        found = self._readable(found, question)
        groups = gram_groups(query, counts)
        if groups and len({place[1] for place in found}) < FEW:
            every = index.OR.join(f"({index.AND.join(map(index.gram, group))})" for group in groups)
            there = {place[0] for place in found}
            added = self._readable(index.places("grams", every), question)
            found += [place for place in added if place[0] not in there]
        return found

    def _readable(self, places, question):
        """Those of these places the person may read and nothing makes unsure."""
        values = self._values({place[2] for place in places})
        sets = self._access({each.access for each in values.values()})
        open_to = {facets for facets, each in values.items() if not question.tokens.isdisjoint(sets[each.access])}
        kept = [place for place in places if place[2] in open_to]
        if question.pending and kept:
            documents = Document.objects.using(self._alias).filter(doc_id__in=question.pending)
            unsure = set(documents.values_list("pk", flat=True))
            kept = [place for place in kept if place[1] not in unsure]
        return kept

    def _values(self, keys: Iterable[int]) -> dict[int, Values]:
        known = self._known
        if missing := [key for key in keys if key not in known]:
            for row in Facets.objects.using(self._alias).filter(pk__in=missing):
                of = {name: (getattr(row, name),) if getattr(row, name) else () for name in FACETS if name != "theme"}
                known[row.pk] = Values(row.access_id, row.in_force, {**of, "theme": tuple(row.themes)})
        return {key: known[key] for key in keys if key in known}

    def _access(self, keys: Iterable[int]) -> dict[int, frozenset[str]]:
        """The tokens of these sets; as `Facets`, they never change."""
        known = self._sets
        if missing := [key for key in keys if key not in known]:
            tokens = dict.fromkeys(missing, frozenset())
            rows = AccessToken.objects.using(self._alias).filter(access__in=missing)
            for key, token in rows.values_list("access", "token"):
                tokens[key] |= {token}
            known |= tokens
        return {key: known[key] for key in keys}

    # --- order

    def _by_date(self, question, places, counts, values, today):
        days = {place[1]: place[3] for place in places}
        newest = question.sort == NEWEST
        order = sorted(days, key=lambda document: (days[document], document), reverse=newest)
        order.sort(key=lambda document: not days[document])  # those without a date come last
        page = order[question.start : question.start + question.size]
        wanted = set(page)
        best = self._ranked(question, [place for place in places if place[1] in wanted], counts, values, today)
        best = {ranked.document: (ranked.passage, ranked.score) for ranked in best}
        return [(document, *best[document]) for document in page if document in best]

    def _by_relevance(self, question, places, counts, values, today):
        end = question.start + question.size
        if len(places) <= PROPOSED:
            order = self._ranked(question, places, counts, values, today)
            return [(each.document, each.passage, each.score) for each in order[question.start : end]]
        worth = self._worth(question.query, places, counts)
        key = partial(_by_worth, worth)
        proposed = heapq.nlargest(PROPOSED, places, key=key)
        order = self._ranked(question, proposed, counts, values, today)
        order = [(each.document, each.passage, each.score) for each in order]
        if end > len(order):
            there = {document for document, _, _ in order}
            for place in sorted(places, key=key, reverse=True):
                if place[1] not in there:
                    there.add(place[1])
                    order.append((place[1], place[0], worth[place[0]]))
        return order[question.start : end]

    def _worth(self, query, places, counts):
        """Passage → what its tokens promise, were each there once: enough to say which are worth reading."""
        worth = dict.fromkeys((place[0] for place in places), 0.0)
        sizes = {place[0]: place[4] for place in places}
        share = {size: (K1 + 1) / (1 + counts.saturation("body_stm", size)) for size in set(sizes.values())}
        for stem, said in query.stm.items():
            for name in ("title_stm", "body_stm"):
                if not 0 < counts.having.get((name, stem), 0) <= COMMON:
                    continue
                weight = said * WEIGHTS[name] * counts.rarity(name, stem)
                for (passage,) in self._index.holding(LETTERS[name] + stem):
                    if passage in worth:
                        worth[passage] += weight * share[sizes[passage]] if name == "body_stm" else weight
        for ref in query.refs:
            for (passage,) in self._index.holding(REFERENCE_LETTER + ref):
                if passage in worth:
                    worth[passage] += REFERENCE
        return worth

    def _ranked(self, question, places, counts, values, today):
        of = {place[0]: place for place in places}
        fields = ("passage_id", "refs", "title_nrm", "title_stm", "body_nrm", "body_stm")
        rows = Streams.objects.using(self._alias).filter(pk__in=list(of)).values_list(*fields)
        found = []
        for row in rows:
            place = of[row[0]]
            says = values[place[2]]
            boost = question.boosts.get(says.of["kind"][0], 1.0) if question.boosts else 1.0
            found.append(Found(place[1], *row, day=place[3], in_force=says.in_force, boost=boost))
        return rank(question.query, found, counts, today=today)

    def _hits(self, order) -> tuple[Hit, ...]:
        """From (document, passage, score) to what is answered."""
        fields = ("document__doc_id", "number", "title", "body", "language", "file_id", "page")
        rows = Passage.objects.using(self._alias).filter(pk__in=[passage for _, passage, _ in order])
        there = {pk: row for pk, *row in rows.values_list("pk", *fields)}
        found = [(score, *there[passage]) for _, passage, score in order if passage in there]
        return tuple(Hit(doc_id, score, number, Kept(*kept)) for score, doc_id, number, *kept in found)

    # --- keeping

    def write(self, records: Iterable[Record]) -> dict[str, str]:
        return keeping.write(records, self._alias, self._index)

    def remove(self, gone: Iterable[tuple[str, int]]) -> dict[str, str]:
        return keeping.remove(gone, self._alias, self._index)

    def versions(self) -> Iterator[tuple[str, int]]:
        there = Document.objects.using(self._alias).filter(facets__isnull=False).order_by("pk")
        return there.values_list("doc_id", "shown_version").iterator()

    def facts(self) -> dict[str, str]:
        connection = connections[self._alias]
        version = ".".join(map(str, connection.get_database_version()))
        return {"database": f"{connection.display_name} {version}", "passages": str(Passage.objects.count())}


def tally(cube, values, chosen):
    """(documents left by every choice, value → documents for each facet, the facets left by every choice).

    `cube` says how many documents have the same facets. A facet is counted among what all other choices leave.
    """
    total, facets, left = 0, {name: Counter() for name in FACETS}, set()
    chosen = {name: wanted for name, wanted in chosen.items() if wanted}
    for key, documents in cube.items():
        of = values[key].of
        against = [name for name, wanted in chosen.items() if wanted.isdisjoint(of[name])]
        if not against:
            total += documents
            left.add(key)
        for name in FACETS if not against else against if len(against) == 1 else ():
            for value in of[name]:
                facets[name][value] += documents
    return total, {name: dict(found) for name, found in facets.items()}, left


def _by_worth(worth, place):
    return worth[place[0]], place[3], -place[0]


def _ordinal(day, otherwise):
    return day.toordinal() if day else otherwise
