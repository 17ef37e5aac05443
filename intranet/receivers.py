"""Joins floors that must not know each other: what organisations and users tell is audited, invitations are queued."""

from datetime import timedelta

from django.dispatch import receiver

from core.audit.operations import record
from core.organisations import tasks as organisations
from core.outbox import handlers
from core.outbox.operations import enqueue
from core.users import tasks as users
from core.users.signals import happened, mail_written


@receiver(happened)
def audit(sender, event, obj, by, data, **kwargs):
    record(event, obj, by=by, **data)


@receiver(happened)
def invite(sender, event, obj, **kwargs):
    if event == "users.invited":
        enqueue("users.invite", {"user": obj.pk})


@receiver(mail_written)
def mail(sender, to, subject, body, language, **kwargs):
    enqueue("users.mail", users.seal(to=to, subject=subject, body=body, language=language))


handlers.register("users.mail", users.send_sealed)
handlers.register("users.invite", users.send_invitation)
handlers.register_job(
    "organisations.sync_groups", organisations.sync_groups, timedelta(minutes=1), wanted=organisations.groups_differ
)
