"""The verbs of the registry office and of the units that treat letters.

Every operation runs in one transaction, takes its locks in the order item, register, log, and refuses with a sentence:
WrongState (state, condition, somebody was faster) or NotAllowed (the posts of `by`). What the depositor or the clock
causes has `by=None` and a `role`.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from core import dates
from core.audit.operations import record
from core.evidence import seal
from core.evidence.models import SealLevel
from core.evidence.operations import EntryDraft, EventDraft, append, register_entry
from core.evidence.receipts import issue_receipt, receipt_for, reissue_tracking_code
from core.evidence.sealing import print_sealed
from core.exceptions import BusinessError, NotAllowed, WrongState
from core.files.models import StoredFile
from core.files.operations import keep_made
from core.formats import moment_text
from core.notifications.operations import notify
from core.organisations.calendar import effective_on
from core.organisations.enums import Role
from core.outbox.operations import enqueue
from core.registers.enums import Direction
from core.states import CLOCK, DEPOSITOR, RULE, move
from core.text import ltr
from eservices.correspondence import letters, permissions
from eservices.correspondence.enums import (
    CLERK_REASONS,
    HEAD_REASONS,
    AssignmentRole,
    AttachmentKind,
    Channel,
    Confidentiality,
    DeliveryEvent,
    Event,
    FormLetter,
    Nature,
    NoActionReason,
    OutgoingEvent,
    OutgoingState,
    SilenceEffect,
    Support,
    Treatment,
)
from eservices.correspondence.facts import receipt_facts
from eservices.correspondence.models import (
    ActType,
    Attachment,
    CallTask,
    Copy,
    Correspondence,
    Delivery,
    Party,
    PiecesRequest,
    TrackingLink,
    WorkItem,
)
from eservices.correspondence.sender import tell_sender

MAKE_LETTER = "correspondence.make_letter"


@dataclass(frozen=True)
class Letter:
    """A letter as it arrives, by portal or over the counter; `attachments` are (stored file, label) in order."""

    organisation: object
    party: Party  # unsaved: every registration keeps the sender as stated then
    subject: str
    message: str = ""
    act_type: ActType | None = None
    nature: str = ""
    confidentiality: int = Confidentiality.NORMAL
    language: str = "ar"
    channel: str = Channel.PORTAL
    support: str = Support.ELECTRONIC
    addressee_unit: object = None
    own_reference: str = ""
    own_reference_on: date | None = None
    document_date: date | None = None
    reply_to: Correspondence | None = None
    attachments: Sequence[tuple[StoredFile, str]] = field(default_factory=tuple)


@dataclass(frozen=True)
class Registered:
    """What a registration gives back; the tracking code is known only here and to the receipt."""

    item: WorkItem
    receipt: object
    tracking_code: str


@transaction.atomic
def register_incoming(
    letter: Letter, *, by=None, role=DEPOSITOR, assurance="declared", declarations=(), missing_pieces=()
) -> Registered:
    """Write a letter into the arrival register and issue its receipt, the same for portal and counter.

    Tells the registry, and the sender (mail or call task); a type that assigns itself is handed on at once. Refused:
    NotAllowed when `by` does not keep this registry. Everything slow (files) has happened before.
    """
    if by is not None and not permissions.can_register_paper(by, letter.organisation):
        raise NotAllowed()
    item = _write_letter(letter)
    _enter(item, by=by, role=role, assurance=assurance)
    facts = receipt_facts(item, assurance=assurance, declarations=declarations, missing_pieces=missing_pieces)
    issued = issue_receipt(item.correspondence.entry, facts, language=letter.language, by=by)
    record("correspondence.registered", item, by=by, channel=letter.channel)
    tell_sender(item, "registered")
    if letter.act_type and letter.act_type.assigns_itself and letter.act_type.unit:
        assign(item, to_unit=letter.act_type.unit, by=None, role=RULE)
    else:
        _notify(item, item.registry, "registered", by=by, role=Role.CLERK)
    return Registered(item, issued.receipt, issued.tracking_code)


def _write_letter(letter: Letter) -> WorkItem:
    """The rows that need no number."""
    letter.party.organisation = letter.organisation
    letter.party.save()
    correspondence = Correspondence.objects.create(
        organisation=letter.organisation,
        party=letter.party,
        subject=letter.subject,
        message=letter.message,
        act_type=letter.act_type,
        nature=letter.nature or (letter.act_type.nature if letter.act_type else Nature.LETTER),
        confidentiality=letter.confidentiality,
        language=letter.language,
        channel=letter.channel,
        support=letter.support,
        addressee_unit=letter.addressee_unit,
        own_reference=letter.own_reference,
        own_reference_on=letter.own_reference_on,
        document_date=letter.document_date,
        reply_to=letter.reply_to,
    )
    _attach(correspondence, letter.attachments, kind=AttachmentKind.RECEIVED)
    return WorkItem.objects.create(
        correspondence=correspondence,
        organisation=letter.organisation,
        registry=letter.organisation.registry_unit(),
        confidentiality=letter.confidentiality,
    )


def _attach(correspondence, files, *, kind):
    start = correspondence.attachments.count()
    Attachment.objects.bulk_create(
        Attachment(correspondence=correspondence, file=stored, label=label, order=start + n, kind=kind)
        for n, (stored, label) in enumerate(files, start=1)
    )


def _enter(item, *, by, role, assurance="", redirected_from=""):
    """Take the arrival number: the last thing before the commit, with all its events in one append."""
    letter = item.correspondence
    files = [attachment.file.sha256 for attachment in letter.attachments.select_related("file")]
    body = {"channel": letter.channel, "files": files} | (
        {"redirected_from": redirected_from} if redirected_from else {}
    )
    accepted = EventDraft("deposit.accepted", letter.object_id, body, None, by, role, assurance)
    letter.entry = register_entry(
        EntryDraft(
            organisation=item.organisation,
            direction=Direction.ARRIVAL,
            subject=letter.subject,
            sender=letter.party.name,
            recipients=str(letter.addressee_unit or item.organisation),
            nature=letter.nature,
            channel=letter.channel,
            support=letter.support,
            document_date=letter.document_date,
            content_hash=_content_hash(letter, files),
            object_id=letter.object_id,
        ),
        by=by,
        role=role,
        events=lambda entry: [accepted],
    )
    letter.save(update_fields=["entry"])
    item.registered_at = letter.entry.registered_at
    item.started_on = effective_on(item.organisation, item.registered_at)
    item.due_on = item.effective_due_on()
    item.save(update_fields=["registered_at", "started_on", "due_on"])


def _content_hash(letter, files) -> str:
    """SHA-256 over what the sender wrote and the fingerprints of the files, in their order."""
    text = "\x1f".join([letter.subject, letter.message, *files])
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def assign(
    item,
    *,
    to_unit,
    by,
    role="",
    instruction="",
    note="",
    due_on=None,
    copies=(),
    coordinator=None,
    nature="",
    confidentiality=None,
    act_type=None,
):
    """Hand a registered letter to the one unit that must act on it, qualifying it in the same act.

    `due_on` asks for a nearer day than the law's; `copies` are units told for information. Tells the unit and the
    sender. Refused if somebody assigned it first (WrongState) or `by` may not (NotAllowed).
    """
    _refuse_if_assigned(item)
    step = permissions.treatment.check(by, item, Event.ASSIGN, role=role)
    _qualify(item, nature=nature, confidentiality=confidentiality, act_type=act_type)
    item.asked_due_on = due_on
    move(
        item,
        step,
        owner_unit=to_unit,
        coordinator=coordinator,
        asked_due_on=due_on,
        due_on=item.effective_due_on(),
        confidentiality=item.correspondence.confidentiality,
    )
    return _hand_over(item, to_unit, by=by, instruction=instruction, note=note, copies=copies, event="assigned")


def _refuse_if_assigned(item):
    """Lock the item; whoever comes second is told by whom, to which unit and when it was assigned."""
    now = WorkItem.objects.select_for_update(of=("self",)).get(pk=item.pk)
    first = item.assignments.select_related("by", "unit").first()
    if now.state in (Treatment.ASSIGNED, Treatment.IN_PROGRESS) and first:
        raise WrongState(
            _("%(person)s assigned this letter to “%(unit)s” on %(moment)s.")
            % {
                "person": first.by.get_full_name() if first.by else _("The installation"),
                "unit": first.unit,
                "moment": moment_text(first.at),
            },
            code="assigned_before",
        )


def _qualify(item, *, nature, confidentiality, act_type):
    letter = item.correspondence
    letter.nature = nature or letter.nature
    letter.act_type = act_type or letter.act_type
    letter.confidentiality = letter.confidentiality if confidentiality is None else confidentiality
    letter.save(update_fields=["nature", "act_type", "confidentiality"])


def _hand_over(item, unit, *, by, instruction, note, copies, event):
    assignment = item.assignments.create(unit=unit, instruction=instruction, note=note, by=by)
    if item.coordinator:
        item.assignments.create(unit=item.coordinator, role=AssignmentRole.COORDINATOR, by=by)
    for copy_unit in copies:
        if copy_unit != unit and Copy.objects.get_or_create(item=item, unit=copy_unit)[1]:
            _notify(item, copy_unit, "copied", by=by)
    record(f"correspondence.{event}", item, by=by, to_unit=unit.pk, instruction=instruction)
    _notify(item, unit, event, by=by)
    tell_sender(item, "assigned", unit={"ar": unit.name_ar, "fr": unit.name_fr})
    return assignment


@transaction.atomic
def reassign(item, *, to_unit, by, instruction, note="", copies=()):
    """Hand an assigned letter on to another unit, with a coded instruction. Tells that unit and the sender."""
    step = permissions.treatment.check(by, item, Event.REASSIGN)
    if to_unit == item.owner_unit:
        raise BusinessError(_("This unit is in charge already. Choose another one."), code="same_unit")
    move(item, step, owner_unit=to_unit, taken_by=None)
    return _hand_over(item, to_unit, by=by, instruction=instruction, note=note, copies=copies, event="reassigned")


@transaction.atomic
def take(item, *, by):
    """Take charge of an assigned letter for the unit; the sender reads who treats it (evidence C.3)."""
    step = permissions.treatment.check(by, item, Event.TAKE)
    move(item, step, taken_by=by)
    _evidence(item, "taken_in_charge", by=by, role="agent", unit=item.owner_unit.code)
    record("correspondence.taken", item, by=by)
    tell_sender(item, "taken", unit={"ar": item.owner_unit.name_ar, "fr": item.owner_unit.name_fr})


@transaction.atomic
def send_back(item, *, by, reason, note=""):
    """Return a wrongly assigned letter to the registry with a coded reason; the second time its head is told too."""
    step = permissions.treatment.check(by, item, Event.SEND_BACK)
    from_unit = item.owner_unit
    move(item, step, owner_unit=None, coordinator=None, taken_by=None, sent_back_count=item.sent_back_count + 1)
    _evidence(item, "sent_back", by=by, role="head", reason=reason)
    record("correspondence.sent_back", item, by=by, from_unit=from_unit.pk, reason=reason, note=note)
    _notify(item, item.registry, "sent_back", by=by, role=Role.CLERK, reason=reason)
    if item.sent_back_count > 1:
        _notify(item, item.registry, "sent_back_again", by=by, role=Role.HEAD)
    tell_sender(item, "sent_back")


@transaction.atomic
def request_pieces(item, *, by, text):
    """Ask the sender for missing documents, once: a numbered letter goes out, the clock stands still.

    The time to supply them is the act type's (15 days unless it says otherwise). Returns the PiecesRequest.
    """
    step = permissions.treatment.check(by, item, Event.REQUEST_PIECES)
    today = dates.today()
    act_type = item.correspondence.act_type
    days = act_type.pieces_days if act_type else ActType._meta.get_field("pieces_days").default
    move(item, step)
    request = PiecesRequest.objects.create(
        item=item, text=text, asked_on=today, due_on=today + timedelta(days=days), by=by
    )
    with translation.override(item.correspondence.language):
        subject = _("Missing documents")
    request.letter = _send_out(
        item, subject=subject, message=text, by=by, role="agent", sender=item.owner_unit, form=FormLetter.PIECES
    )
    request.save(update_fields=["letter"])
    _restart_clock(item)
    record("correspondence.pieces_requested", item, by=by, letter=request.letter.number)
    tell_sender(item, "pieces_requested", due_on=request.due_on.isoformat())
    return request


@transaction.atomic
def receive_pieces(item, *, files, message="", by=None, role=DEPOSITOR):
    """Add the documents that were asked for (from the sender, or by a clerk who received them); the clock runs again.

    `files` are (stored file, label). Tells the unit in charge and confirms to the sender. Refused with a sentence
    when nothing was asked for, or it was answered before.
    """
    step = permissions.treatment.check(by, item, Event.PIECES_RECEIVED, role=role)
    move(item, step)
    _attach(item.correspondence, files, kind=AttachmentKind.PIECE)
    request = item.pieces_request
    request.answer, request.answered_at, request.ended_on = message, timezone.now(), dates.today()
    request.save(update_fields=["answer", "answered_at", "ended_on"])
    _restart_clock(item)
    _evidence(item, "pieces.received", by=by, role=role, files=[stored.sha256 for stored, _label in files])
    record("correspondence.pieces_received", item, by=by, files=len(files))
    _notify(item, item.owner_unit, "pieces_received", by=by)
    tell_sender(item, "pieces_received")


@transaction.atomic
def expire_hold(item):
    """Close a letter whose missing documents did not come in time. Run by the clock; tells unit and sender."""
    step = permissions.treatment.check(None, item, Event.HOLD_EXPIRED, role=CLOCK)
    request = item.pieces_request
    request.ended_on = dates.today()
    request.save(update_fields=["ended_on"])
    _close(item, step, NoActionReason.PIECES_NOT_SUPPLIED)
    _evidence(item, "hold.expired", by=None, role=CLOCK)
    record("correspondence.hold_expired", item, by=None)
    _notify(item, item.owner_unit, "hold_expired", by=None)
    tell_sender(item, "hold_expired")


@transaction.atomic
def extend(item, *, by, ground):
    """Prolong the time limit once, by what the act type allows, on a coded ground. Tells the sender the new day."""
    step = permissions.treatment.check(by, item, Event.EXTEND)
    item.extension_days = item.correspondence.act_type.extension_days
    due_on = item.effective_due_on()
    move(item, step, extension_days=item.extension_days, extension_ground=ground, due_on=due_on, warned_percent=0)
    _evidence(item, "deadline.extended", by=by, role="head", ground=ground, due_on=due_on.isoformat())
    record("correspondence.extended", item, by=by, ground=ground, due_on=due_on.isoformat())
    tell_sender(item, "extended", due_on=due_on.isoformat(), ground=ground)


@transaction.atomic
def redirect(item, *, to_organisation, by, note=""):
    """Hand a letter that belongs to another body of this installation to its registry, under a number there.

    Closes it here; its files go along; the sender is told the new number. Returns the new WorkItem. Refused when the
    body is this one, or keeps no registry here.
    """
    step = permissions.treatment.check(by, item, Event.REDIRECT)
    if to_organisation == item.organisation or not to_organisation.is_hosted:
        raise BusinessError(_("Choose another administration that has its registry office here."), code="same_body")
    _close(item, step, NoActionReason.REDIRECTED, note)
    letter = item.correspondence
    copied = Party.objects.get(pk=letter.party_id)
    copied.pk, copied._state.adding, copied.is_directory = None, True, False
    files = [(one.file, one.label) for one in letter.attachments.select_related("file")]
    arrived = _write_letter(
        Letter(
            to_organisation,
            copied,
            letter.subject,
            message=letter.message,
            nature=letter.nature,
            confidentiality=letter.confidentiality,
            language=letter.language,
            channel=Channel.REDIRECTED,
            support=letter.support,
            own_reference=letter.own_reference,
            own_reference_on=letter.own_reference_on,
            document_date=letter.document_date,
            attachments=files,
        )
    )
    arrived.correspondence.redirected_from = letter
    arrived.correspondence.save(update_fields=["redirected_from"])
    _enter(arrived, by=None, role="clerk", redirected_from=letter.number)
    new_number = arrived.correspondence.number
    _evidence(item, "redirected", by=by, role="clerk", to=to_organisation.code, number=new_number)
    record("correspondence.redirected", item, by=by, number=new_number, note=note)
    _notify(arrived, arrived.registry, "registered", by=by, role=Role.CLERK)
    names = {"ar": to_organisation.name_ar, "fr": to_organisation.name_fr}
    tell_sender(item, "redirected", organisation=names, number=new_number)
    return arrived


@transaction.atomic
def no_action(item, *, by, reason, note=""):
    """Close a letter without a reply, with a coded reason the sender is told.

    A clerk may say it of what is no correspondence, a head of what needs no reply; other reasons are refused.
    """
    step = permissions.treatment.check(by, item, Event.NO_ACTION)
    allowed = CLERK_REASONS if item.state == Treatment.TO_QUALIFY else HEAD_REASONS
    if reason not in allowed:
        raise BusinessError(_("This reason does not fit the letter's state. Choose one of the list."), code="reason")
    _close(item, step, reason, note)
    code = "deposit.refused" if reason in (NoActionReason.SPAM, NoActionReason.NOT_CORRESPONDENCE) else "closed"
    _evidence(item, code, by=by, role="clerk" if allowed is CLERK_REASONS else "head", reason=reason)
    record("correspondence.no_action", item, by=by, reason=reason, note=note)
    tell_sender(item, "no_action", reason=reason)


@transaction.atomic
def mark_duplicate(item, *, first, by):
    """Close a letter that came twice; `first` is the item that goes on. The sender is told its number."""
    step = permissions.treatment.check(by, item, Event.DUPLICATE)
    if first.pk == item.pk or first.organisation_id != item.organisation_id or first.duplicate_of_id:
        raise BusinessError(_("Name the number of the first letter, in the same register."), code="first")
    _close(item, step, NoActionReason.DUPLICATE, duplicate_of=first)
    _evidence(item, "closed", by=by, role="head", reason=NoActionReason.DUPLICATE.value)
    record("correspondence.duplicate", item, by=by, first=first.correspondence.number)
    tell_sender(item, "duplicate", first_number=first.correspondence.number)


@transaction.atomic
def dispatch_answer(item, *, pdf: StoredFile, subject, signed_by, by, message=""):
    """Number a finished, hand-signed answer in the departure register and send it; the letter closes by itself.

    `pdf` is the stored answer, `signed_by` the signatory it names. The sender receives it on the tracking page (and
    a mail or a call). Returns the outgoing Correspondence. Refused unless the item is in progress, `by` heads its unit.
    """
    if pdf.kind != "pdf":
        raise BusinessError(_("The answer must be a PDF file."), code="not_pdf")
    draft = Correspondence(reply_to=item.correspondence, outgoing_state=OutgoingState.DRAFT)
    step = permissions.outgoing.check(by, draft, OutgoingEvent.DISPATCH_ANSWER)
    WorkItem.objects.select_for_update(of=("self",)).get(pk=item.pk)
    answer = _send_out(
        item,
        subject=subject,
        message=message,
        by=by,
        role="head",
        sender=item.owner_unit,
        files=[(pdf, "")],
        signed_by=signed_by,
        state=step.to,
    )
    close = permissions.treatment.check(None, item, Event.ANSWER, role=CLOCK)
    _close(item, close, NoActionReason.ANSWERED)
    record("correspondence.answered", item, by=by, reply=answer.number)
    tell_sender(item, "answered", reply_number=answer.number)
    return answer


def _send_out(
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
    _attach(letter, files, kind=AttachmentKind.OUTGOING)
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
            content_hash=_content_hash(letter, hashes),
            object_id=letter.object_id,
        ),
        by=by,
        role=role,
        events=lambda entry: [consigned],
    )
    letter.save(update_fields=["entry"])
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
        _attach(letter, [(stored, "")], kind=AttachmentKind.OUTGOING)
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


@transaction.atomic
def reach_deadline(item):
    """Record that the legal time limit of an open letter is over, with what silence means. Run by the clock, once.

    Silence that means acceptance is attested by a letter of its own. It is numbered in the departure register like any
    letter of the administration, so that whoever is shown it can ask for that line; it has no signatory but the seal.
    """
    step = permissions.treatment.check(None, item, Event.DEADLINE_REACHED, role=CLOCK)
    act_type, due_on = item.correspondence.act_type, item.legal_due_on().isoformat()
    effect = act_type.silence_effect
    move(item, step, deadline_reached_at=timezone.now())
    _evidence(item, "deadline.expired", by=None, role=CLOCK, due_on=due_on, silence_effect=effect)
    record("correspondence.deadline_reached", item, by=None, silence_effect=effect)
    _notify(item, item.owner_unit or item.registry, "deadline_reached", by=None, role=Role.HEAD)
    if effect == SilenceEffect.ACCEPTED:
        _attest_silence(item, due_on)
    else:
        told = "silence_refused" if effect == SilenceEffect.REFUSED else "deadline_reached"
        tell_sender(item, told, due_on=due_on)


def _attest_silence(item, due_on):
    letter = item.correspondence
    issuer = {
        "ar": letter.act_type.attestation_issuer_ar or item.organisation.name_ar,
        "fr": letter.act_type.attestation_issuer_fr or item.organisation.name_fr,
    }
    with translation.override(letter.language):
        subject = _("Attestation that silence means acceptance")
        message = _("Your request no. %(number)s received no reply within the legal time limit.") % {
            "number": ltr(letter.number)
        }
    sender = issuer.get(letter.language, issuer["ar"])
    attestation = _send_out(
        item, subject=subject, message=message, by=None, role=CLOCK, sender=sender, form=FormLetter.ATTESTATION
    )
    record("correspondence.attested", item, by=None, letter=attestation.number)
    tell_sender(item, "silence_accepted", due_on=due_on, issuer=issuer, letter_number=attestation.number)


@transaction.atomic
def reopen(item, *, by, note):
    """Open a closed letter again for the unit that closed it; the reason is kept, the sender told."""
    step = permissions.treatment.check(by, item, Event.REOPEN)
    move(item, step, closed_at=None, closing_reason="", closing_note="", duplicate_of=None)
    _evidence(item, "reopened", by=by, role="head")
    record("correspondence.reopened", item, by=by, note=note)
    tell_sender(item, "reopened")


@transaction.atomic
def read_copy(copy, *, by):
    """Note that a unit read its copy for information; the first reader counts."""
    if Copy.objects.filter(pk=copy.pk, read_at=None).update(read_at=timezone.now(), read_by=by):
        record("correspondence.copy_read", copy.item, by=by, unit=copy.unit_id)


@transaction.atomic
def ask_withdrawal(item, *, message):
    """Note the sender's wish to withdraw an open letter; the entry stays, the office decides. Asked once."""
    asked = (
        WorkItem.objects.open().filter(pk=item.pk, withdrawal_asked_at=None).update(withdrawal_asked_at=timezone.now())
    )
    if not asked:
        raise BusinessError(_("The withdrawal was asked for before, or the letter is closed."), code="too_late")
    _evidence(item, "withdrawal.asked", by=None, role=DEPOSITOR)
    record("correspondence.withdrawal_asked", item, by=None, message=message)
    _notify(item, item.owner_unit or item.registry, "withdrawal_asked", by=None)
    tell_sender(item, "withdrawal_asked")


