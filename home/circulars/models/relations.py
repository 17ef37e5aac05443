"""What acts do to one another, and the citations from which that is known."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey

from core.text import ltr
from home.circulars.enums import (
    ExternalKind,
    Predicate,
)
from home.circulars.models.circular import Circular
from home.circulars.numbers import normalise


class ExternalAct(models.Model):
    """A law, decree or other act that is not kept here, as circulars name it."""

    kind = models.CharField(_("kind"), max_length=8, choices=ExternalKind)
    number = models.CharField(_("number"), max_length=40)
    number_key = models.CharField(max_length=40, editable=False)
    title = models.CharField(_("title"), max_length=300, blank=True)
    signed_on = models.DateField(_("signed on"), null=True, blank=True)
    bulletin = models.CharField(_("Official Bulletin"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("act of another body")
        verbose_name_plural = _("acts of other bodies")
        ordering = ["kind", "number_key"]
        constraints = [models.UniqueConstraint(fields=["kind", "number_key"], name="one_external_act_a_number")]

    def __str__(self):
        return f"{self.get_kind_display()} {ltr(self.number)}"

    def save(self, *args, **kwargs):
        self.number_key = normalise(self.number)
        super().save(*args, **kwargs)


def paragraphs_in(words: str) -> frozenset[str]:
    """The anchors of paragraphs as editors write them: “p3, p5”."""
    return frozenset(words.replace(",", " ").replace("،", " ").split())


class Relation(models.Model):
    """What a circular does to another act; it takes effect with the publication of the circular that says so."""

    subject = ParentalKey(Circular, on_delete=models.CASCADE, related_name="relations")
    predicate = models.CharField(_("relation"), max_length=11, choices=Predicate)
    circular = models.ForeignKey(
        Circular, models.PROTECT, null=True, blank=True, related_name="related_by", verbose_name=_("circular")
    )
    external = models.ForeignKey(
        ExternalAct,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="related_by",
        verbose_name=_("act of another body"),
    )
    paragraphs = models.CharField(
        _("paragraphs"), max_length=120, blank=True, help_text=_("For example p3, p5. Empty: the whole act.")
    )
    starts_on = models.DateField(_("from"), null=True, blank=True, help_text=_("Empty: with the circular itself."))
    ends_on = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("relation")
        verbose_name_plural = _("relations")
        constraints = [
            models.CheckConstraint(
                condition=Q(circular=None) ^ Q(external=None),
                name="related_to_one_act",
                violation_error_message=_("Name either a circular or an act of another body."),
            ),
            models.CheckConstraint(
                condition=Q(circular=None) | ~Q(circular=F("subject")),
                name="not_related_to_itself",
                violation_error_message=_("A circular cannot be related to itself."),
            ),
        ]

    def __str__(self):
        return f"{self.get_predicate_display()} {self.circular or self.external}"

    @property
    def found(self) -> "CitationDecision | None":
        """How it came: the citation that somebody confirmed; None if an editor asserted it."""
        target = {"target": self.circular} if self.circular_id else {"external": self.external}
        return CitationDecision.objects.filter(circular=self.subject_id, is_confirmed=True, **target).first()

    @property
    def anchors(self) -> frozenset[str]:
        """The paragraphs meant; none for the whole act."""
        return paragraphs_in(self.paragraphs)


class CitationDecision(models.Model):
    """What an editor said to a citation the matcher found: a relation or none; so the relation's origin is known."""

    circular = models.ForeignKey(Circular, models.PROTECT, related_name="citation_decisions")
    key = models.CharField(max_length=60)
    words = models.CharField(_("words"), max_length=300)
    is_confirmed = models.BooleanField(_("confirmed"))
    target = models.ForeignKey(Circular, models.PROTECT, null=True, related_name="+", verbose_name=_("circular"))
    external = models.ForeignKey(
        ExternalAct, models.PROTECT, null=True, related_name="+", verbose_name=_("act of another body")
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("decided by"))
    at = models.DateTimeField(_("decided at"), default=timezone.now)

    class Meta:
        verbose_name = _("decision on a citation")
        verbose_name_plural = _("decisions on citations")
        ordering = ["-at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["circular", "key"], name="one_decision_a_citation")]

    def __str__(self):
        return self.words
