"""Who may follow a letter without an account: whoever proved its number and code, for two hours, in this browser."""

from django.conf import settings
from django.core import signing

from core.text import plain_number
from eservices.correspondence.models import Attachment, Correspondence, WorkItem

COOKIE = "__Host-track" if settings.SECURE_COOKIES else "track"
LASTS = 2 * 60 * 60  # seconds
KEPT = 20  # letters one browser follows at once
SCOPE = "track:"
_SALT = "correspondence.tracking"


def tracked(request) -> list[str]:
    """The numbers this browser has proved the codes of, newest last."""
    try:
        return signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=LASTS)
    except signing.BadSignature:
        return []


def remember(request, response, number: str) -> None:
    """Let this browser follow `number` from now on."""
    numbers = [*(one for one in tracked(request) if one != number), number][-KEPT:]
    response.set_cookie(
        COOKIE,
        signing.dumps(numbers, salt=_SALT),
        max_age=LASTS,
        httponly=True,
        secure=settings.SECURE_COOKIES,
        samesite="Lax",
    )


def item_for(request, number: str) -> WorkItem | None:
    """The letter behind a number this browser may follow."""
    number = plain_number(number)
    if number not in tracked(request):
        return None
    items = WorkItem.objects.for_display().select_related(
        "correspondence__act_type", "organisation", "pieces_request__letter"
    )
    return items.numbered(number).first()


def chain(item) -> list[WorkItem]:
    """The letter and where it was handed on to, in order: its story is one story."""
    found = [item]
    while nxt := (
        WorkItem.objects.for_display()
        .select_related("organisation", "correspondence__act_type")
        .filter(correspondence__redirected_from=found[-1].correspondence)
        .first()
    ):
        found.append(nxt)
    return found


def reads_tracked(user, file, scope, *, request) -> bool:
    """Whether `file` is part of a letter, or of an answer to it, that this browser follows."""
    if not scope.startswith(SCOPE):
        return False
    item = item_for(request, scope.removeprefix(SCOPE))
    if item is None:
        return False
    letters = [one.correspondence_id for one in chain(item)]
    answers = Correspondence.objects.filter(reply_to__in=letters).values("pk")
    attached = Attachment.objects.filter(file=file)
    return attached.filter(correspondence__in=letters).exists() or attached.filter(correspondence__in=answers).exists()
