"""A stock that is taken over: one run, and its lines."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.organisations.models import Organisation
from home.circulars.enums import (
    ImportState,
    LineState,
)
from home.circulars.models.circular import Circular, issuing_organisations_of


class ImportRunQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The imports for administrations whose editor or publisher `user` is."""
        return self.filter(authority__in=issuing_organisations_of(user))


class ImportRun(models.Model):
    """A legacy stock on its way in: one table and its PDFs, checked, then imported line by line."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # None: from the console, for every administration of this installation.
    authority = models.ForeignKey(
        Organisation, models.PROTECT, null=True, related_name="+", verbose_name=_("issuing administration")
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    # Who sent files last: as little as `by` may this person start what they put together.
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(_("begun at"), default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    state = models.CharField(_("state"), max_length=10, choices=ImportState, default=ImportState.CHECKING)
    table_name = models.CharField(_("table"), max_length=180)
    form = models.JSONField(default=dict)  # how the table was written, and the columns that meant nothing
    problem = models.JSONField(default=dict)  # why the table as a whole was refused
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("import of a legacy stock")
        verbose_name_plural = _("imports of a legacy stock")
        ordering = ["-pk"]

    def __str__(self):
        return self.table_name

    def get_absolute_url(self):
        return reverse("circular_imports:show", args=[self.public_id])

    @property
    def is_open(self) -> bool:
        """Whether files may still be added, and the whole be checked (again)."""
        return self.state in (ImportState.PREPARING, ImportState.CHECKED)

    @property
    def is_running(self) -> bool:
        return self.state in (ImportState.CHECKING, ImportState.IMPORTING)


class ImportLineQuerySet(models.QuerySet):
    def brought_in(self):
        """Those that became a circular: by them a line is recognised when it comes again."""
        return self.filter(state__in=[LineState.IMPORTED, LineState.DRAFTED])


class ImportLine(models.Model):
    """What became of one line of the table, and why; `digest` is what it said."""

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="lines")
    number = models.PositiveIntegerField(_("line"))
    label = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    state = models.CharField(_("state"), max_length=10, choices=LineState)
    problems = models.JSONField(default=list)
    circular = models.ForeignKey(Circular, models.PROTECT, null=True, related_name="+", verbose_name=_("circular"))
    is_bound = models.BooleanField(default=False)  # whether its relations are entered

    objects = ImportLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("line of an import")
        verbose_name_plural = _("lines of an import")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="one_line_a_number"),
            models.UniqueConstraint(
                fields=["circular"], condition=Q(state__in=["imported", "drafted"]), name="brought_in_once"
            ),
        ]

    def __str__(self):
        return self.label
