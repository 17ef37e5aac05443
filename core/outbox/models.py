from datetime import timedelta

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.outbox.enums import MessageState


class MessageQuerySet(models.QuerySet):
    def waiting(self):
        return self.filter(state=MessageState.WAITING)

    def dead(self):
        return self.filter(state=MessageState.DEAD)

    def due(self, now=None):
        """Waiting rows whose time has come and that no living worker holds."""
        now = now or timezone.now()
        return self.waiting().filter(Q(leased_until=None) | Q(leased_until__lt=now), due_at__lte=now)


class Message(models.Model):
    """Work that must not get lost: written in the transaction that causes it, done afterwards by a worker.

    The row is the truth. A worker holds it by a lease (`lease`, `leased_until`); after the last attempt it is DEAD and
    waits for an administrator. What it carried is erased once it is done. `key` makes asking twice as good as once.
    """

    name = models.CharField(_("name"), max_length=100)
    key = models.CharField(_("key"), max_length=200, null=True, blank=True, unique=True)
    payload = models.JSONField(_("payload"), default=dict, encoder=DjangoJSONEncoder)
    state = models.CharField(_("state"), max_length=10, choices=MessageState, default=MessageState.WAITING)
    created_at = models.DateTimeField(_("asked at"), default=timezone.now)
    due_at = models.DateTimeField(_("due at"), default=timezone.now)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    lease = models.CharField(max_length=32, blank=True, default="")
    leased_until = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    last_error = models.TextField(_("last error"), blank=True, default="")

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("outbox message")
        verbose_name_plural = _("outbox messages")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["due_at", "id"], name="outbox_waiting", condition=Q(state="waiting")),
            models.Index(fields=["state", "id"], name="outbox_state", condition=~Q(state="waiting")),
        ]

    def __str__(self):
        return f"{self.name} {self.pk}"


class Job(models.Model):
    """One periodic job of the installation: when it is next due, who runs it now, how the last run ended."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    due_at = models.DateTimeField(_("due at"))
    lease = models.CharField(max_length=32, blank=True, default="")
    leased_until = models.DateTimeField(null=True, blank=True)
    last_run_at = models.DateTimeField(_("last run at"), null=True, blank=True)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    last_error = models.TextField(_("last error"), blank=True, default="")

    class Meta:
        verbose_name = _("periodic job")
        verbose_name_plural = _("periodic jobs")
        ordering = ["name"]

    def __str__(self):
        return self.name


class WorkerQuerySet(models.QuerySet):
    def alive(self, now=None):
        """Workers that gave a sign of life lately; a clock set back does not make them immortal."""
        now = now or timezone.now()
        return self.filter(seen_at__gt=now - Worker.SILENCE, seen_at__lt=now + Worker.SILENCE)


class Worker(models.Model):
    """A running `run_worker` process and when it was last seen."""

    SILENCE = timedelta(seconds=45)

    name = models.CharField(_("name"), max_length=64, unique=True)
    started_at = models.DateTimeField(_("started at"), default=timezone.now)
    seen_at = models.DateTimeField(_("last seen"), default=timezone.now)

    objects = WorkerQuerySet.as_manager()

    class Meta:
        verbose_name = _("worker")
        verbose_name_plural = _("workers")
        ordering = ["-seen_at"]

    def __str__(self):
        return self.name
