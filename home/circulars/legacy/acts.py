"""Acts as the cells of a legacy table name them: «منشور رقم 5/2019 (p3)», "MSP: décision 12 (2018)", "loi n° 09-08"."""

import re
from dataclasses import dataclass

from home.circulars.enums import Predicate
from home.circulars.legacy import columns
from home.circulars.numbers import normalise

_ACT = re.compile(r"(?:(?P<body>[^:]{1,250}):)?(?P<act>[^()]+)(?:\((?P<detail>[^()]*)\))?\s*")
_BETWEEN = re.compile(r"[|;؛\n]")
_TIGHT = re.compile(r"\s*([/.\-])\s*")
_LABELS = {"رقم", "عدد", "n", "no", "num", "numero", "number"}
_YEAR = re.compile(r"(?:1[3-9]|20)\d\d")
_PARAGRAPH = re.compile(r"p\d{1,4}")
_EASTERN = str.maketrans("٠١٢٣٤٥٦٧٨٩", "0123456789")


@dataclass(frozen=True)
class Reference:
    """One act a line speaks of. `kind` is empty where the cell names none; `is_external` where it is no circular's."""

    predicate: Predicate
    column: str
    text: str
    body: str
    kind: str
    number: str
    number_key: str
    year: int | None
    paragraphs: str
    is_external: bool


def references(values: dict[str, str], names: dict[str, str]) -> tuple[list[Reference], list[tuple[str, str]]]:
    """The acts named in the columns of relations, and what could not be read as (column, text)."""
    found, unread = [], []
    for predicate in Predicate:
        for text in filter(None, map(str.strip, _BETWEEN.split(values.get(predicate.value, "")))):
            column = names[predicate.value]
            reference = _reference(predicate, column, text)
            if reference:
                found.append(reference)
            else:
                unread.append((column, text))
    return found, unread


def _reference(predicate, column, text):
    match = _ACT.fullmatch(text)
    if not match:
        return None
    *words, number = _TIGHT.sub(r"\1", match["act"].strip()).split() or [""]
    words = [word for word in words if columns.fold(word) not in _LABELS]
    if not any(letter.isdigit() for letter in number):
        return None
    kind = columns.look_up(columns.KINDS, " ".join(words))
    external = columns.look_up(columns.EXTERNAL_KINDS, " ".join(words))
    if words and not kind and not external:
        return None
    details = (match["detail"] or "").translate(_EASTERN).replace(",", " ").replace("،", " ").split()
    years = [int(word) for word in details if _YEAR.fullmatch(word)]
    paragraphs = [word for word in details if _PARAGRAPH.fullmatch(word)]
    if len(years) + len(paragraphs) < len(details):
        return None
    return Reference(
        predicate=predicate,
        column=column,
        text=text,
        body=(match["body"] or "").strip(),
        kind=str(kind or external or ""),
        number=number,
        number_key=normalise(number),
        year=years[0] if years else None,
        paragraphs=", ".join(paragraphs),
        is_external=bool(external and not kind),
    )
