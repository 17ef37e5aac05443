"""What is known of Arabic words: facts counted in a large word list, and plurals no rule finds."""

import lzma
from functools import cache
from pathlib import Path

from .folding import fold

DATA = Path(__file__).parent / "data"
DECADE = 25  # the score of a word ten times as frequent is higher by this


@cache
def _facts() -> dict[str, int]:
    """Word → three scores in one number, a byte each: as base, alone, with possessives."""
    words, _, scores = lzma.decompress((DATA / "lexicon.xz").read_bytes()).partition(b"\0")
    words = words.decode().split("\n")
    count = len(words)
    columns = (scores[start : start + count] for start in (0, count, 2 * count))
    return {word: b | a << 8 | own << 16 for word, b, a, own in zip(words, *columns, strict=True)}


@cache
def irregular() -> dict[str, str]:
    """Folded broken plural, or second spelling → folded singular."""
    pairs = {}
    for singular, others in _listed():
        for other in others:
            pairs.setdefault(fold(other), fold(singular))
    return pairs


@cache
def whole() -> frozenset[str]:
    """Folded words of which nothing is taken off, though what remained would be a word."""
    return frozenset(fold(singular) for singular, others in _listed() if not others)


def _listed():
    for line in (DATA / "plurals.txt").read_text(encoding="utf-8").splitlines():
        singular, _, others = line.partition("#")[0].partition(":")
        if singular.strip():
            yield singular.strip(), others.split()


@cache
def singulars() -> frozenset[str]:
    return frozenset(irregular().values()) | whole()


def base(word: str) -> int:
    """How often `word` stands behind an article: 0 for never."""
    return _facts().get(word, 0) & 255


def alone(word: str) -> int:
    """How often `word` is written just so: 0 for never."""
    return _facts().get(word, 0) >> 8 & 255


def words():
    """Every word something is known of."""
    return _facts().keys()


def is_known(word: str) -> bool:
    return word in _facts()


def is_own_noun(word: str) -> bool:
    """Is `word`, which ends in ه, another noun than the word without it? مكتبة is, beside مكتب; موظفة is not.

    Nouns take possessives (مكتبتها), feminines of adjectives and of persons hardly do.
    """
    rest = word[:-1]
    plural_of = irregular().get(rest)
    if plural_of:
        return plural_of != word
    facts = _facts()
    own, feminine, masculine = facts.get(word, 0) >> 16, base(word), base(rest)
    if not own or not masculine or word in irregular():
        return False
    if word.endswith("يه"):  # nisba: عربية is عربي, هدية is not هدى
        return own >= feminine - 20
    if feminine >= masculine:
        return own >= 30
    if len(rest) == 4 and rest[1] == "ا":  # active participle, the rarer one its feminine: طالبة
        return False
    return feminine >= masculine - 35 and own >= feminine - 42 and not base(rest + "ون")
