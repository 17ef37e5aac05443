"""What states a letter's treatment and delivery know, and what may follow: literal tables, read by core.states."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.states import CLOCK, DEPOSITOR, RULE, Transition


class Confidentiality(models.IntegerChoices):
    """The same scale as `organisations.Clearance`: a person needs at least the letter's level."""

    NORMAL = 0, _("normal")
    RESTRICTED = 1, _("restricted")
    CONFIDENTIAL = 2, _("confidential")


class Channel(models.TextChoices):
    PORTAL = "portal", _("deposit portal")
    COUNTER = "counter", _("at the counter")
    POST = "post", _("by post")
    REDIRECTED = "redirected", _("redirected by another administration")


class Support(models.TextChoices):
    ELECTRONIC = "electronic", _("electronic")
    PAPER = "paper", _("paper")


class Nature(models.TextChoices):
    LETTER = "letter", _("letter")
    REQUEST = "request", _("request")
    APPEAL = "appeal", _("administrative appeal")
    REPORT = "report", _("report")
    INVITATION = "invitation", _("invitation")
    INVOICE = "invoice", _("invoice")
    TRANSMISSION = "transmission", _("transmission of documents")
    REPLY = "reply", _("reply")


class PartyKind(models.TextChoices):
    PERSON = "person", _("citizen")
    COMPANY = "company", _("company")
    ASSOCIATION = "association", _("association")
    ADMINISTRATION = "administration", _("administration")


class SilenceEffect(models.TextChoices):
    """What the law makes of an administration's silence at the end of the time limit (law 55-19, art. 15-19)."""

    NONE = "none", _("silence has no effect of its own")
    ACCEPTED = "accepted", _("silence means acceptance")
    REFUSED = "refused", _("silence means refusal")


class AttachmentKind(models.TextChoices):
    RECEIVED = "received", _("received with the letter")
    PIECE = "piece", _("supplied on request")
    OUTGOING = "outgoing", _("outgoing letter")


class FormLetter(models.TextChoices):
    """An outgoing letter whose PDF the worker makes; any other one comes with its finished PDF."""

    PIECES = "pieces", _("request for missing documents")
    ATTESTATION = "attestation", _("attestation that silence means acceptance")


class AssignmentRole(models.TextChoices):
    OWNER = "owner", _("in charge")
    COORDINATOR = "coordinator", _("coordinates")


class Instruction(models.TextChoices):
    """The coded instructions of an assignment, as written on paper letters."""

    ACTION = "action", _("for action")
    REPLY = "reply", _("to prepare the reply")
    OPINION = "opinion", _("for study and opinion")
    DISCUSS = "discuss", _("to discuss with me")
    USEFUL = "useful", _("for any useful purpose")
    COMPETENCE = "competence", _("within your competence")


class NoActionReason(models.TextChoices):
    SPAM = "spam", _("unsolicited advertising or automatic message")
    NOT_CORRESPONDENCE = "not_correspondence", _("not a correspondence addressed to an administration")
    COMPLAINT_CHANNEL = "complaint_channel", _("a complaint: it has its own channel and time limits")
    NOTHING_ASKED = "nothing_asked", _("for information, calls for no reply")
    WITHDRAWN = "withdrawn", _("withdrawn by the sender")
    PIECES_NOT_SUPPLIED = "pieces_not_supplied", _("the missing documents did not arrive in time")
    ANSWERED = "answered", _("answered")
    DUPLICATE = "duplicate", _("the same letter was registered before")
    REDIRECTED = "redirected", _("handed to the competent administration")


# What a clerk may say of a deposit that is no letter, and what a head may say of one that needs no reply.
CLERK_REASONS = (
    NoActionReason.SPAM,
    NoActionReason.NOT_CORRESPONDENCE,
    NoActionReason.COMPLAINT_CHANNEL,
    NoActionReason.WITHDRAWN,
)
HEAD_REASONS = (NoActionReason.NOTHING_ASKED, NoActionReason.WITHDRAWN, NoActionReason.COMPLAINT_CHANNEL)


class ExtensionGround(models.TextChoices):
    OPINION = "opinion", _("an opinion of another body is needed")
    INQUIRY = "inquiry", _("an inquiry on the spot is needed")
    COMPLEX = "complex", _("the file is of particular complexity")


class SendBackReason(models.TextChoices):
    WRONG_UNIT = "wrong_unit", _("not within the competence of this unit")
    INCOMPLETE = "incomplete", _("documents of the letter are missing or unreadable")
    WRONG_QUALIFICATION = "wrong_qualification", _("nature or type of the letter is wrong")


