"""Numbers of acts: kept as written, compared in one form."""

import re

from core.text import plain_number

_LABEL = re.compile(r"^(?:رقم|عدد|NUM(?:[EÉ]RO)?|N)?[°O.:№]*(?=\W*\w)")
_HIDDEN = re.compile("[\u0640\u064b-\u0652\u0670]")  # tatweel and vowel signs
_PARTS = re.compile(r"[^\W_]+")
_YEAR = re.compile(r"1[3-9]\d\d|20\d\d")
_BIS = re.compile(r"(?:مكرر|BIS)$")


def normalise(text: str) -> str:
    """The form in which two ways of writing one number are equal.

    «رقم 5.2023», «٥/٢٠٢٣», "n° 05-2023" give 5/2023: a number and a year of four digits. Any other figures give their
    parts with points: «2.18.855» and "2-18-855" are one decree, as separators carry no meaning. Two-digit years are not
    guessed: 5.23 is not 5/2023; nor is a year in front moved (2005-1726). Leading zeros are dropped, save in the year
    (80.00). A part with letters gives slashes: "463/FP".
    """
    text = _LABEL.sub("", plain_number(_HIDDEN.sub("", text)), count=1)
    suffix = "bis" if _BIS.search(text) else ""
    parts = _PARTS.findall(_BIS.sub("", text))
    year = 1 if len(parts) in (2, 3) and len(parts[1]) == 2 else None
    parts = [part if place == year else part.lstrip("0") or "0" for place, part in enumerate(parts)]
    if not all(part.isdecimal() for part in parts):
        return "/".join(parts) + suffix
    if len(parts) == 2 and _YEAR.fullmatch(parts[1]) and not _YEAR.fullmatch(parts[0]):
        return "/".join(parts) + suffix
    return ".".join(parts) + suffix
