"""Whether a text reads as people write: what fonts without a map of their letters, and bad scans, give does not."""

import re
import unicodedata
from collections import Counter

from . import arabic
from .folding import LETTERS, fold
from .lexicon import base, irregular, is_known

LEAST = 0.6  # a page of which fewer Arabic words are known is not what its author wrote
FEW = 10  # so few Arabic words on a page in Latin letters may be names
_WORD = re.compile(f"[{LETTERS}]{{3,}}")  # shorter ones are words by accident
_SWAPPED = re.compile("ا[أإآ]ل")  # an alef before one with hamza, then lam: a lam-alef taken apart the wrong way round
_LOST = re.compile("[\ufffd\ue000-\uf8ff]")  # a few are bullets
_SCRIPTS = 5  # letters of more writings than this are drawn by lot
_OURS = ("ARABIC", "LATIN", "TIFINAGH")
_PHONETIC = "\u0250"  # Latin letters from here on stand in no text of ours


def trust(text: str) -> float:
    """How much of `text` reads as language, from 0 (no letters, or letters that are no writing) to 1.

    Of Arabic words those count that the lexicon knows; words in Latin letters are taken as they are.
    """
    scripts = Counter(_script(letter) for letter in text if letter.isalpha())
    letters, lost = scripts.total(), len(_LOST.findall(text))
    if not letters or lost * 50 > letters or _is_drawn_by_lot(scripts):
        return 0.0
    words = _WORD.findall(fold(text))
    if not words:
        return 1.0
    known = sum(map(is_word, words)) / len(words)
    if len(_SWAPPED.findall(text)) * 50 >= len(words):
        known = min(known, LEAST - 0.01)
    share = scripts["ARABIC"] / letters if len(words) < FEW else 1
    return known * share + 1 - share


def is_trusted(text: str) -> bool:
    """Whether at least 60 % of its words, and its letters, are in order."""
    return trust(text) >= LEAST


def is_word(folded: str) -> bool:
    """Whether a folded Arabic word, or what it stems from, is attested."""
    return is_known(folded) or folded in irregular() or base(arabic.stem(folded)) >= arabic.SURE


def _script(letter):
    script = unicodedata.name(letter, "?").split()[0]
    return "PHONETIC" if script == "LATIN" and letter >= _PHONETIC else script


def _is_drawn_by_lot(scripts):
    foreign = scripts.total() - sum(scripts[name] for name in _OURS)
    return len(scripts) > _SCRIPTS and foreign * 2 > scripts.total()
