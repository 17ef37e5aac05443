"""What the clock does with drafts."""

from django.utils import timezone

from eservices.deposit import operations
from eservices.deposit.models import Draft


def _ending_soon():
    soon = timezone.now() + operations.WARNED_BEFORE
    return Draft.objects.open().filter(expires_at__lte=soon, warned_at=None)


def is_wanted() -> bool:
    """Whether any draft has to be warned of or ended."""
    return Draft.objects.overdue().exists() or _ending_soon().exists()


def end_drafts() -> None:
    """Warn depositors three days before their draft ends, and end those whose time is over."""
    for draft in _ending_soon().iterator():
        if draft.email:
            operations.warn_before_expiry(draft)
    for draft in Draft.objects.overdue().iterator():
        operations.expire(draft)
