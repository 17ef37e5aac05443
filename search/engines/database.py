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

from ..contract import FACETS, NEWEST, RELEVANCE, Answer, EngineAway, Hit, Passage, Question, Record
from ..models import Document, Facets, Place
from ..ranking import K1, REFERENCE, WEIGHTS, Found, rank
from . import keeping, vocabulary
from .matching import COMMON, FEW, deciding, gram_groups
from .postgresql import PostgresqlIndex
from .sqlite import SqliteIndex
from .tokens import LETTERS, beginnings
from .tokens import REFERENCE as REFERENCE_LETTER

PROPOSED = 150  # passages that are read and ranked; what comes after them stands in the order of their worth
_INDEXES = {"sqlite": SqliteIndex, "postgresql": PostgresqlIndex}


class Values(NamedTuple):
    """What a row of `Facets` says, once read; it never changes."""

    in_force: bool
    of: dict[str, tuple[str, ...]]
    pairs: tuple[tuple[str, str], ...]  # the same, one by one


class DatabaseEngine:
    """SQLite or PostgreSQL; `alias` names the database."""

    name = "embedded"
    _known: dict[int, Values] = {}

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
        counts = vocabulary.counts(question.query, partial(vocabulary.of_database, alias=self._alias), question.known)
        places, has_grams = self._matching(question, counts)
        if question.since or question.until:
            first, last = _ordinal(question.since, 1), _ordinal(question.until, date.max.toordinal())
            places = [place for place in places if first <= place[3] <= last]
        cube = Counter({place[1]: place[2] for place in places}.values())
        values = self._values(cube)
        total, facets, left = tally(cube, values, question.chosen)
        places = [place for place in places if place[2] in left]
        if question.start >= total or not question.size:
            return Answer(total, (), facets, has_grams)
        order = self._by_relevance if question.sort == RELEVANCE else self._by_date
        return Answer(total, self._hits(order(question, places, counts, values, today)), facets, has_grams)

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
            found = index.places(question, words=index.OR.join(parts))["words"]
            newest = sorted(found, key=lambda place: (-place[3], -place[1], place[0]))
            first = {place[1]: place[0] for place in reversed(newest)}
            order = list(dict.fromkeys(place[1] for place in newest))[:limit]
            return list(self._hits([(first[document], 0.0) for document in order]))
        except DatabaseError as error:
            raise EngineAway from error

    def _matching(self, question, counts):
        """Every passage that matches and may be read; whether grams were asked for some."""
        query, index = question.query, self._index
        if query.phrases:
            return index.places(question, exact=index.AND.join(map(index.phrase, query.phrases)))["exact"], False
        parts = [self._either(stem) for stem in deciding(query, counts)]
        parts += [f"({index.AND.join(f'({self._either(stem)})' for stem in variant)})" for variant in query.together]
        parts += [index.term(REFERENCE_LETTER + ref) for ref in query.refs]
        words = {"words": index.OR.join(parts)} if parts else {}
        groups = gram_groups(query, counts)
        every = index.OR.join(f"({index.AND.join(map(index.gram, group))})" for group in groups)
        grams = {"grams": every} if groups else {}
        found = index.places(question, **words, **({} if question.size else grams))  # to count, both at once
        places = found.get("words", [])
        has_grams = bool(grams) and len({place[1] for place in places}) < FEW
        if has_grams:
            there = {place[0] for place in places}
            found |= {} if "grams" in found else index.places(question, **grams)
            places += [place for place in found["grams"] if place[0] not in there]
        return places, has_grams

    def _either(self, stem):
        """In title or body."""
        return self._index.OR.join(self._index.term(LETTERS[name] + stem) for name in ("title_stm", "body_stm"))

    def _values(self, keys: Iterable[int]) -> dict[int, Values]:
        known = self._known
        missing = [key for key in keys if key not in known]
        for start in range(0, len(missing), 500):
            for row in Facets.objects.using(self._alias).filter(pk__in=missing[start : start + 500]):
                of = {name: (getattr(row, name),) if getattr(row, name) else () for name in FACETS if name != "theme"}
                of["theme"] = tuple(row.themes)
                known[row.pk] = Values(row.in_force, of, tuple((name, value) for name in of for value in of[name]))
        return known

    # --- order

    def _by_date(self, question, places, counts, values, today):
        days = {place[1]: place[3] for place in places}
        newest = question.sort == NEWEST
        order = sorted(days, key=lambda document: (days[document], document), reverse=newest)
        order.sort(key=lambda document: not days[document])  # those without a date come last
        page = order[question.start : question.start + question.size]
        wanted = set(page)
        ranked = self._ranked(question, [place for place in places if place[1] in wanted], counts, values, today)
        best = {each.document: (each.passage, each.score) for each in ranked}
        return [best[document] for document in page if document in best]

    def _by_relevance(self, question, places, counts, values, today):
        end = question.start + question.size
        if len(places) <= PROPOSED:
            order = self._ranked(question, places, counts, values, today)
            return [(each.passage, each.score) for each in order[question.start : end]]
        worth = self._worth(question.query, places, counts)
        rated = [(worth[place[0]], place[3], -place[0], place) for place in places]
        proposed = [place for *_, place in heapq.nlargest(PROPOSED, rated)]
        ranked = self._ranked(question, proposed, counts, values, today)
        order = [(each.passage, each.score) for each in ranked]
        if end > len(order):
            there = {each.document for each in ranked}
            for promised, _, _, place in sorted(rated, reverse=True):
                if place[1] not in there:
                    there.add(place[1])
                    order.append((place[0], promised))
        return order[question.start : end]

    def _worth(self, query, places, counts):
        """Passage → what its tokens promise, were each there once: enough to say which are worth reading."""
        worth = dict.fromkeys((place[0] for place in places), 0.0)
        sizes = {place[0]: place[4] for place in places}
        share = {size: (K1 + 1) / (1 + counts.saturation("body_stm", size)) for size in set(sizes.values())}
        weighed = [
            (LETTERS[name] + stem, said * WEIGHTS[name] * counts.rarity(name, stem))
            for stem, said in query.stm.items()
            for name in ("title_stm", "body_stm")
            if 0 < counts.having.get((name, stem), 0) <= COMMON
        ]
        weighed += [(REFERENCE_LETTER + ref, REFERENCE * said) for ref, said in query.refs.items()]
        body = [token.startswith(LETTERS["body_stm"]) for token, _ in weighed]
        for number, passage in self._index.holding([token for token, _ in weighed]):
            if passage in worth:
                weight = weighed[number][1]
                worth[passage] += weight * share[sizes[passage]] if body[number] else weight
        return worth

    def _ranked(self, question, places, counts, values, today):
        of, found = {place[0]: place for place in places}, []
        for row in self._index.streams(list(of)):
            _, document, facets, day, _ = of[row[0]]
            says = values[facets]
            boost = question.boosts.get(says.of["kind"][0], 1.0) if question.boosts else 1.0
            found.append(Found(document, *row, day=day, in_force=says.in_force, boost=boost))
        return rank(question.query, found, counts, today=today)

    def _hits(self, order) -> tuple[Hit, ...]:
        """From (passage, score) to what is answered; what has left the index meanwhile is left out."""
        shown = self._index.shown([passage for passage, _ in order])
        there = [(score, *shown[passage]) for passage, score in order if passage in shown]
        return tuple(Hit(doc_id, score, number, Passage(*kept)) for score, doc_id, number, *kept in there)

    # --- keeping

    def write(self, records: Iterable[Record]) -> dict[str, str]:
        return keeping.write(records, self._alias, self._index)

    def remove(self, gone: Iterable[tuple[str, int]]) -> dict[str, str]:
        return keeping.remove(gone, self._alias, self._index)

    def sweep(self) -> int:
        """Delete what no document uses any more; how many rows."""
        return keeping.sweep(self._alias)

    def versions(self) -> Iterator[tuple[str, int]]:
        there = Document.objects.using(self._alias).filter(access__isnull=False).order_by("pk")
        return there.values_list("doc_id", "shown_version").iterator()

    def facts(self) -> dict[str, str]:
        connection = connections[self._alias]
        version = ".".join(map(str, connection.get_database_version()))
        return {
            "database": f"{connection.display_name} {version}",
            "passages": str(Place.objects.using(self._alias).count()),
        }


def tally(cube, values, chosen):
    """(documents left by every choice, value → documents for each facet, the facets left by every choice).

    `cube` says how many documents have the same facets. A facet is counted among what all other choices leave.
    """
    total, facets, left = 0, {name: {} for name in FACETS}, set()
    chosen = {name: wanted for name, wanted in chosen.items() if wanted}
    for key, documents in cube.items():
        _, of, pairs = values[key]
        against = [name for name, wanted in chosen.items() if wanted.isdisjoint(of[name])]
        if len(against) > 1:
            continue
        if not against:
            total += documents
            left.add(key)
        for name, value in pairs:
            if not against or name == against[0]:
                facets[name][value] = facets[name].get(value, 0) + documents
    return total, facets, left


def _ordinal(day, otherwise):
    return day.toordinal() if day else otherwise
