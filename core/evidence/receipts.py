"""Receipts: issued inside the registration, made into sealed PDF editions afterwards, found by number and code."""

import hashlib
import json
import logging
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from core import sql
from core.audit.operations import record
from core.evidence import codes, documents, permissions
from core.evidence.checkpoints import covering
from core.evidence.enums import EventCode
from core.evidence.log import EventDraft, append
from core.evidence.models import Edition, Event, EventBody, Receipt, SealLevel
from core.evidence.press import Attachment, RenderingFailed
from core.evidence.proofs import inclusion_proof
from core.evidence.sealing import print_sealed, reachable_level
from core.exceptions import NotAllowed
from core.organisations.enums import Role
from core.outbox.operations import enqueue
from core.registers.models import Entry

logger = logging.getLogger(__name__)

RENDER = "evidence.render_receipt"
MANIFEST, SALT, EVIDENCE, PROOF = "manifest.json", "manifest.salt", "evidence.json", "receipt.tlog-proof"
ADDRESS = "verify.url"


@dataclass(frozen=True)
class IssuedReceipt:
    """A new receipt and its tracking code as it is printed: known in clear only here and on the receipt itself."""

    receipt: Receipt
    tracking_code: str


def issue_receipt(entry, facts: dict, *, language, by=None) -> IssuedReceipt:
    """Issue the receipt of an entry, inside the transaction that registers it; the sealed PDF follows by the outbox.

    Adds the fact `receipt.issued`, whose erasable body is `facts` as they will be printed for ever (an identity card
    number masked). One entry has one receipt. The code's slow hash was computed beforehand: see `codes.prepare_code`.
    """
    code, token = codes.take_code(), codes.new_token()
    draft = EventDraft(
        EventCode.RECEIPT_ISSUED,
        entry.object_id,
        {"receipt": hashlib.sha256(token.encode()).hexdigest(), "version": documents.RECEIPT_VERSION},
        _printable(facts),
        by,
        Role.CLERK.value if by else "depositor",
        facts.get("assurance") or "",
        entry,
    )
    event = append([draft])[0]
    receipt = Receipt(
        token=token,
        entry=entry,
        event=event,
        language=language,
        version=documents.RECEIPT_VERSION,
        code_salt=code.salt,
        code_digest=code.digest,
        code_encrypted=codes.encrypted(code.text),
        created_at=event.at,
    )
    sql.create(receipt)
    _ask_for_edition(receipt, 1)
    transaction.on_commit(codes.prepare_code)
    return IssuedReceipt(receipt, code.printed)


def receipt_for(entry) -> Receipt | None:
    """The receipt of an entry, if one was issued."""
    receipt = sql.find(Receipt, related=("event",), entry=entry.pk)
    if receipt:
        receipt.entry = entry
        receipt.event.body = sql.find(EventBody, event=receipt.event_id)
    return receipt


def has_edition(receipt) -> bool:
    """Whether the PDF of the receipt can be had already."""
    return sql.exists(Edition, receipt=receipt.pk)


def find_by_tracking(number: str, code: str) -> Receipt | None:
    """The receipt with this number, or that of a line which rectifies it, and tracking code, as people type them. An
    unknown number and a wrong code give the same answer after the same work."""
    lines = Entry.objects.numbered(number or "")
    receipts = Receipt.objects.select_related("event__body", "entry")
    receipt = receipts.filter(event__object_id__in=lines.values("object_id")).first()
    fits = codes.is_code(code or "", receipt and receipt.code_salt, receipt and receipt.code_digest)
    return receipt if fits else None


@transaction.atomic
def reissue_tracking_code(receipt, *, by, identity, note="") -> str:
    """Replace a lost tracking code; the old one stops working at once. `identity` says how the clerk checked who asks.

    Returns the new code as it is printed; a further edition of the receipt will carry it. Refused: NotAllowed to
    anybody but a clerk of the organisation.
    """
    code = codes.take_code()
    receipt = Receipt.objects.select_for_update(of=("self",)).select_related("entry__register").get(pk=receipt.pk)
    if not permissions.can_keep_register(by, receipt.entry):
        raise NotAllowed()
    receipt.code_salt, receipt.code_digest, receipt.code_encrypted = code.salt, code.digest, codes.encrypted(code.text)
    receipt.save(update_fields=["code_salt", "code_digest", "code_encrypted"])
    facts = EventDraft(
        EventCode.CODE_REISSUED,
        receipt.entry.object_id,
        {"identity": str(identity)},
        {"note": note} if note else None,
        by,
        Role.CLERK.value,
        entry=receipt.entry,
    )
    append([facts])
    record("evidence.code_reissued", receipt.entry, by=by, identity=str(identity))
    latest = receipt.edition
    if latest:  # without one, the first edition is still to come and will carry the new code
        _ask_for_edition(receipt, latest.number + 1)
    return code.printed


def tracking_code(receipt) -> str:
    """The code as it is printed on the receipt; nothing once it is erased. Only for whoever may hold the receipt."""
    return codes.printed(codes.decrypted(receipt.code_encrypted))


# --- editions: the worker's part -----------------------------------------------------------------------------------


