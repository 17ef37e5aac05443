"""How well stems bring the forms of one word together and keep different words apart."""

import json
from dataclasses import dataclass
from pathlib import Path

from core.text import analyse


@dataclass(frozen=True)
class Score:
    """`apart`: (lemma, forms whose stem is not the lemma's); `merged`: pairs of different words with one stem."""

    lemmas: int
    forms: int
    pairs: int
    apart: list[tuple[str, list[str]]]
    merged: list[tuple[str, str]]

    @property
    def share(self) -> float:
        return 1 - sum(len(forms) for _, forms in self.apart) / max(self.forms, 1)


def measure(path: Path) -> Score:
    """Read the `conflation` of a file in the format of cases.json."""
    listed = json.loads(path.read_text(encoding="utf-8"))["conflation"]
    words, pairs = listed["dev"], listed["negative_pairs"]
    apart = [
        (word["lemma"], forms)
        for word in words
        if (forms := [form for form in word["strong"] if _stems(form) != _stems(word["lemma"])])
    ]
    merged = [(one, other) for one, other in pairs if _stems(one) == _stems(other)]
    return Score(len(words), sum(len(word["strong"]) for word in words), len(pairs), apart, merged)


def _stems(text):
    return analyse(text).stm
