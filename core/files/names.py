"""Names of files as people's machines give them: cleaned, kept as data, never used as a path."""

import re
import unicodedata

from core.text import clean_line

MAX_BYTES = 180
MAX_EXTENSION_BYTES = 12
NAMELESS = "document"
_SEPARATORS = re.compile(r"[/\\]")
_BREAKS = "\t\r\n\v\f\u2028\u2029"
_NO_CHARACTER = {"Cc", "Cs", "Co", "Cn"}
_INVISIBLE = re.compile("[\u00ad\u180e\u200b\u2060-\u2064\u206a-\u206f\ufe00-\ufe0f\ufff9-\ufffb\U000e0000-\U000e0fff]")


def clean_name(raw: str) -> str:
    """The last part of a path in NFC, without what is invisible or reverses, at most 180 bytes, extension kept."""
    name = unicodedata.normalize("NFC", str(raw))
    name = _SEPARATORS.split(name.rstrip("/\\"))[-1]
    name = "".join(" " if character in _BREAKS else character for character in name)
    name = "".join(character for character in name if unicodedata.category(character) not in _NO_CHARACTER)
    name = unicodedata.normalize("NFC", clean_line(_INVISIBLE.sub("", name))).rstrip(" .")
    while (fitted := _fitted(name)) != name:  # what is cut may end in a dot, or look like an extension of its own
        name = fitted
    return name


def _fitted(name):
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension.encode()) > MAX_EXTENSION_BYTES:
        stem, dot, extension = name, "", ""
    room = MAX_BYTES - len(f"{dot}{extension}".encode())
    cut = stem.strip(" .").encode()[:room].decode(errors="ignore").rstrip(" .")
    return f"{cut or NAMELESS}{dot}{extension}"
