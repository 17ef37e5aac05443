"""The text of a PDF as paragraphs, and whether it can stand as the text of an act without being proof-read."""

import re

from core.files import reading
from core.text.trust import is_trusted

MAX_PAGES = 300
_PAGE_NUMBER = re.compile(r"[-–\s]*\d{1,4}[-–\s]*(?:/\s*\d{1,4})?")
END = (".", ":", "؛", ";", "؟", "?", "!", "،")
# An alef before another one with hamza, then lam: fonts whose lam-alef was taken apart the wrong way round.
_SWAPPED = re.compile("ا[أإآ]ل")


def texts_of(path, count: int) -> list[str]:
    """The text layer of each page; NotNow when files cannot be read at the moment."""
    return [reading.page_text(path, page) for page in range(1, min(count, MAX_PAGES) + 1)]


def is_sound(pages: list[str]) -> bool:
    """Whether it reads as its author wrote it: words people write, and none of their letters out of order."""
    text = "\n".join(pages)
    return is_trusted(text) and not _SWAPPED.search(text)


def paragraphs(pages: list[str]) -> list[str]:
    """The lines put together to paragraphs: one ends where a line ends a sentence; page numbers are left out."""
    found, begun = [], []
    for line in "\n".join(pages).split("\n"):
        words = " ".join(line.split())
        if words and not _PAGE_NUMBER.fullmatch(words):
            begun.append(words)
        if begun and (not words or words.endswith(END)):
            found.append(" ".join(begun))
            begun = []
    return [*found, " ".join(begun)] if begun else found
