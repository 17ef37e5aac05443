"""What of a text answers a query: its densest part, with the words that matched marked as they stand there.

Words are looked for as the index knows them (stems, folded words, references), and shown untouched: with their vowels,
hamzas, tatweel and accents. Only directional controls are left out; numbers are isolated instead, so that none flips.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import NamedTuple

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from core.text import analyse, fold, grams
from core.text.folding import MARKS

from .query import Query

SIZE = 240  # characters of a snippet
BEFORE = 60  # of them before the first hit, at most
LONGEST = 200_000  # of a text that is read
LONGEST_NUMBER = 60
NEAR = 0.5  # the share of common grams from which a word is near a mistyped one

_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_SPAN = re.compile(f"([^\\W_](?:[^\\W_]+|[{MARKS}]+)*)(['’ʼ‘`´](?=[^\\W\\d_]))?")
_JOINT = re.compile(r"[\s./\\_\-–—‐‑−⁄\u0640]{1,3}")
_PIECE = re.compile(r"\d+|[^\W\d_]+")
_FORWARD = re.compile(r"[0-9A-Za-z٠-٩]+(?:[./\\_\-–—‐‑−⁄:][0-9A-Za-z٠-٩]+)+|\d+(?:[.,]\d+)?\s?[%٪]")
_SENTENCE = re.compile(r"[.!?؟:\n]\s+")
_SMALL = (
    "في من على إلى عن مع هذا هذه ذلك التي الذي أن إن أو ما لا كل بين"
    " de du des le la les un une et à au aux en sur par pour dans ce cette the of and to in for on a is"
)


@cache
def _small() -> frozenset[str]:
    """Stems that say nothing by themselves: they are marked only beside another hit."""
    return frozenset(analyse(_SMALL).stm)


class _Span(NamedTuple):
    """A word of the text: where it stands, and what the index makes of it."""

    start: int
    end: int
    words: tuple[str, ...]
    stems: tuple[str, ...]
    pieces: tuple[str, ...]  # digits and letters apart, as in references


@dataclass(frozen=True)
class _Hit:
    start: int
    end: int
    what: str  # the token it answers: two hits of one token say less than hits of two
    weight: float


def snippet(text: str, query: Query, *, size: int = SIZE) -> SafeString:
    """About `size` characters of `text` around the densest hits, marked; its beginning where nothing matches."""
    text = plain(text)
    hits = _hits(text, query)
    start, end = _densest(text, hits, size)
    shown = _marked(text, hits, start, end)
    return format_html("{}{}{}", "…" if text[:start].strip() else "", shown, "…" if text[end:].strip() else "")


def marked(text: str, query: Query) -> SafeString:
    """All of `text`, its hits marked: for titles."""
    text = plain(text)
    return _marked(text, _hits(text, query), 0, len(text))


def plain(text: str) -> str:
    """`text` as it is cut and shown: without directional controls, and not longer than anybody reads."""
    return _BIDI.sub("", text[:LONGEST])


# --- what matches ---------------------------------------------------------------------------------------------------


def _hits(text: str, query: Query) -> list[_Hit]:
    spans = [_Span(*match.span(1), *_taken_apart(match[1], match[2] is not None)) for match in _SPAN.finditer(text)]
    found = [hit for phrase in query.phrases for hit in _sequences(text, spans, phrase, weight=4.0)]
    found += [hit for ref in query.refs for hit in _references(text, spans, ref)]
    wanted = query.stm.keys()
    for place, span in enumerate(spans):
        if wanted.isdisjoint(span.stems):
            continue
        stem = next(stem for stem in span.stems if stem in wanted)
        if stem not in _small() or _is_beside(spans, place, query):
            weight = query.stm[stem] * (0.1 if stem in _small() else 1.0)
            found.append(_Hit(span.start, span.end, stem, weight))
    said = {hit.what for hit in found}
    missed = [word for word, stem in zip(query.words, query.stems, strict=True) if stem not in said and len(word) > 2]
    found += [hit for word in missed for hit in _near(spans, word)]
    return _merged(text, found)


@lru_cache(maxsize=50_000)
def _taken_apart(word: str, is_elided: bool) -> tuple[tuple[str, ...], ...]:
    """Words, stems and pieces of one written word; l, d, qu… before an apostrophe are no words."""
    found = analyse(f"{word}'x" if is_elided else word)
    last = -1 if is_elided else None
    return tuple(found.nrm[:last]), tuple(found.stm[:last]), tuple(_PIECE.findall(fold(word)))


def _is_beside(spans, place, query) -> bool:
    around = [*spans[max(place - 1, 0) : place], *spans[place + 1 : place + 2]]
    return any(stem in query.stm and stem not in _small() for span in around for stem in span.stems)


def _sequences(text, spans, words, *, weight) -> Iterable[_Hit]:
    """Where `words` follow each other, as one hit."""
    stream = [(word, span) for span in spans for word in span.words]
    for place in range(len(stream) - len(words) + 1):
        if stream[place][0] == words[0] and all(stream[place + step][0] == word for step, word in enumerate(words)):
            yield _Hit(stream[place][1].start, stream[place + len(words) - 1][1].end, " ".join(words), weight)


def _references(text, spans, reference) -> Iterable[_Hit]:
    """Where the parts of a reference follow each other with nothing but a joint between them."""
    parts = reference.split("_")
    pieces = [(piece, span) for span in spans for piece in span.pieces]
    for place in range(len(pieces) - len(parts) + 1):
        if pieces[place][0] != parts[0]:
            continue
        found = pieces[place : place + len(parts)]
        if [piece for piece, _span in found] == parts and all(
            one is other or _JOINT.fullmatch(text, one.end, other.start)
            for (_piece, one), (_other, other) in pairwise(found)
        ):
            yield _Hit(found[0][1].start, found[-1][1].end, reference, 4.0)


def _near(spans, word) -> Iterable[_Hit]:
    """Words that share most of their grams with one that stands nowhere: it was mistyped, or misread."""
    wanted = set(grams(word))
    for span in spans:
        for other in span.words:
            theirs = set(grams(other))
            if 2 * len(wanted & theirs) >= NEAR * (len(wanted) + len(theirs)):
                yield _Hit(span.start, span.end, word, 0.5)
                break


def _merged(text, hits) -> list[_Hit]:
    """In their order, without overlaps; a hit in a number takes all of it, lest its halves flip."""
    whole = [_whole(text, hit) if any(map(str.isdigit, text[hit.start : hit.end])) else hit for hit in hits]
    found: list[_Hit] = []
    for hit in sorted(whole, key=lambda each: (each.start, -each.end)):
        if found and hit.start < found[-1].end:
            last = found[-1]
            found[-1] = _Hit(last.start, max(last.end, hit.end), last.what, max(last.weight, hit.weight))
        else:
            found.append(hit)
    return found


def _whole(text, hit) -> _Hit:
    """The hit with all of the number it is in: those that reach into a part of the text no longer than a number."""
    start, end = hit.start, hit.end
    for match in _FORWARD.finditer(text, max(0, hit.start - LONGEST_NUMBER), hit.end + LONGEST_NUMBER):
        if match.start() < hit.end and hit.start < match.end():
            start, end = min(start, match.start()), max(end, match.end())
    return _Hit(start, end, hit.what, hit.weight)


# --- what is shown --------------------------------------------------------------------------------------------------


def _densest(text, hits, size) -> tuple[int, int]:
    """From where to where: the part of `size` characters that says most of what was asked."""
    best, best_score = 0, 0.0
    for place, hit in enumerate(hits):
        said, score = set(), 0.0
        for other in hits[place:]:
            if other.end > hit.start + size - BEFORE and other is not hit:
                break
            score += other.weight * (0.1 if other.what in said else 1.0)
            said.add(other.what)
        if score > best_score + 1e-9:
            best, best_score = place, score
    first, last = (hits[best].start, hits[best].end) if hits else (0, 0)
    start = _beginning(text, max(0, first - BEFORE), first)
    end = _ending(text, max(start + size, last))
    return start, end


def _beginning(text, earliest, first) -> int:
    """The beginning of a sentence, else of a word, not after the first hit."""
    if earliest == 0:
        return 0
    sentences = [match.end() for match in _SENTENCE.finditer(text, earliest, first)]
    if sentences:
        return sentences[-1] if first - sentences[-1] > BEFORE // 3 else sentences[0]
    space = re.compile(r"\s+").search(text, earliest, first)
    return space.end() if space else first


def _ending(text, latest) -> int:
    if latest >= len(text):
        return len(text)
    space = max(text.rfind(" ", 0, latest + 1), text.rfind("\n", 0, latest + 1))
    return space if space > latest - BEFORE else latest


def _marked(text, hits, start, end) -> SafeString:
    pieces, place = [], start
    for hit in hits:
        if hit.end > start and hit.start < end:
            first, last = max(hit.start, start), min(hit.end, end)
            pieces += [_isolated(text, place, first), "<mark>", _isolated(text, first, last), "</mark>"]
            place = last
    pieces.append(_isolated(text, place, end))
    return mark_safe("".join(pieces))  # noqa: S308 — every piece of text is escaped in _isolated


def _isolated(text, start, end) -> str:
    """That part, escaped, its numbers each kept together and forwards."""
    pieces, part, place = [], text[start:end], 0
    for match in _FORWARD.finditer(part):
        pieces.append(escape(part[place : match.start()]))
        pieces.append(f'<bdi dir="ltr">{escape(match[0])}</bdi>')
        place = match.end()
    pieces.append(escape(part[place:]))
    return "".join(pieces)
