"""What the registry, the units and the clock do with a letter, by the treatment table of `enums.py`."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from core import dates
from core.audit.operations import record
from core.exceptions import BusinessError, WrongState
from core.files.models import StoredFile
from core.formats import moment_text
from core.indexing import reindex_after_commit
from core.organisations.enums import Role
from core.states import CLOCK, DEPOSITOR, move
from core.text import ltr
from eservices.correspondence import permissions
from eservices.correspondence.enums import (
    CLERK_REASONS,
    HEAD_REASONS,
    AssignmentRole,
    AttachmentKind,
    Event,
    FormLetter,
    NoActionReason,
    OutgoingEvent,
    OutgoingState,
    SilenceEffect,
    Treatment,
)
from eservices.correspondence.models import ActType, Copy, Correspondence, PiecesRequest, WorkItem
from eservices.correspondence.operations.common import attach, close_item, tell_unit, write_evidence
from eservices.correspondence.operations.departure import send_out
from eservices.correspondence.sender import tell_sender


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
    write_evidence(item, "taken_in_charge", by=by, role="agent", unit=item.owner_unit.code)
    record("correspondence.taken", item, by=by)
    reindex_after_commit(item)
    tell_sender(item, "taken", unit={"ar": item.owner_unit.name_ar, "fr": item.owner_unit.name_fr})


@transaction.atomic
def send_back(item, *, by, reason, note=""):
    """Return a wrongly assigned letter to the registry with a coded reason; the second time its head is told too."""
    step = permissions.treatment.check(by, item, Event.SEND_BACK)
    from_unit = item.owner_unit
    move(item, step, owner_unit=None, coordinator=None, taken_by=None, sent_back_count=item.sent_back_count + 1)
    write_evidence(item, "sent_back", by=by, role="head", reason=reason)
    reindex_after_commit(item, access=True)
    record("correspondence.sent_back", item, by=by, from_unit=from_unit.pk, reason=reason, note=note)
    tell_unit(item, item.registry, "sent_back", by=by, role=Role.CLERK, reason=reason)
    if item.sent_back_count > 1:
        tell_unit(item, item.registry, "sent_back_again", by=by, role=Role.HEAD)
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
    request.letter = send_out(
        item, subject=subject, message=text, by=by, role="agent", sender=item.owner_unit, form=FormLetter.PIECES
    )
    request.save(update_fields=["letter"])
    _restart_clock(item)
    reindex_after_commit(item)
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
    attach(item.correspondence, files, kind=AttachmentKind.PIECE)
    request = item.pieces_request
    request.answer, request.answered_at, request.ended_on = message, timezone.now(), dates.today()
    request.save(update_fields=["answer", "answered_at", "ended_on"])
    _restart_clock(item)
    write_evidence(item, "pieces.received", by=by, role=role, files=[stored.sha256 for stored, _label in files])
    reindex_after_commit(item)
    record("correspondence.pieces_received", item, by=by, files=len(files))
    tell_unit(item, item.owner_unit, "pieces_received", by=by)
    tell_sender(item, "pieces_received")


@transaction.atomic
def expire_hold(item):
    """Close a letter whose missing documents did not come in time. Run by the clock; tells unit and sender."""
    step = permissions.treatment.check(None, item, Event.HOLD_EXPIRED, role=CLOCK)
    request = item.pieces_request
    request.ended_on = dates.today()
    request.save(update_fields=["ended_on"])
    close_item(item, step, NoActionReason.PIECES_NOT_SUPPLIED)
    write_evidence(item, "hold.expired", by=None, role=CLOCK)
    record("correspondence.hold_expired", item, by=None)
    tell_unit(item, item.owner_unit, "hold_expired", by=None)
    tell_sender(item, "hold_expired")


@transaction.atomic
def extend(item, *, by, ground):
    """Prolong the time limit once, by what the act type allows, on a coded ground. Tells the sender the new day."""
    step = permissions.treatment.check(by, item, Event.EXTEND)
    item.extension_days = item.correspondence.act_type.extension_days
    due_on = item.effective_due_on()
    move(item, step, extension_days=item.extension_days, extension_ground=ground, due_on=due_on, warned_percent=0)
    write_evidence(item, "deadline.extended", by=by, role="head", ground=ground, due_on=due_on.isoformat())
    record("correspondence.extended", item, by=by, ground=ground, due_on=due_on.isoformat())
    tell_sender(item, "extended", due_on=due_on.isoformat(), ground=ground)


@transaction.atomic
def no_action(item, *, by, reason, note=""):
    """Close a letter without a reply, with a coded reason the sender is told.

    A clerk may say it of what is no correspondence, a head of what needs no reply; other reasons are refused.
    """
    step = permissions.treatment.check(by, item, Event.NO_ACTION)
    allowed = CLERK_REASONS if item.state == Treatment.TO_QUALIFY else HEAD_REASONS
    if reason not in allowed:
        raise BusinessError(_("This reason does not fit the letter's state. Choose one of the list."), code="reason")
    close_item(item, step, reason, note)
    code = "deposit.refused" if reason in (NoActionReason.SPAM, NoActionReason.NOT_CORRESPONDENCE) else "closed"
    write_evidence(item, code, by=by, role="clerk" if allowed is CLERK_REASONS else "head", reason=reason)
    record("correspondence.no_action", item, by=by, reason=reason, note=note)
    tell_sender(item, "no_action", reason=reason)


@transaction.atomic
def mark_duplicate(item, *, first, by):
    """Close a letter that came twice; `first` is the item that goes on. The sender is told its number."""
    step = permissions.treatment.check(by, item, Event.DUPLICATE)
    if first.pk == item.pk or first.organisation_id != item.organisation_id or first.duplicate_of_id:
        raise BusinessError(_("Name the number of the first letter, in the same register."), code="first")
    close_item(item, step, NoActionReason.DUPLICATE, duplicate_of=first)
    write_evidence(item, "closed", by=by, role="head", reason=NoActionReason.DUPLICATE.value)
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
    answer = send_out(
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
    step = permissions.treatment.check(None, item, Event.ANSWER, role=CLOCK)
    close_item(item, step, NoActionReason.ANSWERED)
    record("correspondence.answered", item, by=by, reply=answer.number)
    tell_sender(item, "answered", reply_number=answer.number)
    return answer


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
    write_evidence(item, "deadline.expired", by=None, role=CLOCK, due_on=due_on, silence_effect=effect)
    record("correspondence.deadline_reached", item, by=None, silence_effect=effect)
    tell_unit(item, item.owner_unit or item.registry, "deadline_reached", by=None, role=Role.HEAD)
    if effect == SilenceEffect.ACCEPTED:
        _attest_silence(item, due_on)
    else:
        told = "silence_refused" if effect == SilenceEffect.REFUSED else "deadline_reached"
        tell_sender(item, told, due_on=due_on)


@transaction.atomic
def reopen(item, *, by, note):
    """Open a closed letter again for the unit that closed it; the reason is kept, the sender told."""
    step = permissions.treatment.check(by, item, Event.REOPEN)
    move(item, step, closed_at=None, closing_reason="", closing_note="", duplicate_of=None)
    write_evidence(item, "reopened", by=by, role="head")
    reindex_after_commit(item)
    record("correspondence.reopened", item, by=by, note=note)
    tell_sender(item, "reopened")


@transaction.atomic
def read_copy(copy, *, by):
    """Note that a unit read its copy for information; the first reader counts."""
    if Copy.objects.filter(pk=copy.pk, read_at=None).update(read_at=timezone.now(), read_by=by):
        record("correspondence.copy_read", copy.item, by=by, unit=copy.unit_id)


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
            tell_unit(item, copy_unit, "copied", by=by)
    reindex_after_commit(item, access=True)
    record(f"correspondence.{event}", item, by=by, to_unit=unit.pk, instruction=instruction)
    tell_unit(item, unit, event, by=by)
    tell_sender(item, "assigned", unit={"ar": unit.name_ar, "fr": unit.name_fr})
    return assignment


def _restart_clock(item):
    """Store the due date again after a pause began or ended."""
    item.due_on = item.effective_due_on()
    item.save(update_fields=["due_on"])


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
    attestation = send_out(
        item, subject=subject, message=message, by=None, role=CLOCK, sender=sender, form=FormLetter.ATTESTATION
    )
    record("correspondence.attested", item, by=None, letter=attestation.number)
    tell_sender(item, "silence_accepted", due_on=due_on, issuer=issuer, letter_number=attestation.number)
