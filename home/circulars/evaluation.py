"""How well citations are recognised, against short excerpts of real acts marked by hand."""

import json
from dataclasses import dataclass
from pathlib import Path

from .citations import find

MARKED = Path(__file__).parent / "data" / "citations.json"


@dataclass(frozen=True)
class Score:
    """`missed` and `false`: (text, kind, number, date). One is right if all of these and its place are the same."""

    right: int
    missed: list[tuple]
    false: list[tuple]

    @property
    def precision(self) -> float:
        return self.right / max(self.right + len(self.false), 1)

    @property
    def recall(self) -> float:
        return self.right / max(self.right + len(self.missed), 1)


def evaluate(path: Path = MARKED) -> Score:
    right, missed, false = 0, [], []
    for excerpt in json.loads(path.read_text(encoding="utf-8")):
        text, end, marked = excerpt["text"], 0, set()
        for citation in excerpt["citations"]:
            start = text.index(citation["text"], end)
            end = start + len(citation["text"])
            marked.add((start, end, citation["kind"], citation["number"], citation["date"]))
        found = {
            (each.start, each.end, each.kind, each.number, each.date.isoformat() if each.date else None)
            for each in find(text)
        }
        right += len(marked & found)
        missed += _listed(text, marked - found)
        false += _listed(text, found - marked)
    return Score(right, missed, false)


def _listed(text, citations):
    return [(text[start:end], *rest) for start, end, *rest in sorted(citations, key=lambda each: each[:2])]
