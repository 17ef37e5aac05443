"""Mail about accounts, sent by the worker. Its links are secrets: made when it is sent, or kept encrypted till then."""

import hashlib
import json
from email.utils import format_datetime
from urllib.parse import urlsplit

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from core.crypto import decrypt_text, encrypt_text
from core.dates import local
from core.users.models import User


def send_invitation(payload, *, message):
    """Invite the owner of a new account to set a password; nothing happens once the account is closed or gone."""
    user = User.objects.active().filter(pk=payload["user"]).first()
    if user is None:
        return
    with translation.override(user.language):
        key = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
        context = {
            "name": user.get_full_name(),
            "username": user.username,
            "url": settings.PUBLIC_URL + reverse("account_reset_password_from_key", kwargs=key),
            "site_url": f"{settings.PUBLIC_URL}/",
            "days": settings.PASSWORD_RESET_TIMEOUT // 86_400,
        }
        subject = " ".join(render_to_string("users/email/invited_subject.txt", context).split())
        body = render_to_string("users/email/invited_body.txt", context)
    _send(user.email, subject, body, language=user.language, message=message)


def seal(*, to, subject, body, language):
    """A mail as the payload of an outbox row, unreadable there."""
    return {"sealed": encrypt_text(json.dumps([to, subject, body, language]))}


def send_sealed(payload, *, message):
    """Send what `seal` packed."""
    to, subject, body, language = json.loads(decrypt_text(payload["sealed"]))
    _send(to, subject, body, language=language, message=message)


def _send(to, subject, body, *, language, message):
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    headers = {
        "Message-ID": f"<{hashlib.sha256(f'account:{message.pk}'.encode()).hexdigest()[:40]}@{host}>",
        "Date": format_datetime(local(message.created_at)),
        "Auto-Submitted": "auto-generated",
        "Content-Language": language,
    }
    EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, [to], headers=headers).send()
