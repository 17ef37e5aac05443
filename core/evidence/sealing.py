"""Documents that leave the house: printed by the press, sealed as well as key and time-stamp server allow now."""

from core.evidence import documents, seal
from core.evidence.models import SealLevel


def reachable_level() -> SealLevel:
    """How well a document made now would be sealed, as far as one can know before."""
    try:
        seal.load()
    except seal.SealUnavailable:
        return SealLevel.NONE
    return SealLevel.STAMPED if seal.wants_time_stamp() else SealLevel.SEALED


def print_sealed(document: str, context_at) -> tuple[bytes, SealLevel]:
    """The PDF of `document` and how well it is sealed; `context_at(level)` gives what it shows at that level."""
    level = reachable_level()
    while True:
        pdf = documents.print_document(document, context_at(level))
        if level == SealLevel.NONE:
            return pdf, level
        try:
            return seal.seal(pdf, time_stamp=level == SealLevel.STAMPED), level
        except seal.TimeStampUnavailable:
            level = SealLevel.SEALED
        except seal.SealUnavailable:
            level = SealLevel.NONE
