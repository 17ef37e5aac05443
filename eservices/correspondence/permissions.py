"""Who may do what to a letter: the functions behind the names in the tables of `enums.py`. Reads only."""

from django.utils.translation import gettext as _

from core import dates
from core.organisations.enums import Role
from core.organisations.permissions import clearance_of, has_role, unit_ids_of
from core.states import Machine
from eservices.correspondence.enums import (
    DELIVERY,
    OUTGOING,
    TREATMENT,
    DeliveryEvent,
    DeliveryState,
    Event,
    NoActionReason,
    OutgoingEvent,
    OutgoingState,
    Treatment,
)


def _cleared(user, item, unit_id) -> bool:
    return clearance_of(user, unit_id) >= item.confidentiality


def _acts_in(user, item, unit_id, *roles) -> bool:
    return any(unit_id in unit_ids_of(user, role=role) for role in roles) and _cleared(user, item, unit_id)


def is_clerk(user, item) -> bool:
    return _acts_in(user, item, item.registry_id, Role.CLERK)


def is_registry_head(user, item) -> bool:
    return _acts_in(user, item, item.registry_id, Role.HEAD)


def is_owner_unit(user, item) -> bool:
    return _acts_in(user, item, item.owner_unit_id, Role.AGENT, Role.HEAD)


def is_head(user, item) -> bool:
    return _acts_in(user, item, item.owner_unit_id, Role.HEAD)


def _has_time_limit(item):
    return "" if item.due_on else _("No time limit runs for this letter, so there is nothing to extend.")


def _type_allows_extension(item):
    act_type = item.correspondence.act_type
    if act_type and act_type.extension_days:
        return ""
    return _("The type of this letter does not provide for an extension.")


def _never_extended(item):
    return _("The time limit was extended before; the law allows it once.") if item.extension_days else ""


def _pieces_never_requested(item):
    if hasattr(item, "pieces_request"):
        return _("Missing documents were asked for before; the law allows it once.")
    return ""


def _pieces_overdue(item):
    return "" if item.pieces_request.answered_at is None else _("The documents have arrived.")


def _deadline_not_recorded(item):
    return _("The end of the time limit is recorded already.") if item.deadline_reached_at else ""


def _legal_time_over(item):
    due_on = item.legal_due_on()  # not the nearer day somebody asked for
    return "" if due_on and due_on < dates.today() else _("The legal time limit is not over.")


def _answer_dispatched(item):
    sent = item.correspondence.replies.filter(outgoing_state=OutgoingState.DISPATCHED, entry__isnull=False)
    return "" if sent.exists() else _("No answer has been sent yet.")


def _closed_by_the_unit(item):
    if item.owner_unit_id is None or item.closing_reason == NoActionReason.REDIRECTED:
        return _("It was closed by the registry office: nobody is in charge of it here.")
    return ""


treatment = Machine(
    Treatment,
    Event,
    TREATMENT,
    actors={
        "clerk": is_clerk,
        "registry_head": is_registry_head,
        "owner_unit": is_owner_unit,
        "head": is_head,
    },
    guards={
        "has_time_limit": _has_time_limit,
        "type_allows_extension": _type_allows_extension,
        "never_extended": _never_extended,
        "pieces_never_requested": _pieces_never_requested,
        "pieces_overdue": _pieces_overdue,
        "deadline_not_recorded": _deadline_not_recorded,
        "legal_time_over": _legal_time_over,
        "answer_dispatched": _answer_dispatched,
        "closed_by_the_unit": _closed_by_the_unit,
    },
)


def _heads_answered_item(user, letter) -> bool:
    return is_head(user, letter.reply_to.item)


def _answered_item_in_progress(letter):
    if letter.reply_to.item.state == Treatment.IN_PROGRESS:
        return ""
    return _("Only a letter in progress can be answered: take charge of it first.")


outgoing = Machine(
    OutgoingState,
    OutgoingEvent,
    OUTGOING,
    actors={"head": _heads_answered_item},
    guards={"answered_item_in_progress": _answered_item_in_progress},
    field="outgoing_state",
)

delivery = Machine(DeliveryState, DeliveryEvent, DELIVERY, actors={}, guards={})


def can_dispatch_answer(user, item) -> bool:
    """Whether `user` may number and send the answer to `item` now."""
    return is_head(user, item) and item.state == Treatment.IN_PROGRESS


def can_register_paper(user, organisation) -> bool:
    """Whether `user` keeps the registry of `organisation` and may register what lies on its counter."""
    return has_role(user, Role.CLERK, organisation=organisation)


def can_reissue_code(user, item) -> bool:
    """Whether `user` keeps the registry that wrote this letter in, and may give its sender a new tracking code."""
    return is_clerk(user, item)


def can_see_sender(user, item) -> bool:
    """Whether contacts of the sender may be shown: to those who treat the letter, not to readers of a copy."""
    return is_clerk(user, item) or is_registry_head(user, item) or is_owner_unit(user, item)
