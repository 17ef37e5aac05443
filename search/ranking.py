"""The order of what an engine found. Computed here, from the same tokens and counts, so that engines agree.

BM25 for each stream of title and body; then references, words side by side, and, of short queries, passages with all
words first. The weights were found on ARCD and the cases (docs/search-quality.md).
"""

import math
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

K1, B = 0.8, 0.9  # short questions, passages of very unequal length
WEIGHTS = {"title_nrm": 4.0, "title_stm": 5.0, "body_nrm": 0.5, "body_stm": 1.5, "c4": 2.4}
STREAMS = {"title_nrm": "nrm", "title_stm": "stm", "body_nrm": "nrm", "body_stm": "stm", "c4": "c4"}
REFERENCE, TITLE_PHRASE, BODY_PHRASE = 60.0, 16.0, 8.0
FEW_WORDS = 3  # in what is longer, a question, words that all stand somewhere say less than rare ones
RECENT, HALF_LIFE = 0.1, 730  # the newest gain a tenth; half of it is gone after two years


@dataclass(slots=True)
class Found:
    """A passage an engine proposes, with its streams as the index keeps them: tokens joined by spaces."""

    doc_id: str
    refs: str
    title_nrm: str
    title_stm: str
    body_nrm: str
    body_stm: str
    c4: str
    dated: str = ""


@dataclass(slots=True)
class Counts:
    """What BM25 needs of the whole index: passages, mean length of each field, passages that have a token."""

    passages: int
    mean: dict[str, float]
    having: dict[tuple[str, str], int]  # (field, token)

    def rarity(self, name: str, token: str) -> float:
        having = self.having.get((name, token), 0)
        return math.log(1 + (self.passages - having + 0.5) / (having + 0.5))


def rank(query, found: list[Found], counts: Counts, *, today: date | None = None) -> list[tuple[str, float]]:
    """(doc_id, score), best first; the best passage stands for its document."""
    best = {}
    for passage in found:
        key = _score(query, passage, counts, today)
        if key > best.get(passage.doc_id, (False, -1.0)):
            best[passage.doc_id] = key
    return sorted(((doc, key[1]) for doc, key in best.items()), key=lambda each: (best[each[0]], each[0]), reverse=True)


def _score(query, passage, counts, today):
    """(are all of a few words there, score)"""
    score = 0.0
    for name, weight in WEIGHTS.items():
        score += weight * _bm25(name, getattr(passage, name).split(), getattr(query, STREAMS[name]), counts)
    refs = set(passage.refs.split())
    score += REFERENCE * any(each in refs for each in query.refs)
    for name, weight in (("title_stm", TITLE_PHRASE), ("body_stm", BODY_PHRASE)):
        score += weight * _side_by_side(query.stems, f" {getattr(passage, name)} ", name, counts)
    if today and passage.dated:
        score *= 1 + RECENT * 0.5 ** (max((today - date.fromisoformat(passage.dated)).days, 0) / HALF_LIFE)
    if len(query.stems) > FEW_WORDS:
        return False, score
    there = {*passage.title_stm.split(), *passage.body_stm.split()}
    return all(stem in there for stem in query.stems), score


def _bm25(name, tokens, wanted, counts):
    seen = {}
    for token in tokens:
        if token in wanted:
            seen[token] = seen.get(token, 0) + 1
    length = K1 * (1 - B + B * len(tokens) / (counts.mean[name] or 1))
    return sum(
        wanted[token] * counts.rarity(name, token) * times * (K1 + 1) / (times + length)
        for token, times in seen.items()
    )


def _side_by_side(stems, text, name, counts):
    """The share of neighbours in the query that are neighbours in the text."""
    pairs = list(pairwise(stems))
    return sum(f" {one} {other} " in text for one, other in pairs) / len(pairs) if pairs else 0.0
