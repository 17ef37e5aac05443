"""Reference numbers, found before a text is cut into words: «2-20-293», «٢.٢٠.٢٩٣», «1234/DRH/2020»."""

import re

from .folding import LETTERS

_SEPARATOR = r"[./\\_\-–—‐‑−⁄]"
_LETTERS = f"(?:[a-z]{{1,6}}|[{LETTERS}]{{1,4}})"
_REFERENCE = re.compile(  # begins with one digit: so the rest of a text is passed over quickly
    rf"\d(?:\d{{0,7}}(?:\ ?{_SEPARATOR}\ ?\d{{1,8}}|{_SEPARATOR}{_LETTERS}(?![a-z{LETTERS}])){{1,7}}"  # 123/م.م.ب/2021
    rf"|\d{{0,3}}(?:\ \d{{1,5}}){{1,3}}(?!\d|\ ?{_SEPARATOR}\d)"  # 2 20 293
    rf"|\d*)"
)
_BEFORE = re.compile(rf"(?<![a-z{LETTERS}])(?:{_LETTERS}{_SEPARATOR}){{1,3}}$")  # D/
_PART = re.compile(rf"\d+|[a-z]+|[{LETTERS}]+")


def references(folded: str) -> list[str]:
    """Every reference in a folded text, each followed by its reverse: lines of PDFs and typists flip them."""
    found = {}
    for match in _REFERENCE.finditer(folded):
        before = _BEFORE.search(folded, max(0, match.start() - 24), match.start())
        parts = _PART.findall((before[0] if before else "") + match[0])
        if len(parts) > 1:
            found["_".join(parts)] = found["_".join(reversed(parts))] = None
    return list(found)
