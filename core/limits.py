"""How often somebody may do something: counted in the shared cache, so that every web process counts together."""

from datetime import timedelta

from django.core.cache import cache
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from core.exceptions import BusinessError


class TooMany(BusinessError):
    """Answered with 429; `retry_after` is in seconds."""

    code = "too_many"

    def __init__(self, message=_("Too many attempts in a short time. Wait a little and try again."), *, retry_after=60):
        self.retry_after = retry_after
        super().__init__(message)


def allow(scope: str, who: str, *, limit: int, per: timedelta) -> bool:
    """Take one of `limit` places of `who` in `scope`; each is free again after `per`. False: none is left.

    Two processes never get the same place (`cache.add`). `who` (an address, a draft) is stored as a keyed hash only.
    """
    name = salted_hmac("core.limits", f"{scope}\0{who}", algorithm="sha256").hexdigest()[:40]
    places = [f"limit:{name}:{number}" for number in range(limit)]
    taken = cache.get_many(places)
    free = (place for place in places if place not in taken)
    return any(cache.add(place, 1, timeout=per.total_seconds()) for place in free)


def check(scope: str, who: str, *, limit: int, per: timedelta) -> None:
    """As `allow`, but refuses with TooMany."""
    if not allow(scope, who, limit=limit, per=per):
        raise TooMany(retry_after=int(per.total_seconds()))
