"""What a person typed, taken apart once: every engine and the ranking work on the same tokens."""

import re
from dataclasses import dataclass, field

from core.text import analyse

SYNONYM = 0.6
_QUOTED = re.compile('["«“„](.+?)["»”]')


@dataclass(frozen=True)
class Query:
    """Tokens with their weights: 1 for what was typed, less for what was added; `phrases` must stand as they are."""

    words: list[str]
    stems: list[str]
    nrm: dict[str, float]
    stm: dict[str, float]
    c4: dict[str, float]
    refs: dict[str, float]
    phrases: list[list[str]] = field(default_factory=list)


def understand(text: str, synonyms: "Synonyms | None" = None) -> Query:
    """The query for `text`; nothing in it is an operator but quotation marks around an exact phrase."""
    found = analyse(text)
    typed = {name: dict.fromkeys(getattr(found, name), 1.0) for name in ("nrm", "stm", "c4", "refs")}
    for stem, weight in (synonyms.of(found.stm) if synonyms else {}).items():
        typed["stm"].setdefault(stem, weight)
    phrases = [words for quoted in _QUOTED.findall(text) if (words := analyse(quoted).nrm)]
    return Query(found.nrm, found.stm, phrases=phrases, **typed)


class Synonyms:
    """Groups of words that stand for each other, looked up by their stems."""

    def __init__(self, groups):
        self._groups = [[tuple(analyse(variant).stm) for variant in group] for group in groups]

    def of(self, stems: list[str]) -> dict[str, float]:
        """Stem → weight for every other variant of what stands in `stems`; a longer variant weighs less."""
        added = {}
        for group in self._groups:
            said = [variant for variant in group if _stands_in(variant, stems)]
            for variant in group:
                if said and variant not in said:
                    for stem in variant:
                        added[stem] = max(added.get(stem, 0), SYNONYM / len(variant))
        return added


def _stands_in(variant, stems):
    size = len(variant)
    return size > 0 and any(tuple(stems[start : start + size]) == variant for start in range(len(stems) - size + 1))
