"""The depositor's cookie: tokens of drafts begun in this browser, the current one first, so that receipts stay open."""

from django.conf import settings
from django.core import signing

from core import sql
from eservices.deposit.models import LIFETIME, Draft, token_hash

NAME = "__Host-deposit" if settings.SECURE_COOKIES else "deposit"
KEPT = 8
TYPED = "__Host-typed" if settings.SECURE_COOKIES else "typed"
TYPED_SECONDS = 120
LONGEST_TYPED = 200


def tokens(request) -> list[str]:
    return [token for token in request.COOKIES.get(NAME, "").split(".")[:KEPT] if token]


def current_draft(request) -> Draft | None:
    """The draft this browser works on: open, deposited or expired; None when it never began one."""
    if not hasattr(request, "_draft"):
        held = tokens(request)
        request._draft = sql.find(Draft, token_hash=token_hash(held[0])) if held else None
    return request._draft


def remember(request, response, draft):
    """Make `draft` the current one of this browser, for as long as it lives."""
    held = [draft.token, *(token for token in tokens(request) if token != draft.token)][:KEPT]
    response.set_cookie(
        NAME,
        ".".join(held),
        max_age=LIFETIME,
        secure=settings.SECURE_COOKIES,
        httponly=True,
        samesite="Lax",
    )
    return response


def forget(response):
    """Leave nothing of drafts and receipts in this browser, for computers that others use too."""
    response.delete_cookie(NAME, samesite="Lax")
    return response


def keep_typed(response, text: str):
    """Carry a wrong answer over to the page that shows it again, where no draft keeps it and no address may name it."""
    value = signing.dumps(text[:LONGEST_TYPED])
    response.set_cookie(
        TYPED, value, max_age=TYPED_SECONDS, secure=settings.SECURE_COOKIES, httponly=True, samesite="Lax"
    )
    return response


def typed(request) -> str | None:
    """What `keep_typed` carried over; None when there is nothing, or nothing of ours."""
    try:
        return signing.loads(request.COOKIES.get(TYPED, ""), max_age=TYPED_SECONDS)
    except signing.BadSignature:
        return None
