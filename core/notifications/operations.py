"""News for people: on the site for those with an account, by e-mail for them and for depositors."""

from collections.abc import Iterable

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from core.audit.operations import record
from core.exceptions import NotAllowed
from core.notifications import wording
from core.notifications.models import Notification
from core.organisations.enums import ROLES_OF_ACT
from core.organisations.models import Delegation, Post, Tenure, Unit
from core.outbox.models import Message
from core.outbox.operations import enqueue
from core.users.enums import NoticePreference
from core.users.models import User


@transaction.atomic
def notify(target: User | Unit | Post, event: str, *, by=None, url="", role=None, key=None, pace="", **data) -> None:
    """Tell a person, or all who hold a post there today (with `role`: only those in that role), never `by`.

    One row each, shown on the site; by e-mail at once, or in the digest of the day or the week, as the person chose for
    all notices or, with `pace`, for what this one is about. With `key` a second call tells nobody twice. `data` must be
    safe to show and to mail: no subject of a confidential item.
    """
    actor_id = by.pk if by else None
    people = [user for user in _people(target, role) if user.pk != actor_id]
    facts = {"event": event, "url": url, "data": wording.pack(data), "by_id": actor_id, "key": key, "pace": pace}
    rows = [Notification(recipient=user, created_at=timezone.now(), **facts) for user in people]
    if key is None:
        made = Notification.objects.bulk_create(rows)
    else:
        known = set(Notification.objects.filter(recipient__in=people, key=key).values_list("recipient_id", flat=True))
        fresh = [row for row in rows if row.recipient_id not in known]
        Notification.objects.bulk_create(fresh, ignore_conflicts=True)
        made = Notification.objects.filter(recipient_id__in=[row.recipient_id for row in fresh], key=key)
    at_once = {user.pk for user in people if (pace or user.notices) == NoticePreference.AT_ONCE and user.email}
    for notice in made:
        if notice.recipient_id in at_once:
            enqueue("notifications.mail_notice", {"notice": notice.pk}, key=f"notice:{notice.pk}")


def send_mail(to: str, event: str, *, language: str, key: str, data: dict) -> Message:
    """Send a mail to somebody without an account, after the transaction; with the same `key` only one is ever sent.

    Worded by the worker in `language`. The Message-ID follows from the key: a repetition is the same mail.
    """
    payload = {"to": to, "event": event, "language": language, "key": key, "data": wording.pack(data)}
    return enqueue("notifications.mail", payload, key=f"mail:{key}")


def reword(urls: Iterable[str], **data) -> None:
    """Put other `data` into every notice about one of the pages `urls`, in whichever language it was written.

    For what may no longer be said of them: notices are worded when they are read or mailed.
    """
    pages = {wording.in_language(url, language) for url in urls for language, _name in settings.LANGUAGES}
    notices = list(Notification.objects.filter(url__in=pages))
    for notice in notices:
        notice.data |= {name: value for name, value in wording.pack(data).items() if name in notice.data}
    Notification.objects.bulk_update(notices, ["data"], batch_size=500)


def mark_read(notice: Notification, *, by: User) -> None:
    """Note that `by` has seen it; seeing it again changes nothing."""
    Notification.objects.visible_to(by).unread().filter(pk=notice.pk).update(read_at=timezone.now())


def mark_all_read(*, by: User, up_to: int) -> int:
    """Note that `by` has seen everything up to the row `up_to` (what came since stays unread); returns how many."""
    return Notification.objects.visible_to(by).unread().filter(pk__lte=up_to).update(read_at=timezone.now())


def _people(target, role):
    if isinstance(target, User):
        return [target] if target.is_active else []
    where = {"post": target} if isinstance(target, Post) else {"post__unit": target}
    tenures = Tenure.objects.effective().filter(**where)
    delegations = Delegation.objects.effective().filter(**where, revoked_at=None)
    if role is not None:
        where_role = {"post__roles__role": role}
        tenures = tenures.filter(**where_role)
        lent = {act for act, roles in ROLES_OF_ACT.items() if role in roles}
        delegates = [row.user_id for row in delegations.filter(**where_role) if lent & set(row.acts)]
    else:
        delegates = list(delegations.values_list("user_id", flat=True))
    holders = Q(pk__in=tenures.values("user_id")) | Q(pk__in=delegates)
    return list(User.objects.active().filter(holders).order_by("pk"))


@transaction.atomic
def choose_mail(user: User, *, by: User, notices: str) -> None:
    """Note how `user`, who is `by`, wants notices by e-mail. Nobody chooses for somebody else."""
    if user.pk != by.pk:
        raise NotAllowed()
    User.objects.filter(pk=user.pk).update(notices=notices)
    user.notices = notices
    record("notifications.mail_chosen", user, by=by, notices=notices)
