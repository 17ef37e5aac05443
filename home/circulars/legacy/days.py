"""Days as people write them in tables."""

import re
from datetime import date

from home.circulars.legacy.columns import fold

_EASTERN = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "0123456789" * 2)
_FIGURES = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})")
_ISO = re.compile(r"(\d{4})[/.\-](\d{1,2})[/.\-](\d{1,2})(?:[T ]00:00(?::00)?)?")
_WORDS = re.compile(r"(\d{1,2}|فاتح|1er) (\S+) (\d{4})")
_MONTHS = {
    fold(name): number
    for number, names in enumerate(
        (
            "يناير janvier january",
            "فبراير يبراير février february",
            "مارس mars march",
            "أبريل avril april",
            "ماي مايو mai may",
            "يونيو يونيه juin june",
            "يوليوز يوليو juillet july",
            "غشت أغسطس août august",
            "شتنبر سبتمبر septembre september",
            "أكتوبر octobre october",
            "نونبر نوفمبر novembre november",
            "دجنبر ديسمبر décembre december",
        ),
        1,
    )
    for name in names.split()
}


def read(text: str) -> date | None:
    """The day a cell names; None when it names none, or one that does not exist. Two-digit years are not guessed."""
    plain = text.translate(_EASTERN).strip()
    if match := _ISO.fullmatch(plain):
        return _day(match[1], match[2], match[3])
    if match := _FIGURES.fullmatch(plain):
        return _day(match[3], match[2], match[1])
    if match := _WORDS.fullmatch(fold(plain)):
        first = "1" if not match[1].isdecimal() else match[1]
        return _day(match[3], _MONTHS.get(match[2], 0), first)
    return None


def _day(year, month, day):
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
