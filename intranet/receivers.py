"""Joins floors that must not know each other: what organisations and users tell is audited, invitations are queued,
what strangers are shown is made anew when a row behind it changes."""

from datetime import timedelta

from django.apps import apps
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from wagtail.contrib.redirects.models import Redirect
from wagtail.images.models import Image
from wagtail.models import Page, Site

from core import public
from core.audit.operations import record
from core.organisations import tasks as organisations
from core.organisations.models import Organisation, Post, Unit
from core.outbox import handlers
from core.outbox.operations import enqueue
from core.users import tasks as users
from core.users.signals import happened, mail_written
from eservices.correspondence.models import ActType, RequiredPiece
from home.circulars.models import ExternalAct, Theme
from home.models import SiteIdentity

# What public pages show beside circulars, which tell of every change themselves.
_SHOWN = (Page, Site, SiteIdentity, Image, Redirect, Organisation, Unit, Post, Theme, ExternalAct)
_SHOWN += (ActType, RequiredPiece)


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


def make_public_pages_anew(sender, **kwargs):
    public.changed()


for _model in apps.get_models():  # one by one: a receiver of every model's signals would make every deletion slow
    if issubclass(_model, _SHOWN):
        post_save.connect(make_public_pages_anew, sender=_model)
        post_delete.connect(make_public_pages_anew, sender=_model)


handlers.register("users.mail", users.send_sealed)
handlers.register("users.invite", users.send_invitation)
handlers.register_job(
    "organisations.sync_groups", organisations.sync_groups, timedelta(minutes=1), wanted=organisations.groups_differ
)
