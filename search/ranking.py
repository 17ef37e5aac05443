"""The order of what an engine found. Computed here, from the same tokens and counts, so that engines agree.

BM25 for each stream of title and body; then references, words side by side, and, of short queries, passages with all
words first. The weights were found on ARCD and the cases (docs/search-quality.md).
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

K1, B = 0.8, 0.9  # short questions, passages of very unequal length
WEIGHTS = {"title_nrm": 4.0, "title_stm": 5.0, "body_nrm": 0.5, "body_stm": 1.5, "c4": 2.4}
STREAMS = {"title_nrm": "nrm", "title_stm": "stm", "body_nrm": "nrm", "body_stm": "stm", "c4": "c4"}
REFERENCE, TITLE_PHRASE, BODY_PHRASE = 60.0, 16.0, 8.0
FEW_WORDS = 3  # in what is longer, a question, words that all stand somewhere say less than rare ones
RECENT, HALF_LIFE = 0.1, 730  # the newest gain a tenth; half of it is gone after two years
NOT_IN_FORCE = 0.9


@dataclass(slots=True)
class Found:
    """A passage an engine proposes, with its streams as the index keeps them: tokens joined by spaces."""

    document: int
    passage: int
    refs: str
    title_nrm: str
    title_stm: str
    body_nrm: str
    body_stm: str
    day: int = 0  # the ordinal of its date
    in_force: bool = True
    boost: float = 1.0  # what administrators let its kind weigh


@dataclass(slots=True)
class Counts:
    """What BM25 needs of the whole index: passages, mean length of each field, passages that have a token."""

    passages: int
    mean: dict[str, float]
    having: dict[tuple[str, str], int]  # (field, token)

    def rarity(self, name: str, token: str) -> float:
        having = self.having.get((name, token), 0)
        return math.log(1 + (self.passages - having + 0.5) / (having + 0.5))

    def saturation(self, name: str, size: int) -> float:
        """How much a token has to stand in a field of this size for half of what it can weigh."""
        return K1 * (1 - B + B * size / (self.mean[name] or 1))


@dataclass(frozen=True, slots=True)
class Ranked:
    document: int
    passage: int
    score: float


def identity(doc_id: str) -> str:
    """The token by which a document finds itself, as if it were a number of its own."""
    return "doc_" + doc_id.replace(":", "_")


def rank(query, found: Iterable[Found], counts: Counts, *, today: date | None = None) -> list[Ranked]:
    """Best first; the best passage stands for its document."""
    best = {}
    wanted = _wanted(query, counts)
    for passage in found:
        key = (*_score(query, wanted, passage, counts, today), -passage.passage)
        if passage.document not in best or key > best[passage.document]:
            best[passage.document] = key
    order = sorted(best.items(), key=lambda each: (each[1], each[0]), reverse=True)
    return [Ranked(document, -passage, score) for document, (_, score, passage) in order]


def _wanted(query, counts):
    """For each field what to count in its text and what that weighs; tokens that stand nowhere are left out."""
    wanted = {}
    for name, weight in WEIGHTS.items():
        tokens = getattr(query, STREAMS[name])
        wanted[name] = [
            (token if name == "c4" else f" {token} ", weight * tokens[token] * counts.rarity(name, token) * (K1 + 1))
            for token in tokens
            if counts.having.get((name, token))
        ]
    return wanted


def _score(query, wanted, passage, counts, today):
    """(are all of a few words there, score)"""
    score = 0.0
    for name, text, size in _fields(passage):
        saturation = counts.saturation(name, size)
        for token, weight in wanted[name]:
            if times := text.count(token):
                score += weight * times / (times + saturation)
    refs = passage.refs.split()
    score += REFERENCE * max((weight for each, weight in query.refs.items() if each in refs), default=0)
    title, body = f" {passage.title_stm} ", f" {passage.body_stm} "
    score += TITLE_PHRASE * _side_by_side(query.stems, title) + BODY_PHRASE * _side_by_side(query.stems, body)
    if today and passage.day:
        score *= 1 + RECENT * 0.5 ** (max(today.toordinal() - passage.day, 0) / HALF_LIFE)
    if not passage.in_force:
        score *= NOT_IN_FORCE
    score *= passage.boost
    if len(query.stems) > FEW_WORDS:
        return False, score
    return all(f" {stem} " in title or f" {stem} " in body for stem in query.stems), score


def _fields(passage):
    """(field, its text, its size). A token that stands twice running counts once: its neighbours share a space."""
    sizes = {
        name: getattr(passage, name).count(" ") + bool(getattr(passage, name)) for name in ("title_nrm", "body_nrm")
    }
    for name in ("title_nrm", "title_stm", "body_nrm", "body_stm"):
        yield name, f" {getattr(passage, name)} ", sizes[f"{name[:-4]}_nrm"]
    # Each gram of four letters stands in `_word_`, and none runs over two underscores.
    words = f"_{passage.title_nrm} {passage.body_nrm}_".replace(" ", "__")
    yield "c4", words, len(words) - 3 * sum(sizes.values())


def _side_by_side(stems, text):
    """The share of neighbours in the query that are neighbours in the text."""
    pairs = list(pairwise(stems))
    return sum(f" {one} {other} " in text for one, other in pairs) / len(pairs) if pairs else 0.0
