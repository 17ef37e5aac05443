"""What the worker does for notices: mails, and the digests of each morning and of Monday's."""

import hashlib
from datetime import datetime, time, timedelta
from email.utils import format_datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.dates import CASABLANCA, local, local_date
from core.failpoints import reach
from core.notifications import guards, wording
from core.notifications.models import Notification
from core.outbox.operations import enqueue
from core.users.enums import NoticePreference
from core.users.models import User

DIGEST_AT = time(7, 0)  # on the office's clock
LINES_IN_DIGEST = 50


def mail(payload, *, message):
    """Send what `send_mail` asked for."""
    language = payload["language"]
    letter = wording.letter(payload["event"], payload["data"], language=language, footer="_foot_sender.txt")
    _send(payload["to"], letter, key=payload["key"], language=language, at=message.created_at)


def mail_notice(payload, *, message):
    """Send one notice at once, unless its reader is gone, may no longer know of it, or another worker sent it."""
    notice = Notification.objects.select_related("recipient").filter(pk=payload["notice"], mailed_at=None).first()
    if notice is None or not notice.recipient.is_active or not notice.recipient.email:
        return
    reader = notice.recipient
    if not guards.open_to(reader, [notice]):
        return
    data = notice.data | {"url": notice.url}
    letter = wording.letter(notice.event, data, language=reader.language, footer="_foot_staff.txt")
    _send(reader.email, letter, key=message.key, language=reader.language, at=message.created_at)
    Notification.objects.filter(pk=notice.pk).update(mailed_at=timezone.now())


def is_digest_due() -> bool:
    """Whether anybody has news that this morning's mail should carry."""
    return _undigested().exists()


def plan_digests() -> None:
    """Ask for one mail a day to each reader of digests who has news; the day and the reader make it unique."""
    day = local_date(timezone.now())
    for user_id in _undigested().order_by().values_list("recipient_id", flat=True).distinct():
        enqueue("notifications.digest", {"user": user_id}, key=f"digest:{user_id}:{day}")


def digest(payload, *, message):
    """Send what is new, still unread and still their business; what was read in the meantime is left out."""
    reader = User.objects.active().filter(pk=payload["user"]).first()
    if reader is None or not reader.email:
        return
    notices = list(_due(message.created_at).visible_to(reader))
    unread = guards.open_to(reader, [notice for notice in notices if notice.read_at is None])
    if unread:
        data = {"lines": lines(unread[:LINES_IN_DIGEST], reader.language), "count": len(unread)}
        data |= {"more": max(0, len(unread) - LINES_IN_DIGEST), "url": "/ar/notifications/"}
        letter = wording.letter("notifications.digest", data, language=reader.language, footer="_foot_staff.txt")
        _send(reader.email, letter, key=message.key, language=reader.language, at=message.created_at)
    with transaction.atomic():
        Notification.objects.filter(pk__in=[notice.pk for notice in notices]).update(mailed_at=timezone.now())


def lines(notices, language):
    """Each notice as a line with its address, in the reader's language."""
    return [_line(notice, language) for notice in notices]


def lines_on_site(notices, reader, language):
    """The same for a page; what the reader may no longer know of is not worded, and leads nowhere."""
    known = {notice.pk for notice in guards.open_to(reader, notices)}
    closed = {"text": _("A notice about something that is no longer open to you"), "url": ""}
    return [_line(notice, language) if notice.pk in known else closed for notice in notices]


def _line(notice, language):
    return {
        "text": wording.subject(notice.event, notice.data | {"url": notice.url}, language=language),
        "url": wording.whole(notice.url, language) if notice.url else "",
    }


def _undigested():
    """Unread notices of people who want one mail a day or a week, and whose morning has come."""
    now = timezone.now()
    if local(now) < _morning(local_date(now)):
        return Notification.objects.none()
    return _due(now).unread().filter(recipient__is_active=True).exclude(recipient__email="")


def _due(moment):
    """Notices never mailed that a digest of that moment carries: from before its morning, weekly ones its Monday's."""
    rows, day = Notification.objects.filter(mailed_at=None), local_date(moment)
    monday = day - timedelta(days=day.weekday())
    return rows.of_pace(NoticePreference.DIGEST).filter(created_at__lt=_morning(day)) | rows.of_pace(
        NoticePreference.WEEKLY
    ).filter(created_at__lt=_morning(monday))


def _morning(day):
    return datetime.combine(day, DIGEST_AT, tzinfo=CASABLANCA)


def _send(to, letter, *, key, language, at):
    headers = {
        "Message-ID": _message_id(key),
        "Date": format_datetime(local(at)),
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "Content-Language": language,
    }
    reach("notifications.before_send")
    EmailMessage(letter.subject, letter.body, settings.DEFAULT_FROM_EMAIL, [to], headers=headers).send()
    reach("notifications.after_send")


def _message_id(key):
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{host}>"
