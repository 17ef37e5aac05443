"""Letters that come in: registered over portal or counter, or handed on from another body."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from core import sql
from core.audit.operations import record
from core.evidence.models import Receipt
from core.evidence.operations import EntryDraft, EventDraft, register_entry
from core.evidence.receipts import issue_receipt
from core.exceptions import BusinessError, NotAllowed
from core.files.models import StoredFile
from core.indexing import reindex_after_commit
from core.organisations.calendar import Calendar
from core.organisations.enums import Role
from core.outbox.operations import enqueue
from core.registers.enums import Direction
from core.states import DEPOSITOR, RULE
from eservices.correspondence import permissions
from eservices.correspondence.enums import (
    AttachmentKind,
    Channel,
    Confidentiality,
    Event,
    Nature,
    NoActionReason,
    Support,
)
from eservices.correspondence.facts import receipt_facts
from eservices.correspondence.models import ActType, Attachment, Correspondence, Party, WorkItem
from eservices.correspondence.operations.common import attach, close_item, content_hash, tell_unit, write_evidence
from eservices.correspondence.operations.treatment import assign
from eservices.correspondence.sender import tell_sender

ARRIVING = (Party, Correspondence, WorkItem, Receipt)  # what is made of a letter, one of each, with keys asked for


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


def register_incoming(
    letter: Letter, *, by=None, role=DEPOSITOR, assurance="declared", declarations=(), missing_pieces=()
) -> Registered:
    """Write a letter into the arrival register and issue its receipt, the same for portal and counter.

    Tells the sender (mail or call task), and the registry after the commit; a type that assigns itself is handed on at
    once. Refused: NotAllowed when `by` does not keep this registry. Everything slow (files) has happened before.
    """
    if by is not None and not permissions.can_register_paper(by, letter.organisation):
        raise NotAllowed()
    with transaction.atomic(savepoint=False), sql.together(keys_of=ARRIVING):
        return _register(letter, by, role, assurance, declarations, missing_pieces)


def _register(letter, by, role, assurance, declarations, missing_pieces):
    item, attachments = _enter(letter, by=by, role=role, assurance=assurance)
    facts = receipt_facts(
        item, attachments, assurance=assurance, declarations=declarations, missing_pieces=missing_pieces
    )
    issued = issue_receipt(item.correspondence.entry, facts, language=letter.language, by=by)
    reindex_after_commit(item, access=True)
    record("correspondence.registered", item, by=by, channel=letter.channel)
    tell_sender(item, "registered")
    if letter.act_type and letter.act_type.assigns_itself and letter.act_type.unit:
        sql.settle()
        assign(item, to_unit=letter.act_type.unit, by=None, role=RULE)
    else:
        enqueue("correspondence.tell_registry", {"item": item.pk, "by": by.pk if by else None})
    return Registered(item, issued.receipt, issued.tracking_code)


@transaction.atomic
def redirect(item, *, to_organisation, by, note=""):
    """Hand a letter that belongs to another body of this installation to its registry, under a number there.

    Closes it here; its files go along; the sender is told the new number. Returns the new WorkItem. Refused when the
    body is this one, or keeps no registry here.
    """
    step = permissions.treatment.check(by, item, Event.REDIRECT)
    if to_organisation == item.organisation or not to_organisation.is_hosted:
        raise BusinessError(_("Choose another administration that has its registry office here."), code="same_body")
    close_item(item, step, NoActionReason.REDIRECTED, note)
    letter = item.correspondence
    copied = Party.objects.get(pk=letter.party_id)
    copied.pk, copied._state.adding, copied.is_directory = None, True, False
    files = [(one.file, one.label) for one in letter.attachments.select_related("file")]
    arrived, _attachments = _enter(
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
        ),
        by=None,
        role="clerk",
        redirected_from=letter,
    )
    new_number = arrived.correspondence.number
    reindex_after_commit(arrived, access=True)
    write_evidence(item, "redirected", by=by, role="clerk", to=to_organisation.code, number=new_number)
    record("correspondence.redirected", item, by=by, number=new_number, note=note)
    tell_unit(arrived, arrived.registry, "registered", by=by, role=Role.CLERK)
    names = {"ar": to_organisation.name_ar, "fr": to_organisation.name_fr}
    tell_sender(item, "redirected", organisation=names, number=new_number)
    return arrived


def _enter(letter: Letter, *, by, role, assurance="", redirected_from=None) -> tuple[WorkItem, list[Attachment]]:
    """The letter with its arrival number; from the number on everybody else who registers waits for the commit.

    What needs no number is looked up before it, and asked to be written.
    """
    organisation, party = letter.organisation, letter.party
    registry = organisation.registry_unit()
    days = Calendar(organisation)
    party.organisation = organisation
    sql.create(party)
    written = _correspondence(letter, redirected_from)
    files = [stored.sha256 for stored, _label in letter.attachments]
    written.entry = _number(written, files, by=by, role=role, assurance=assurance, redirected_from=redirected_from)
    sql.create(written)
    attachments = attach(written, letter.attachments, kind=AttachmentKind.RECEIVED, after=0)
    item = WorkItem(
        correspondence=written,
        organisation=organisation,
        registry=registry,
        confidentiality=letter.confidentiality,
        registered_at=written.entry.registered_at,
        started_on=days.effective_on(written.entry.registered_at),
    )
    item.due_on = item.effective_due_on()
    sql.create(item)
    return item, attachments


def _correspondence(letter, redirected_from) -> Correspondence:
    return Correspondence(
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
        redirected_from=redirected_from,
    )


def _number(letter, files, *, by, role, assurance, redirected_from):
    """Take the arrival number, with the fact of acceptance in the same append."""
    body = {"channel": letter.channel, "files": files}
    if redirected_from:
        body["redirected_from"] = redirected_from.number
    accepted = EventDraft("deposit.accepted", letter.object_id, body, None, by, role, assurance)
    return register_entry(
        EntryDraft(
            organisation=letter.organisation,
            direction=Direction.ARRIVAL,
            subject=letter.subject,
            sender=letter.party.name,
            recipients=str(letter.addressee_unit or letter.organisation),
            nature=letter.nature,
            channel=letter.channel,
            support=letter.support,
            document_date=letter.document_date,
            content_hash=content_hash(letter, files),
            object_id=letter.object_id,
        ),
        by=by,
        role=role,
        facts=[accepted],
    )
