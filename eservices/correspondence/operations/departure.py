"""Letters that go out: numbered and delivered, made into their sealed PDF, opened by whoever gets them."""

from django.db import transaction
from django.utils import timezone

from core.audit.operations import record
from core.evidence import seal
from core.evidence.models import SealLevel
from core.evidence.operations import EntryDraft, EventDraft, append, register_entry
from core.evidence.sealing import print_sealed
from core.files.operations import keep_made
from core.indexing import reindex_after_commit
from core.outbox.operations import enqueue
from core.registers.enums import Direction
from core.states import DEPOSITOR, move
from eservices.correspondence import letters, permissions
from eservices.correspondence.enums import AttachmentKind, DeliveryEvent, Nature, OutgoingState
from eservices.correspondence.models import Correspondence, Delivery
from eservices.correspondence.operations.common import attach, content_hash

MAKE_LETTER = "correspondence.make_letter"


def send_out(
    item, *, subject, message, by, role, sender, files=(), form="", signed_by="", state=OutgoingState.DISPATCHED
):
    """An outgoing letter to the item's sender: numbered, delivered to the tracking page, consigned in evidence.

    Comes with its finished `files`, or as a `form` letter whose PDF the worker makes after the commit.
    """
    incoming = item.correspondence
    letter = Correspondence.objects.create(
        organisation=item.organisation,
        party=incoming.party,
        subject=subject,
        message=message,
        nature=Nature.REPLY,
        confidentiality=incoming.confidentiality,
        language=incoming.language,
        reply_to=incoming,
        signed_by=signed_by,
        form_letter=form,
        outgoing_state=state,
    )
    attach(letter, files, kind=AttachmentKind.OUTGOING)
    Delivery.objects.create(correspondence=letter, party=incoming.party)
    hashes = [stored.sha256 for stored, _label in files]
    consigned = EventDraft(
        "consigned", letter.object_id, {"reply_to": incoming.number, "files": hashes}, None, by, role
    )
    letter.entry = register_entry(
        EntryDraft(
            organisation=item.organisation,
            direction=Direction.DEPARTURE,
            subject=subject,
            sender=str(sender),
            recipients=incoming.party.name,
            nature=letter.nature,
            channel=letter.channel,
            support=letter.support,
            content_hash=content_hash(letter, hashes),
            object_id=letter.object_id,
        ),
        by=by,
        role=role,
        facts=[consigned],
    )
    letter.save(update_fields=["entry"])
    reindex_after_commit(item)
    if form:
        enqueue(MAKE_LETTER, {"letter": letter.pk}, key=f"letter-{letter.pk}")
    return letter


def make_letter(letter):
    """Make the PDF of a form letter, seal it and attach it, once; the worker's part, long after the number.

    Written into evidence with its fingerprint. Where a seal is set up the letter waits for it (SealUnavailable: the
    outbox tries again): an attestation without it proves nothing. Where none is, the PDF says so.
    """
    if letter.attachments.exists():
        return
    content, level = print_sealed(letters.LETTER, lambda level: letters.letter_context(letter, level))
    if level == SealLevel.NONE and seal.is_configured():
        raise seal.SealUnavailable("the letter waits for the seal")
    stored = keep_made(content, name=f"{letter.number}.pdf", organisation=letter.organisation)
    with transaction.atomic():
        Correspondence.objects.select_for_update(of=("self",)).get(pk=letter.pk)
        if letter.attachments.exists():  # a second worker was faster
            return
        attach(letter, [(stored, "")], kind=AttachmentKind.OUTGOING)
        reindex_after_commit(letter)
        facts = {"files": [stored.sha256], "seal": str(level)}
        append([EventDraft("letter.sealed", letter.object_id, facts, None, None, "seal", "", letter.entry)])


@transaction.atomic
def open_delivery(delivery):
    """Record that the recipient first opened an outgoing letter (evidence E.1); later openings do nothing."""
    locked = Delivery.objects.select_for_update(of=("self",)).get(pk=delivery.pk)
    if permissions.delivery.transition(locked, DeliveryEvent.OPEN) is None:
        return
    step = permissions.delivery.check(None, locked, DeliveryEvent.OPEN, role=DEPOSITOR)
    move(locked, step, opened_at=timezone.now())
    letter = locked.correspondence
    append([EventDraft("opened", letter.object_id, {}, None, None, DEPOSITOR, "", letter.entry)])
    record("correspondence.opened", letter, by=None)