def make_edition(receipt, number: int) -> Edition | None:
    """Render, seal and keep edition `number` of a receipt; what is there already is returned unchanged.

    Without a key the edition is unsealed and says so. None once the receipt's words are erased, or when the edition
    before is missing.
    """
    receipt = Receipt.objects.select_related("event__body", "entry").get(pk=receipt.pk)
    if receipt.event.body.body is None:
        return None
    known = receipt.editions.without_content().filter(number=number).first()
    if known or receipt.editions.count() != number - 1:
        return known
    proof = inclusion_proof(receipt.event, covering(receipt.event))
    content, level = print_sealed(documents.RECEIPT, lambda level: edition_context(receipt, level, proof))
    return _keep(receipt, number, proof.checkpoint, content, level)


def improve(receipt) -> Edition | None:
    """Make the next edition if it can be sealed better than the last one; called by the periodic job."""
    latest = receipt.edition
    if latest is None or latest.seal_level >= reachable_level():
        return None
    return make_edition(receipt, latest.number + 1)


def improvable(limit: int) -> list[Receipt]:
    """Receipts whose newest edition could be sealed better now, oldest first."""
    level = reachable_level()
    if level == SealLevel.NONE:
        return []
    editions = Edition.objects.below(level).without_content().select_related("receipt").order_by("pk")[:limit]
    return [edition.receipt for edition in editions]


def edition_context(receipt, level, proof) -> dict:
    """What `documents.render` needs for this receipt: a pure function of the evidence, the code and the level."""
    event = receipt.event
    return documents.receipt_context(
        receipt.facts,
        token=receipt.token,
        seal_level=str(level),
        tracking_code=tracking_code(receipt),
        position=event.seq,
        tree_size=proof.size,
        attachments=(
            Attachment(MANIFEST, bytes(event.body.body), "application/json", "What this receipt states", "Source"),
            Attachment(SALT, bytes(event.body.salt).hex().encode(), "text/plain", "Salt of the commitment"),
            Attachment(EVIDENCE, bytes(event.record), "application/json", "Record in the evidence log"),
            Attachment(PROOF, proof.text.encode(), "text/plain", "Proof of inclusion in the log"),
            Attachment(ADDRESS, receipt.verification_url.encode(), "text/plain", "Verification page"),
        ),
    )


@transaction.atomic
def _keep(receipt, number, checkpoint, content, level):
    """Keep the bytes, and say in the log that they exist; the first of two workers wins."""
    now = Receipt.objects.select_for_update(of=("self",)).get(pk=receipt.pk)
    if bytes(now.code_digest) != bytes(receipt.code_digest):
        raise RenderingFailed("the tracking code was replaced meanwhile")  # the outbox tries again
    if known := receipt.editions.without_content().filter(number=number).first():
        return known
    digest = hashlib.sha256(content).hexdigest()
    if level != SealLevel.NONE:
        facts = {"edition": number, "sha256": digest, "seal": str(level)}
        append([EventDraft(EventCode.RECEIPT_SEALED, receipt.entry.object_id, facts, role="seal", entry=receipt.entry)])
    edition = Edition.objects.create(
        receipt=receipt,
        number=number,
        seal_level=level,
        checkpoint=checkpoint,
        sha256=digest,
        size=len(content),
        content=content,
        created_at=timezone.now(),
    )
    logger.info("receipt.edition_made", extra={"receipt": receipt.pk, "edition": number, "seal": str(level)})
    return edition


def problems():
    """What is wrong with the receipts kept: (number of the entry, edition or 0, sentence) for `verify_registers`.

    Bytes are compared with their fingerprint, the fingerprint of a sealed edition with what the log says of it, and a
    receipt's token with the fact that it was issued.
    """
    for receipt in Receipt.objects.select_related("event", "entry").order_by("pk").iterator(chunk_size=500):
        if receipt.event.facts["body"].get("receipt") != hashlib.sha256(receipt.token.encode()).hexdigest():
            yield receipt.entry.number_text, 0, "the token of this receipt is not the one that was issued"
    sealed = Event.objects.filter(code=EventCode.RECEIPT_SEALED).values_list("entry_id", "record")
    logged = {}
    for entry_id, fact in sealed.iterator(chunk_size=500):
        body = json.loads(bytes(fact))["body"]
        logged[entry_id, body["edition"]] = body["sha256"], body["seal"]
    rows = Edition.objects.order_by("pk").values_list(
        "receipt__entry__number_text", "receipt__entry_id", "number", "seal_level", "sha256", "size", "content"
    )
    for number, entry_id, edition, level, digest, size, content in rows.iterator(chunk_size=50):
        if level != SealLevel.NONE and logged.get((entry_id, edition)) != (digest, level):
            yield number, edition, "the fingerprint of this edition is not the one in the log"
        if content is not None and (len(content) != size or hashlib.sha256(bytes(content)).hexdigest() != digest):
            yield number, edition, "the bytes of this edition are not the ones that were sealed"


def forget_words(entry) -> None:
    """Erase what a receipt keeps of a person, when the entry's words are erased; fingerprints stay."""
    receipts = Receipt.objects.filter(entry=entry)
    receipts.update(code_encrypted=None)
    Edition.objects.filter(receipt__in=receipts).update(content=None)


def _ask_for_edition(receipt, number):
    enqueue(RENDER, {"receipt": receipt.pk, "edition": number}, key=f"receipt-{receipt.pk}-{number}")


def _printable(facts):
    depositor = facts.get("depositor") or {}
    if depositor.get("cin"):
        facts = {**facts, "depositor": {**depositor, "cin": documents.masked_cin(depositor["cin"])}}
    return facts
