"""The public number of an entry: `<organisation code>-<A|D|I>-<year>-<number>-<check>`, e.g. MSP-A-2026-004213-7.

The check character is ISO 7064 MOD 37,36 over all letters and digits, so one wrong or two swapped characters show.
"""

import re
from functools import cache
from typing import NamedTuple

from stdnum.iso7064 import mod_37_36

from core.registers.enums import Direction
from core.text import plain_number

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d_/.]+")
_FORM = re.compile(r"([A-Z0-9]{2,6})-([ADI])-([1-9]\d{3})-(\d{1,9})-([A-Z0-9])")


class Number(NamedTuple):
    """The parts of a number; `text` is how it is printed and stored."""

    code: str
    direction: str
    year: int
    number: int

    @property
    def text(self) -> str:
        return format_number(self.code, self.direction, self.year, self.number)


def format_number(code: str, direction: str, year: int, number: int) -> str:
    """The number as it is printed, with its check character."""
    text, check = beginning(code, direction, year)
    digits = f"{number:06d}"
    for digit in digits:  # as stdnum goes on from there
        check = ((check or 36) * 2 % 37 + int(digit)) % 36
    return f"{text}{digits}-{_ALPHABET[(1 - (check or 36) * 2 % 37) % 36]}"


@cache
def beginning(code: str, direction: str, year: int) -> tuple[str, int]:
    """What the numbers of one register begin with, and the checksum of that."""
    letter = Direction(direction).value
    return f"{code}-{letter}-{year}-", mod_37_36.checksum(f"{code}{letter}{year}")


def parse_number(text: str) -> Number | None:
    """What somebody typed or pasted, or None when it is no number of ours or its check character is wrong.

    Direction marks, spaces, lower case, other dashes, Eastern Arabic digits and missing leading zeros are forgiven.
    """
    found = _FORM.fullmatch(_DASHES.sub("-", plain_number(text)))
    if found is None:
        return None
    code, direction, year, number, check = found.groups()
    parsed = Number(code, direction, int(year), int(number))
    return parsed if parsed.text.endswith(f"-{check}") else None
