"""How good the answers are, on collections with judged queries: our own cases, or questions in SQuAD's format."""

import json
import math
import random
import time
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from .contract import PUBLIC, Engine, Passage, Question, Record
from .query import Synonyms, understand

TOP = 10
_LOOSE = str.maketrans("أإآةى", "اااهي")
_LETTERS = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"


@dataclass(frozen=True)
class Judged:
    """A query, the documents that must stand among the first `within`, and those that must not."""

    text: str
    wanted: list[str]
    within: int = TOP
    unwanted: list[str] = field(default_factory=list)
    tag: str = ""


@dataclass(frozen=True)
class Text:
    """A document of a collection: one passage."""

    doc_id: str
    title: str
    body: str
    dated: str = ""

    def record(self) -> Record:
        dated = date.fromisoformat(self.dated) if self.dated else None
        return Record(self.doc_id, 1, "text", frozenset({PUBLIC}), (Passage(self.title, self.body),), dated=dated)


@dataclass(frozen=True)
class Collection:
    passages: list[Text]
    queries: list[Judged]
    synonyms: Synonyms | None = None


@dataclass
class Report:
    queries: int
    mrr: float
    ndcg: float
    hit: float
    p50: float
    p95: float
    misses: list[tuple[Judged, list[str]]]


def read(path: Path) -> Collection:
    content = json.loads(path.read_text(encoding="utf-8"))
    return _squad(content) if "data" in content else _cases(content)


def _cases(content):
    passages = [Text(each["id"], each["title"], each["body"], each.get("date", "")) for each in content["documents"]]
    queries = [
        Judged(each["q"], each["in_top"], each["k"], each.get("not_in_top", []), each.get("tag", ""))
        for each in content["queries"]
    ]
    groups = [group for several in content.get("synonyms", {}).values() for group in several]
    return Collection(passages, queries, Synonyms(groups))


def _squad(content):
    ids, queries = {}, []
    for article in content["data"]:
        for paragraph in article["paragraphs"]:
            doc_id = ids.setdefault(paragraph["context"], str(len(ids)))
            queries += [Judged(asked["question"], [doc_id]) for asked in paragraph["qas"]]
    return Collection([Text(doc_id, "", context) for context, doc_id in ids.items()], queries)


def typed_loosely(collection: Collection) -> Collection:
    """The queries without hamza on alif, with ه for ة and ي for ى."""
    queries = [Judged(**{**vars(each), "text": each.text.translate(_LOOSE)}) for each in collection.queries]
    return Collection(collection.passages, queries, collection.synonyms)


def misread(collection: Collection, share: float) -> Collection:
    """The documents with that share of their Arabic letters replaced by others, as a bad scan has them."""
    chance = random.Random(1)  # noqa: S311 - the same letters each time

    def blurred(text):
        return "".join(
            chance.choice(_LETTERS) if "\u0621" <= letter <= "\u064a" and chance.random() < share else letter
            for letter in text
        )

    passages = [Text(each.doc_id, blurred(each.title), blurred(each.body), each.dated) for each in collection.passages]
    return Collection(passages, collection.queries, collection.synonyms)


def evaluate(engine: Engine, collection: Collection, *, today: date | None = None) -> Report:
    """Fill an empty engine with the collection and ask every query of it."""

    def ask(text, size):
        query = understand(text, collection.synonyms)
        return engine.ask(Question(query, frozenset({PUBLIC}), size=size), today=today)

    return _evaluated(engine, ask, collection)


def evaluate_baseline(baseline, collection: Collection) -> Report:
    """As `evaluate`, of a server's own analysis, which knows nothing of our queries."""
    return _evaluated(baseline, lambda text, size: baseline.ask_text(text, size=size), collection)


def _evaluated(engine, ask, collection):
    if refused := engine.write(text.record() for text in collection.passages):
        raise ValueError(f"Refused: {refused}")
    reciprocal, gain, first, seconds, misses = [], [], [], [], []
    for judged in collection.queries:
        started = time.perf_counter()
        answer = ask(judged.text, max(TOP, judged.within))
        seconds.append(time.perf_counter() - started)
        order = [hit.doc_id for hit in answer.hits]
        places = sorted(order.index(doc_id) for doc_id in judged.wanted if doc_id in order[:TOP])
        reciprocal.append(1 / (places[0] + 1) if places else 0)
        first.append(bool(places) and places[0] == 0)
        gain.append(_gain(places) / _gain(range(min(len(judged.wanted), TOP))))
        top = order[: judged.within]
        if not set(judged.wanted) <= set(top) or set(judged.unwanted) & set(top):
            misses.append((judged, top))
    return Report(
        len(collection.queries),
        _mean(reciprocal),
        _mean(gain),
        _mean(first),
        _percentile(seconds, 50),
        _percentile(seconds, 95),
        misses,
    )


def _gain(places):
    return sum(1 / math.log2(place + 2) for place in places)


def _mean(figures):
    return sum(figures) / max(len(figures), 1)


def _percentile(seconds, percent):
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, round(len(ordered) * percent / 100))] if ordered else 0.0
