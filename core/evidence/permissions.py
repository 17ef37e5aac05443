"""Who may do what to a line of the register. Asking and confirming an annulment take two clerks."""

from core.evidence.enums import RequestState
from core.evidence.models import AnnulmentRequest
from core.organisations.enums import Role
from core.organisations.permissions import has_role


def can_keep_register(user, entry) -> bool:
    """A clerk of the organisation whose register it is."""
    return has_role(user, Role.CLERK, organisation=entry.register.organisation_id)


def can_ask_annulment(user, entry) -> bool:
    return entry.is_valid and can_keep_register(user, entry) and open_request(entry) is None


def can_confirm_annulment(user, entry) -> bool:
    """Another clerk than the one who asked."""
    request = open_request(entry)
    return request is not None and request.asked_by_id != user.pk and can_keep_register(user, entry)


def can_decline_annulment(user, entry) -> bool:
    """Any clerk, also the one who asked and thought better of it."""
    return open_request(entry) is not None and can_keep_register(user, entry)


def can_rectify(user, entry) -> bool:
    return can_ask_annulment(user, entry)


def can_erase_body(user, entry) -> bool:
    """The administrator carries out what the law on personal data demands."""
    return has_role(user, Role.ADMINISTRATOR, organisation=entry.register.organisation_id)


def open_request(entry) -> AnnulmentRequest | None:
    """The undecided request to annul this entry, if there is one."""
    return AnnulmentRequest.objects.filter(entry=entry, state=RequestState.ASKED).select_related("asked_by").first()
