"""Mail about accounts, sent by the worker; the links are made at that moment and stored nowhere."""

import hashlib
from email.utils import format_datetime
from urllib.parse import urlsplit

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from core.dates import local
from core.users.models import User


def send_invitation(payload, *, message):
    """Invite the owner of a new account to set a password; nothing happens once the account is closed or gone."""
    user = User.objects.active().filter(pk=payload["user"]).first()
    if user is None or not user.email:
        return
    with translation.override(user.language):
        key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
        uid, _sep, token = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
        context = {
            "name": user.get_full_name(),
            "username": user.username,
            "url": f"{settings.PUBLIC_URL}{path}",
            "site_url": f"{settings.PUBLIC_URL}/",
            "days": settings.PASSWORD_RESET_TIMEOUT // 86_400,
        }
        subject = " ".join(render_to_string("users/email/invited_subject.txt", context).split())
        body = render_to_string("users/email/invited_body.txt", context)
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    headers = {
        "Message-ID": f"<{hashlib.sha256(f'invite:{message.pk}'.encode()).hexdigest()[:40]}@{host}>",
        "Date": format_datetime(local(message.created_at)),
        "Auto-Submitted": "auto-generated",
        "Content-Language": user.language,
    }
    EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, [user.email], headers=headers).send()
