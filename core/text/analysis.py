"""Every text as four streams of ready tokens, so that engines of search only split on spaces.

`nrm` folded words · `stm` their stems · `c4` character 4-grams of `_word_` · `refs` reference numbers, both ways round.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from . import arabic, latin
from .folding import LETTERS, fold
from .lexicon import alone, base, is_known
from .references import references

# What is longer than any word is parted: indexes refuse tokens of thousands of letters.
_WORD = re.compile(f"[{LETTERS}]{{1,64}}|[^\\W_{LETTERS}]{{1,64}}")
_SWAPPED = re.compile("ال")
_IS_ARABIC = re.compile(f"[{LETTERS}]")


@dataclass(frozen=True, slots=True)
class Analysis:
    nrm: list[str]
    stm: list[str]
    refs: list[str]

    @property
    def c4(self) -> list[str]:
        return list(chain.from_iterable(map(grams, self.nrm)))


def analyse(text: str) -> Analysis:
    """The four streams of `text`; never fails, whatever the text."""
    folded = fold(text)
    found = _WORD.findall(latin.ELISION.sub(" ", folded) if "'" in folded else folded)
    known = [_word(word) for word in found]
    return Analysis(
        [word for word, _ in known],
        [stemmed for _, stemmed in known],
        references(folded),
    )


def words(text: str) -> list[str]:
    """The folded words of `text` alone."""
    return analyse(text).nrm


@lru_cache(maxsize=200_000)
def grams(word: str) -> tuple[str, ...]:
    """`_word_` in pieces of four letters; a word of one or two letters whole."""
    padded = f"_{word}_"
    return tuple(padded[start : start + 4] for start in range(max(1, len(padded) - 3)))


@lru_cache(maxsize=200_000)
def _word(word):
    if not _IS_ARABIC.match(word):
        return word, latin.stem(word)
    word = mended(word)
    return word, arabic.stem(word)


def mended(word: str) -> str:
    """`word` with لا put right where a PDF turned it round («المراسالت»): only if so, and only so, it is a word."""
    if ("ال" not in word[1:] and not word.startswith("اال")) or is_known(word):
        return word
    if base(arabic.stem(word)) >= arabic.SURE:
        return word
    once = _swaps(word)
    twice = [other for each in once[:4] for other in _swaps(each)]
    return max([word, *once, *twice], key=_likelihood)


def _swaps(word):
    return [word[: found.start()] + "لا" + word[found.end() :] for found in _SWAPPED.finditer(word)]


def _likelihood(word):
    return max(alone(word), base(arabic.stem(word)))
