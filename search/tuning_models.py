"""What administrators have set: words that stand for each other, what comes first or not, and what must be found."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Tuning(models.Model):
    """All settings of one moment. The newest row counts; a former one is taken back by saving it again."""

    synonyms = models.JSONField(_("synonyms"), default=list, blank=True)  # groups of words
    pins = models.JSONField(_("come first"), default=list, blank=True)  # [words, doc_id]
    exclusions = models.JSONField(_("left out"), default=list, blank=True)  # [words, doc_id]
    boosts = models.JSONField(_("weight of kinds"), default=dict, blank=True)  # kind → factor
    saved_at = models.DateTimeField(_("saved at"), default=timezone.now)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("saved by")
    )

    class Meta:
        verbose_name = _("settings of search")
        verbose_name_plural = _("settings of search")
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.saved_at:%Y-%m-%d %H:%M}"


class JudgedQuery(models.Model):
    """A query, and the documents that must stand on the first page of its results."""

    text = models.CharField(_("words"), max_length=200, unique=True)
    wanted = models.JSONField(_("documents to be found"), default=list)

    class Meta:
        verbose_name = _("judged query")
        verbose_name_plural = _("judged queries")
        ordering = ["text"]

    def __str__(self):
        return self.text
