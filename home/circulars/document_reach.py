"""The proof of whom a version had reached, as a printed document: counts, no names."""

from django.conf import settings
from django.utils.translation import get_language

from core.evidence.documents import qr_svg, shown
from core.evidence.models import SealLevel
from core.evidence.press import Attachment
from core.evidence.wording import hash_lines
from core.registers.models import canonical
from home.circulars.document import SEAL, direction_of, letterhead
from home.circulars.enums import Kind

DOCUMENT = "circulars/reach"
TEMPLATE_VERSION = "reach/v1"
FIGURES = ("delivered", "opened", "acknowledged", "waiting")


def context(proof, level) -> dict:
    """What `documents.render` needs for a proof, in the active language, sealed at `level`."""
    version = proof.version
    circular, language = version.circular, get_language()
    address = settings.PUBLIC_URL + circular.get_absolute_url()
    name = "fr" if language == "fr" else "ar"
    return {
        "language": language,
        "direction": direction_of(language),
        "template_version": TEMPLATE_VERSION,
        "names": letterhead(circular.authority, language),
        "kind": Kind(circular.kind).label,
        "number": circular.number,
        "title": shown(version.text(language))["title"],
        "version": version,
        "proof": proof,
        "rows": [
            {"organisation": row["organisation"][name], "unit": row["unit"][name], **{key: row[key] for key in FIGURES}}
            for row in shown(proof.counts)
        ],
        "total": {key: sum(row[key] for row in proof.counts) for key in FIGURES},
        "hash": hash_lines(version.hash),
        "meaning_hash": hash_lines(version.meaning_hash),
        "address": address,
        "is_sealed": level != SealLevel.NONE,
        "seal": SEAL[level],
        "created": proof.at,
        "images": {"qr.svg": qr_svg(address)},
        "attachments": (Attachment("reach.json", canonical(proof.counts), "application/json", "reach.json", "Data"),),
    }
