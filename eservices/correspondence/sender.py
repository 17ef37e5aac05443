"""Every word to the sender of a letter: lines on the tracking page, mails, and calls where only a phone is known."""

import secrets
from datetime import date, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core import sql
from core.formats import day_text
from core.notifications.operations import send_mail
from core.text import ltr
from eservices.correspondence.enums import ExtensionGround, NoActionReason
from eservices.correspondence.models import CallTask, SenderNotice, TrackingLink

LINK_LASTS = timedelta(days=30)
# What a sender without e-mail must be called about: something is due from them, or the matter has ended.
CALLED_FOR = {"pieces_requested", "redirected", "answered", "no_action", "hold_expired", "silence_accepted"}


def tell_sender(item, event: str, **data):
    """Add a line to the sender's story and carry it to them, inside the caller's transaction.

    `event` is one of `wording`'s; `data` is JSON: dates as ISO text, codes as they are stored, names as {"ar", "fr"}.
    A sender with an e-mail gets a mail (never with the tracking code or the subject); one who left only a phone
    becomes a call task of the registry. Returns the SenderNotice.
    """
    notice, party = SenderNotice(item=item, event=event, data=data), item.correspondence.party
    is_called = not party.email and party.phone and event in CALLED_FOR
    if party.email or is_called:
        sql.create(notice)
    else:
        sql.add([notice])  # its key is not needed
    if party.email:
        with translation.override(party.language):
            sentence = wording(notice)
        send_mail(
            party.email,
            "correspondence.sender_notice",
            language=party.language,
            key=f"sender-notice-{notice.pk}",
            data={
                "number": item.correspondence.number,
                "sentence": sentence,
                "organisation": item.organisation.name_fr if party.language == "fr" else item.organisation.name_ar,
                "track_url": _link(item, party.language),
            },
        )
    elif is_called:
        CallTask.objects.create(item=item, notice=notice)
    return notice


def _link(item, language) -> str:
    """A one-time address that lets its reader follow the letter without the code."""
    token = secrets.token_urlsafe(24)
    TrackingLink.objects.create(item=item, expires_at=timezone.now() + LINK_LASTS, **TrackingLink.of(token))
    with translation.override(language):
        return settings.PUBLIC_URL + reverse("correspondence:track_link", args=[token])


def wording(notice) -> str:
    """The notice as a plain sentence in the active language."""
    return _sentences()[notice.event] % {key: _shown(key, value) for key, value in notice.data.items()}


def _shown(key, value):
    if isinstance(value, dict):
        return value.get((get_language() or "ar")[:2]) or value["ar"]
    if key.endswith("_on"):
        return day_text(date.fromisoformat(value))
    if key.endswith("number"):
        return ltr(value)
    if key == "reason":
        return NoActionReason(value).label
    if key == "ground":
        return ExtensionGround(value).label
    return value


def _sentences():
    return {
        "registered": _("Your letter was registered by the registry office."),
        "assigned": _("Your letter was handed to the unit “%(unit)s”."),
        "taken": _("The unit “%(unit)s” has started to treat your letter."),
        "sent_back": _("The unit returned your letter to the registry office, which will hand it to another unit."),
        "pieces_requested": _(
            "Documents are missing. Send them by %(due_on)s; until then the time limit stands still."
        ),
        "pieces_received": _("The documents you sent have arrived; the time limit runs again."),
        "hold_expired": _("The missing documents did not arrive in time, so your letter was closed."),
        "extended": _("The time limit was extended once, to %(due_on)s. Reason: %(ground)s."),
        "redirected": _("Your letter was handed to %(organisation)s, where it has the number %(number)s."),
        "answered": _("The administration answered under no. %(reply_number)s. The answer can be read here."),
        "no_action": _("Your letter was closed without a reply. Reason: %(reason)s."),
        "duplicate": _("This letter was registered before as no. %(first_number)s, where it is being treated."),
        "deadline_reached": _("The time limit of your letter ended on %(due_on)s."),
        "silence_accepted": _(
            "The time limit ended on %(due_on)s without a reply, which the law counts as acceptance. "
            "%(issuer)s attests it by letter no. %(letter_number)s, which can be read here."
        ),
        "silence_refused": _("The time limit ended on %(due_on)s without a reply, which the law counts as refusal."),
        "reopened": _("Your letter was opened again for treatment."),
        "code_reissued": _("A new tracking code was issued at the counter. The old one no longer works."),
        "withdrawal_asked": _("You asked to withdraw your letter. The registry office will answer you."),
    }
