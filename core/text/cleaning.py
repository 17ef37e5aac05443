"""Text as people type it: cleaned of what hides or reverses, isolated where it must not flip."""

import re
import unicodedata

LRI, PDI = "\u2066", "\u2069"
# Unicode's explicit directional controls (UAX #9): they can make a name read as another one.
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\u200b]")
_SPACES = re.compile(r"\s+")


def ltr(value) -> str:
    """`value` between left-to-right isolates, so that a number never flips inside Arabic; empty stays empty."""
    text = str(value) if value is not None else ""
    return f"{LRI}{text}{PDI}" if text else ""


def clean_text(value: str) -> str:
    """NFC, without control and direction-override characters; line breaks are kept as \\n."""
    value = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n"))
    return _BIDI.sub("", _CONTROL.sub("", value)).strip()


def clean_line(value: str) -> str:
    """As `clean_text`, on one line with single spaces: for names, subjects, references."""
    return _SPACES.sub(" ", clean_text(value.replace("\n", " ").replace("\r", " "))).strip()


def plain_number(value: str) -> str:
    """A number as typed by anybody: isolates and spaces dropped, Eastern Arabic digits made Western, upper case."""
    return unicodedata.normalize("NFKC", clean_line(value)).translate(_DIGITS).replace(" ", "").upper()


_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "0123456789" * 2)
