"""What readers leave with search: searches they keep, words that found nothing, and the words of public texts."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.users.enums import NoticePreference


class SavedSearchQuerySet(models.QuerySet):
    def visible_to(self, user):
        """A saved search is its owner's own, nobody else's."""
        return self.filter(owner_id=user.pk)

    def kept(self):
        """Those that were not removed."""
        return self.filter(removed_at=None)


class SavedSearch(models.Model):
    """A search somebody keeps under a name, to be told of what it finds later."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=100)
    query = models.CharField(max_length=1000)  # the choices, as the address writes them
    # How news of it come by e-mail; empty: as all their notices do.
    pace = models.CharField(max_length=8, choices=NoticePreference, blank=True, default="")
    known = models.JSONField(default=list)  # documents it found already
    fresh = models.PositiveIntegerField(default=0)  # how many more since its owner last looked
    seen_at = models.DateTimeField(default=timezone.now)
    checked_at = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = SavedSearchQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved search")
        verbose_name_plural = _("saved searches")
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["owner", "query"], name="search_saved_once")]
        indexes = [models.Index(fields=["checked_at"], name="search_to_check", condition=models.Q(removed_at=None))]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("search:open", args=[self.pk])


class EmptySearch(models.Model):
    """Words that found nothing on a day, as often as they were looked for; nobody stands beside them."""

    words = models.CharField(_("words"), max_length=100)  # folded
    day = models.DateField(_("day"))
    count = models.PositiveIntegerField(_("times"), default=1)

    class Meta:
        verbose_name = _("search without result")
        verbose_name_plural = _("searches without result")
        ordering = ["-day", "-count", "words"]
        constraints = [models.UniqueConstraint(fields=["words", "day"], name="search_empty_once")]

    def __str__(self):
        return self.words


class PublicWord(models.Model):
    """A word of public texts, and in how many places it stands; what corrections are proposed from.

    The row without letters says after how many changes of public documents the others were counted.
    """

    word = models.CharField(max_length=40, unique=True)  # folded
    written = models.CharField(max_length=60, blank=True)  # as it is mostly written
    count = models.BigIntegerField()

    def __str__(self):
        return self.written or self.word
