"""What a person typed, taken apart once: every engine and the ranking work on the same tokens."""

import re
from dataclasses import dataclass, field

from core.text import analyse

SYNONYM = 0.6
_QUOTED = re.compile('["«“„](.+?)["»”]')


@dataclass(frozen=True)
class Query:
    """Tokens with their weights: 1 for what was typed, less for what was added.

    Any of `finding`, stems, finds; so do the stems of one of `together`, all of them. `phrases` must stand as they are.
    """

    words: list[str]
    stems: list[str]
    nrm: dict[str, float]
    stm: dict[str, float]
    c4: dict[str, float]
    refs: dict[str, float]
    finding: list[str] = field(default_factory=list)
    together: list[tuple[str, ...]] = field(default_factory=list)
    phrases: list[list[str]] = field(default_factory=list)


def understand(text: str, synonyms: "Synonyms | None" = None) -> Query:
    """The query for `text`; nothing in it is an operator but quotation marks around an exact phrase."""
    found = analyse(text)
    typed = {name: dict.fromkeys(getattr(found, name), 1.0) for name in ("nrm", "stm", "c4", "refs")}
    variants = synonyms.of(found.stm) if synonyms else []
    together = [variant for variant in variants if len(variant) > 1]
    finding = list(
        dict.fromkeys([*found.stm, *(stem for variant in variants if len(variant) == 1 for stem in variant)])
    )
    for variant in sorted(variants, key=len):
        for stem in variant:
            typed["stm"].setdefault(stem, SYNONYM / len(variant))
    phrases = [words for quoted in _QUOTED.findall(text) if (words := analyse(quoted).nrm)]
    return Query(found.nrm, found.stm, finding=finding, together=together, phrases=phrases, **typed)


class Synonyms:
    """Groups of words that stand for each other, looked up by their stems."""

    def __init__(self, groups):
        self._groups = [[tuple(analyse(variant).stm) for variant in group] for group in groups]

    def of(self, stems: list[str]) -> list[tuple[str, ...]]:
        """The stems of every other variant of what stands in `stems`."""
        added = {}
        for group in self._groups:
            said = [variant for variant in group if _stands_in(variant, stems)]
            added |= dict.fromkeys(variant for variant in group if said and variant and variant not in said)
        return list(added)


def _stands_in(variant, stems):
    size = len(variant)
    return size > 0 and any(tuple(stems[start : start + size]) == variant for start in range(len(stems) - size + 1))
