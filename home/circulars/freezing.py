"""What of a circular goes into a version: everything a reader is shown, in one form that is hashed."""

import hashlib
from datetime import date

from wagtail.rich_text import expand_db_html

from core.registers.models import canonical
from home.circulars.blocks import HEADING, PARAGRAPH
from home.circulars.enums import FileRole, Standing


def authentic_text(circular):
    """The text that binds: the one marked so, by preference the Arabic; None while there is none."""
    texts = [text for text in circular.texts.all() if text.standing == Standing.AUTHENTIC]
    return min(texts, key=lambda text: text.language != "ar", default=None)


def anchored(circular) -> dict[str, str]:
    """The address of each paragraph of the authentic text by its block: kept for ever, never given twice."""
    anchors = dict(circular.anchors)
    last = max((int(anchor[1:]) for anchor in anchors.values()), default=0)
    for block in authentic_text(circular).body:
        if block.block_type == PARAGRAPH and block.id not in anchors:
            last += 1
            anchors[block.id] = f"p{last}"
    return anchors


def content(circular, anchors: dict[str, str]) -> dict:
    """Facts, texts, actions, addressees and files of the circular as readers will see them."""
    authentic = authentic_text(circular)
    places = [anchors[block.id] for block in authentic.body if block.block_type == PARAGRAPH]
    return {
        "facts": {
            "authority": circular.authority.code,
            "kind": circular.kind,
            "number": circular.number,
            "signed_on": circular.signed_on.isoformat(),
            "hijri_date": circular.hijri_date,
            "signatory": circular.signatory,
            "office": circular.office,
            "in_force_on": _day(circular.in_force_on),
            "expires_on": _day(circular.expires_on),
            "review_on": _day(circular.review_on),
            "contact": circular.contact,
        },
        "texts": {text.language: _text(text, places) for text in circular.texts.all()},
        "actions": [
            {
                "key": action.pk,
                "ar": action.text_ar,
                "fr": action.text_fr,
                "due_on": _day(action.due_on),
                "url": action.url,
            }
            for action in sorted(circular.actions.all(), key=lambda action: action.due_on or date.max)
        ],
        "addressees": [_addressee(addressee) for addressee in circular.addressees.all()],
        "files": [_file(row) for row in sorted(circular.files.all(), key=lambda row: FileRole.values.index(row.role))],
    }


def content_hash(content: dict) -> str:
    """SHA-256 over the canonical form, all languages together."""
    return hashlib.sha256(canonical(content)).hexdigest()


def _text(text, places):
    """The blocks of one language; its n-th paragraph has the address of the authentic text's n-th."""
    left = iter(places)
    return {
        "title": text.title,
        "summary": text.summary,
        "standing": text.standing,
        "blocks": [_block(block, left) for block in text.body],
    }


def _block(block, places):
    if block.block_type == PARAGRAPH:
        return {"type": PARAGRAPH, "anchor": next(places, ""), "html": expand_db_html(block.value.source)}
    if block.block_type == HEADING:
        return {"type": HEADING, "text": block.value}
    return {"type": block.block_type, "html": block.render()}


def _file(row):
    """Name and fingerprint, so that the hash of the version covers the bytes; its place is its permanent address."""
    return {
        "role": row.role,
        "title": row.title,
        "language": row.language,
        "id": str(row.file.public_id),
        "name": row.file.name,
        "kind": row.file.kind,
        "size": row.file.size,
        "pages": row.file.pages,
        "sha256": row.file.sha256,
    }


def _addressee(addressee):
    return {
        "organisation": addressee.organisation.code if addressee.organisation_id else "",
        "unit_kind": addressee.unit_kind,
        "post": addressee.post_id,
        "purpose": addressee.purpose,
    }


def _day(day):
    return day.isoformat() if day else ""
