from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.users.enums import NoticePreference


class NotificationQuerySet(models.QuerySet):
    def visible_to(self, user):
        """A notice is its recipient's own, nobody else's."""
        return self.filter(recipient_id=user.pk)

    def unread(self):
        return self.filter(read_at=None)

    def of_pace(self, pace):
        """Those that come by e-mail this way: by their own choice, else by their reader's."""
        return self.filter(models.Q(pace=pace) | models.Q(pace="", recipient__notices=pace))


class Notification(models.Model):
    """One piece of news for one person, as event name and data; worded when read, in the reader's language."""

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("recipient")
    )
    event = models.CharField(_("event"), max_length=100)
    url = models.CharField(_("address"), max_length=500, blank=True, default="")
    data = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    key = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001 — unique only where given
    # How this one comes by e-mail, where its reader chose so for what it is about; empty: as all their notices do.
    pace = models.CharField(max_length=8, choices=NoticePreference, blank=True, default="")
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)
    mailed_at = models.DateTimeField(_("mailed at"), null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["recipient", "key"], name="one_notice_per_key")]
        indexes = [
            models.Index(fields=["recipient", "-id"], name="notice_list"),
            models.Index(fields=["recipient"], name="notice_unread", condition=models.Q(read_at=None)),
            models.Index(
                fields=["recipient", "created_at"], name="notice_unmailed", condition=models.Q(mailed_at=None)
            ),
        ]

    def __str__(self):
        return f"{self.event} {self.pk}"
