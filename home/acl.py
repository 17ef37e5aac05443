"""Who may read pages, as tokens that say the same as `home.models.pages_visible_to`."""

from core.organisations.acl import EVERYBODY, STAFF
from home.enums import Audience


def acl_of(page) -> frozenset[str]:
    return frozenset({EVERYBODY if page.audience == Audience.PUBLIC else STAFF})


def acl_tokens_of(user) -> frozenset[str]:
    """None of its own: what organisations give is enough."""
    return frozenset()