@transaction.atomic
def use_link(link) -> bool:
    """Use up the link of a mail; says whether it was still unused."""
    used = TrackingLink.objects.usable().filter(pk=link.pk).update(used_at=timezone.now())
    if used:
        record("correspondence.link_used", link.item, by=None)
    return bool(used)


@transaction.atomic
def reissue_code(item, *, by, identity, note="") -> str:
    """Give the sender a new tracking code at the counter, once the clerk has checked who asks; tells the sender.

    Returns it as it is printed. Refused: NotAllowed to anybody but a clerk of the registry, and for a letter that has
    no receipt of this registry (it was handed on from another one).
    """
    receipt = receipt_for(item.correspondence.entry)
    if receipt is None or not permissions.can_reissue_code(by, item):
        raise NotAllowed()
    code = reissue_tracking_code(receipt, by=by, identity=identity, note=note)
    record("correspondence.code_reissued", item, by=by, identity=str(identity))
    tell_sender(item, "code_reissued")
    return code


@transaction.atomic
def finish_call(task, *, by):
    """Note that a sender who left only a phone was called. Refused when somebody did before, or `by` may not."""
    if not permissions.can_see_sender(by, task.item):
        raise NotAllowed()
    if not CallTask.objects.filter(pk=task.pk, done_at=None).update(done_at=timezone.now(), done_by=by):
        raise BusinessError(_("Somebody has called this sender already."), code="too_late")
    record("correspondence.called", task.item, by=by, about=task.notice.event)


def _close(item, step, reason, note="", duplicate_of=None):
    move(item, step, closed_at=timezone.now(), closing_reason=reason, closing_note=note, duplicate_of=duplicate_of)


def _restart_clock(item):
    """Store the due date again after a pause began or ended."""
    item.due_on = item.effective_due_on()
    item.save(update_fields=["due_on"])


def _evidence(item, code, *, by, role, **body):
    letter = item.correspondence
    append([EventDraft(code, letter.object_id, body, None, by, role, "", letter.entry)])


def _notify(item, unit, event, *, by, role=None, **data):
    """Tell the holders of posts in `unit`; a confidential subject stays masked."""
    letter = item.correspondence
    data |= {"number": letter.number, "subject": letter.shown_subject()}
    notify(unit, f"correspondence.{event}", by=by, url=item.get_absolute_url(), role=role, **data)
