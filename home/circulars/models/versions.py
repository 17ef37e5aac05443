"""What was published, which never changes, and what is made of it: its history, its PDFs, proofs of its reach."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core.evidence.models import SealLevel
from core.files.models import StoredFile
from home.circulars.enums import (
    ELI_CODES,
    Change,
    Language,
    OccurrenceKind,
    Predicate,
)
from home.circulars.force import Force
from home.circulars.models.circular import Circular


class CircularVersion(models.Model):
    """A circular as it was published: texts, dates and files under one hash. Written once; triggers refuse the rest."""

    circular = models.ForeignKey(Circular, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    day = models.DateField(_("date"))
    of_day = models.PositiveSmallIntegerField(default=1)
    published_at = models.DateTimeField(_("published at"), default=timezone.now)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("published by")
    )
    change = models.CharField(_("change"), max_length=10, choices=Change)
    note = models.CharField(_("what was changed"), max_length=250, blank=True)
    authentic = models.CharField(_("authentic language"), max_length=2, choices=Language)
    content = models.JSONField()
    hash = models.CharField(max_length=64)
    # The hash of the last version that asked to be acknowledged: acknowledgements of it stand for corrections.
    meaning_hash = models.CharField(max_length=64, db_index=True)

    class Meta:
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        ordering = ["circular", "number"]
        constraints = [
            models.UniqueConstraint(fields=["circular", "number"], name="one_version_a_number"),
            models.UniqueConstraint(fields=["circular", "day", "of_day"], name="one_version_an_address"),
        ]

    def __str__(self):
        return f"{self.circular} · {self.number}"

    @property
    def address(self) -> str:
        """The date as permanent addresses write it; `.2` for the second version of a day."""
        return f"{self.day:%Y-%m-%d}" + (f".{self.of_day}" if self.of_day > 1 else "")

    def get_absolute_url(self):
        return reverse("circulars:version", args=[*self.circular.eli, self.address])

    def text(self, language="") -> dict:
        """Title, summary and blocks in that language, else the reader's, else the authentic one."""
        texts = self.content["texts"]
        wanted = (language, (get_language() or "")[:2], self.authentic)
        return next(texts[code] for code in wanted if code in texts)

    @property
    def title(self) -> str:
        return self.text()["title"]

    @property
    def eli_languages(self) -> list[tuple[str, str]]:
        """(language, code of its address) of the texts it has."""
        return [(code, ELI_CODES[code]) for code in Language.values if code in self.content["texts"]]


class OccurrenceQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(circular__in=Circular.objects.visible_to(user))

    def changes(self):
        """What is news after the first publication; entering into force that very day is not."""
        first = self.model.objects.filter(
            circular=OuterRef("circular"), day=OuterRef("day"), kind=OccurrenceKind.PUBLISHED
        )
        return self.exclude(kind=OccurrenceKind.PUBLISHED).exclude(Exists(first), kind=OccurrenceKind.ENTERED)

    def of_force(self):
        """How the force of circulars has changed."""
        return self.filter(force_number__isnull=False)


class Occurrence(models.Model):
    """Something that happened to a published circular: written once, for feeds, alerts, caches and search."""

    circular = models.ForeignKey(Circular, models.PROTECT, related_name="history")
    key = models.CharField(max_length=40)
    kind = models.CharField(_("what happened"), max_length=10, choices=OccurrenceKind)
    day = models.DateField(_("day"))
    at = models.DateTimeField(_("written down at"), default=timezone.now)
    act = models.ForeignKey(
        Circular, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by which act")
    )
    version = models.ForeignKey("CircularVersion", models.PROTECT, null=True, blank=True, related_name="+")
    paragraphs = models.TextField(_("paragraphs"), blank=True)
    # Of a change of force: its place in their order and the force from then on; of a relation: its predicate.
    force_number = models.PositiveIntegerField(null=True, blank=True)
    force = models.CharField(_("force"), max_length=10, choices=Force, blank=True)
    predicate = models.CharField(_("relation"), max_length=11, choices=Predicate, blank=True)

    objects = OccurrenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("occurrence")
        verbose_name_plural = _("occurrences")
        ordering = ["-at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["circular", "key"], name="happened_once")]
        indexes = [models.Index(fields=["-at", "-id"], name="occurrence_newest")]

    def __str__(self):
        return f"{self.circular} · {self.get_kind_display()}"


class CircularPrintQuerySet(models.QuerySet):
    def newest(self):
        """Of each version and language the edition that is given out now."""
        newer = CircularPrint.objects.filter(version=OuterRef("version"), language=OuterRef("language"))
        return self.filter(~Exists(newer.filter(number__gt=OuterRef("number"))))

    def below(self, level):
        """The newest editions that are sealed less well than `level`."""
        return self.newest().filter(seal_level__in=SealLevel.values[: SealLevel.values.index(level)])


class CircularPrint(models.Model):
    """The PDF of a version in one language, given out unchanged; a better seal makes the next edition."""

    version = models.ForeignKey(CircularVersion, models.PROTECT, related_name="prints")
    language = models.CharField(_("language"), max_length=2, choices=Language)
    number = models.PositiveSmallIntegerField(_("edition"), default=1)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name=_("file"))
    seal_level = models.CharField(_("seal"), max_length=10, choices=SealLevel)

    objects = CircularPrintQuerySet.as_manager()

    class Meta:
        verbose_name = _("PDF of a version")
        verbose_name_plural = _("PDFs of versions")
        ordering = ["version", "language", "number"]
        constraints = [
            models.UniqueConstraint(fields=["version", "language", "number"], name="one_print_an_edition"),
        ]
        indexes = [
            models.Index(fields=["version"], condition=~Q(seal_level=SealLevel.STAMPED), name="print_not_stamped"),
        ]

    def __str__(self):
        return self.file.name


class ReachProofQuerySet(models.QuerySet):
    def below(self, level):
        """Those with a PDF that is sealed less well than `level`."""
        return self.filter(seal_level__in=SealLevel.values[: SealLevel.values.index(level)])


class ReachProof(models.Model):
    """Whom a version had reached at one moment, counted by unit; its PDF follows by the workers.

    The counts stay as they were; a PDF that had to do without the seal gives way to a sealed one.
    """

    version = models.ForeignKey(CircularVersion, models.PROTECT, related_name="reach_proofs")
    number = models.PositiveIntegerField(_("number"))
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    language = models.CharField(_("language"), max_length=2, choices=Language)
    counts = models.JSONField()
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+", verbose_name=_("file"))
    seal_level = models.CharField(_("seal"), max_length=10, choices=SealLevel, blank=True)

    objects = ReachProofQuerySet.as_manager()

    class Meta:
        verbose_name = _("proof of reach")
        verbose_name_plural = _("proofs of reach")
        ordering = ["-at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["version", "number"], name="one_proof_a_number")]

    def __str__(self):
        return f"{self.version} · {self.number}"