class Treatment(models.TextChoices):
    TO_QUALIFY = "to_qualify", _("to be assigned")
    ASSIGNED = "assigned", _("assigned")
    IN_PROGRESS = "in_progress", _("in progress")
    ON_HOLD = "on_hold", _("waiting for documents")
    CLOSED = "closed", _("closed")
    ARCHIVED = "archived", pgettext_lazy("treatment", "archived")


OPEN = (Treatment.TO_QUALIFY, Treatment.ASSIGNED, Treatment.IN_PROGRESS, Treatment.ON_HOLD)


class Event(models.TextChoices):
    ASSIGN = "assign", _("assign")
    TAKE = "take", _("take charge")
    REASSIGN = "reassign", _("reassign")
    SEND_BACK = "send_back", _("send back to the registry office")
    REQUEST_PIECES = "request_pieces", _("ask for missing documents")
    PIECES_RECEIVED = "pieces_received", _("documents received")
    HOLD_EXPIRED = "hold_expired", _("time for the documents over")
    EXTEND = "extend", _("extend the time limit")
    REDIRECT = "redirect", _("redirect to the competent administration")
    ANSWER = "answer", _("answered")
    NO_ACTION = "no_action", _("close without a reply")
    DUPLICATE = "duplicate", _("close as a duplicate")
    DEADLINE_REACHED = "deadline_reached", _("time limit reached")
    REOPEN = "reopen", _("reopen")


S, E, T = Treatment, Event, Transition
_REDIRECT = {E.REDIRECT: T(S.CLOSED, ("clerk",))}

TREATMENT = {
    S.TO_QUALIFY: {
        E.ASSIGN: T(S.ASSIGNED, ("clerk", "registry_head", RULE)),
        **_REDIRECT,
        E.NO_ACTION: T(S.CLOSED, ("clerk",)),
        E.DEADLINE_REACHED: T(S.TO_QUALIFY, (CLOCK,), ("deadline_not_recorded", "legal_time_over")),
    },
    S.ASSIGNED: {
        E.TAKE: T(S.IN_PROGRESS, ("owner_unit",)),
        E.REASSIGN: T(S.ASSIGNED, ("head", "clerk")),
        E.SEND_BACK: T(S.TO_QUALIFY, ("head",)),
        **_REDIRECT,
        E.DEADLINE_REACHED: T(S.ASSIGNED, (CLOCK,), ("deadline_not_recorded", "legal_time_over")),
    },
    S.IN_PROGRESS: {
        E.REQUEST_PIECES: T(S.ON_HOLD, ("owner_unit",), ("pieces_never_requested",)),
        E.EXTEND: T(S.IN_PROGRESS, ("head",), ("has_time_limit", "type_allows_extension", "never_extended")),
        E.REASSIGN: T(S.ASSIGNED, ("head", "clerk")),
        E.NO_ACTION: T(S.CLOSED, ("head",)),
        E.DUPLICATE: T(S.CLOSED, ("head",)),
        **_REDIRECT,
        E.ANSWER: T(S.CLOSED, (CLOCK,), ("answer_dispatched",)),
        E.DEADLINE_REACHED: T(S.IN_PROGRESS, (CLOCK,), ("deadline_not_recorded", "legal_time_over")),
    },
    S.ON_HOLD: {
        E.PIECES_RECEIVED: T(S.IN_PROGRESS, (DEPOSITOR, "clerk")),
        E.HOLD_EXPIRED: T(S.CLOSED, (CLOCK,), ("pieces_overdue",)),
        **_REDIRECT,
        E.DEADLINE_REACHED: T(S.ON_HOLD, (CLOCK,), ("deadline_not_recorded", "legal_time_over")),
    },
    S.CLOSED: {E.REOPEN: T(S.IN_PROGRESS, ("head",), ("closed_by_the_unit",))},
    S.ARCHIVED: {},
}


class OutgoingState(models.TextChoices):
    """Of an outgoing letter whose nature has no signature circuit: a finished PDF is numbered and sent in one act."""

    DRAFT = "draft", pgettext_lazy("outgoing letter", "draft")
    DISPATCHED = "dispatched", _("dispatched")


class OutgoingEvent(models.TextChoices):
    DISPATCH_ANSWER = "dispatch_answer", _("send the answer")


OUTGOING = {
    OutgoingState.DRAFT: {
        OutgoingEvent.DISPATCH_ANSWER: T(OutgoingState.DISPATCHED, ("head",), ("answered_item_in_progress",)),
    },
    OutgoingState.DISPATCHED: {},
}


class DeliveryState(models.TextChoices):
    DELIVERED = "delivered", _("delivered")
    OPENED = "opened", _("opened")


class DeliveryEvent(models.TextChoices):
    OPEN = "open", _("open")


DELIVERY = {
    DeliveryState.DELIVERED: {DeliveryEvent.OPEN: T(DeliveryState.OPENED, (DEPOSITOR,))},
    DeliveryState.OPENED: {},
}
