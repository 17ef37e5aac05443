"""The contract of engines at its plainest, in memory: what the real ones are compared with."""

from collections import Counter

from django.utils import timezone

from core.text import analyse
from core.text.folding import fold
from search.contract import FACETS, OLDEST, RELEVANCE, Answer, EngineAway, Hit


class MemoryEngine:
    """Documents in a dictionary; what matches is decided by the words as the design says, order by their number."""

    name = "memory"

    def __init__(self):
        self.records = {}
        self.gone = {}

    def write(self, records):
        for record in records:
            if record.version > self._version(record.doc_id):
                self.records[record.doc_id] = record
                self.gone.pop(record.doc_id, None)
        return {}

    def remove(self, gone):
        for doc_id, version in gone:
            if version > self._version(doc_id):
                self.records.pop(doc_id, None)
                self.gone[doc_id] = version
        return {}

    def versions(self):
        yield from sorted((doc_id, record.version) for doc_id, record in self.records.items())

    def facts(self):
        return {"lies": "in memory"}

    def ask(self, question):
        matching = {
            record.doc_id: best for record in self._readable(question) if (best := _best(question.query, record))
        }
        chosen = [doc_id for doc_id in matching if self._fits(doc_id, question, set(FACETS))]
        hits = sorted((Hit(doc_id, *matching[doc_id]) for doc_id in chosen), key=self._order(question.sort))
        facets = {
            facet: dict(
                Counter(
                    value
                    for doc_id in matching
                    if self._fits(doc_id, question, set(FACETS) - {facet})
                    for value in _values(self.records[doc_id], facet)
                )
            )
            for facet in FACETS
        }
        return Answer(len(chosen), tuple(hits[question.start : question.start + question.size]), facets)

    def suggest(self, prefix, question, *, limit=8):
        start = fold(prefix).strip()
        found = [record for record in self._readable(question) if _begins(record, start)]
        return [Hit(record.doc_id, 1.0, 0) for record in sorted(found, key=lambda record: record.doc_id)[:limit]]

    def _readable(self, question):
        return [
            record
            for record in self.records.values()
            if record.acl & question.tokens and record.doc_id not in question.pending
        ]

    def _fits(self, doc_id, question, facets):
        record = self.records[doc_id]
        if question.since and (record.dated is None or record.dated < question.since):
            return False
        if question.until and (record.dated is None or record.dated > question.until):
            return False
        return all(
            not question.chosen.get(facet) or question.chosen[facet] & set(_values(record, facet)) for facet in facets
        )

    def _order(self, sort):
        if sort == RELEVANCE:
            return lambda hit: (-hit.score, hit.doc_id)
        turn = 1 if sort == OLDEST else -1
        return lambda hit: (
            turn * (self.records[hit.doc_id].dated.toordinal() if self.records[hit.doc_id].dated else 0),
            hit.doc_id,
        )

    def _version(self, doc_id):
        return self.records[doc_id].version if doc_id in self.records else self.gone.get(doc_id, 0)


class MemoryServer(MemoryEngine):
    """A search server with its indexes; `is_away` while it does not answer."""

    name = "server"

    def __init__(self):
        super().__init__()
        self.indexes, self.begun, self.read, self.is_away = {}, {}, "", False

    def is_built(self):
        self._answers()
        return bool(self.read)

    def begin(self):
        self._answers()
        name = f"index-{len(self.indexes)}"
        self.indexes[name], self.begun[name] = MemoryEngine(), timezone.now()
        return name

    def finish(self, name):
        self._answers()
        self.read, self.records = name, self.indexes[name].records

    def left(self, *, before):
        self._answers()
        if self.begun[self.read] >= before:
            return []
        return [name for name in self.indexes if name != self.read and self.begun[name] < before]

    def drop(self, *names):
        self._answers()
        for name in names:
            self.indexes.pop(name)

    def write(self, records, *, index=""):
        self._answers()
        records = list(records)
        for each in [self.indexes[index]] if index else self.indexes.values():
            each.write(records)
        return {}

    def remove(self, gone):
        self._answers()
        gone = list(gone)
        for each in self.indexes.values():
            each.remove(gone)
        return {}

    def versions(self, *, index=""):
        self._answers()
        return self.indexes[index or self.read].versions()

    def ask(self, question):
        self._answers()
        return super().ask(question)

    def _answers(self):
        if self.is_away:
            raise EngineAway("no answer")


def _values(record, facet):
    if facet == "theme":
        return list(record.themes)
    value = getattr(record, facet)
    return [value] if value else []


def _best(query, record):
    """(score, number) of the best passage; None if none matches."""
    scores = [(_score(query, passage), -number) for number, passage in enumerate(record.passages)]
    score, number = max(scores, default=(0, 0))
    return (float(score), -number) if score else None


def _score(query, passage):
    title, body = analyse(passage.title), analyse(passage.body)
    if query.phrases:
        return all(_has(title.nrm, phrase) or _has(body.nrm, phrase) for phrase in query.phrases)
    stems, refs = {*title.stm, *body.stm}, {*title.refs, *body.refs}
    return len(stems & set(query.stm)) + 10 * bool(refs & set(query.refs))


def _has(words, phrase):
    return any(words[start : start + len(phrase)] == phrase for start in range(len(words) - len(phrase) + 1))


def _begins(record, start):
    words = {word for passage in record.passages if passage.file_id is None for word in analyse(passage.title).nrm}
    return any(word.startswith(start) or word.removeprefix("ال").startswith(start) for word in words)
