"""Stems of words in Latin letters: French by Snowball, deaf to accents that were or were not typed."""

import re
from functools import lru_cache

import snowballstemmer

ELISION = re.compile(r"(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu|presqu)'(?=\w)")
IRREGULAR = {  # -ail whose plural is -aux: a closed list of the language
    "travaux": "travail",
    "baux": "bail",
    "emaux": "email",
    "vitraux": "vitrail",
    "coraux": "corail",
    "soupiraux": "soupirail",
    "yeux": "oeil",
    "cieux": "ciel",
}
_SUFFIXES = ((re.compile("ee(s?)$"), r"ée\1"), (re.compile("ite(s?)$"), r"ité\1"), (re.compile("ier(es?)$"), r"ièr\1"))
_FRENCH = snowballstemmer.stemmer("french")


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """The stem of one folded word; numbers and words with digits stay whole."""
    if not word.isalpha() or len(word) < 3:
        return word
    word = IRREGULAR.get(word, word)
    for ending, accented in _SUFFIXES:  # Snowball knows these endings by their accents only
        word = ending.sub(accented, word)
    stemmed = _FRENCH.stemWord(word)
    return stemmed if stemmed.isascii() else stemmed.translate(_PLAIN)


_PLAIN = str.maketrans("éèêëàâîïôûùç", "eeeeaaiiouuc")
