"""Receipts and their editions. What a receipt states lies in the erasable body of its `receipt.issued` event."""

from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.evidence.wording import statement
from core.registers.models import Entry

_PURPOSE = "evidence.receipt_pdf"
PASS_AGE = timedelta(hours=1)


class SealLevel(models.TextChoices):
    """How an edition is sealed; each is better than the one before, also for `<`: the alphabet happens to agree."""

    NONE = "none", _("not sealed yet")
    SEALED = "sealed", _("sealed")
    STAMPED = "stamped", _("sealed, with a time stamp")


class Receipt(models.Model):
    """The proof handed to whoever brought a letter. `token` opens the verification page; of the tracking code only a
    hash is looked up, and an encrypted copy can be erased."""

    token = models.CharField(_("verification code"), max_length=26, unique=True)
    entry = models.OneToOneField(Entry, models.PROTECT, related_name="+", verbose_name=_("entry"))
    event = models.OneToOneField("evidence.Event", models.PROTECT, related_name="+")
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES)
    version = models.CharField(_("version of the form"), max_length=30)
    code_salt = models.BinaryField(max_length=16)
    code_digest = models.BinaryField(max_length=32)
    code_encrypted = models.BinaryField(null=True)
    created_at = models.DateTimeField(_("issued at"))

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")

    def __str__(self):
        return self.token

    def get_absolute_url(self):
        return reverse("evidence:verify", args=[self.token])

    @property
    def verification_url(self) -> str:
        """The address behind the QR code."""
        return f"{settings.PUBLIC_URL}/v/{self.token}"

    @property
    def pdf_pass(self) -> str:
        """The argument of `evidence:receipt_pdf`: whoever is shown it may fetch the PDF for an hour."""
        return signing.dumps(self.token, salt=_PURPOSE, compress=False)

    @classmethod
    def for_pass(cls, value):
        """The receipt of a pass, or None if it is not ours or too old."""
        try:
            token = signing.loads(value, salt=_PURPOSE, max_age=PASS_AGE)
        except signing.BadSignature:
            return None
        return cls.objects.select_related("entry").filter(token=token).first()

    @property
    def statement(self):
        """What the receipt states, as lines in the reader's language, for pages."""
        return statement(self.facts)

    @property
    def facts(self) -> dict:
        """What the receipt states; nothing once it is erased."""
        return self.event.body.personal

    @property
    def edition(self):
        """The newest edition, without its bytes; none while the first is being made."""
        return self.editions.without_content().order_by("-number").first()


class EditionQuerySet(models.QuerySet):
    def without_content(self):
        return self.defer("content")

    def below(self, level):
        """The newest editions of their receipts that are sealed less well than `level` and still hold their bytes."""
        newer = Edition.objects.filter(receipt=models.OuterRef("receipt"), number__gt=models.OuterRef("number"))
        levels = SealLevel.values[: SealLevel.values.index(level)]
        return self.filter(~models.Exists(newer), seal_level__in=levels, content__isnull=False)


class Edition(models.Model):
    """The PDF of a receipt as it was given out, unchanged for ever; a better seal or a new code makes the next edition.

    `content` goes only when the personal data are erased; number, fingerprint and checkpoint stay.
    """

    receipt = models.ForeignKey(Receipt, models.PROTECT, related_name="editions", verbose_name=_("receipt"))
    number = models.PositiveSmallIntegerField(_("edition"))
    seal_level = models.CharField(_("seal"), max_length=8, choices=SealLevel)
    checkpoint = models.ForeignKey("evidence.Checkpoint", models.PROTECT, related_name="+")
    sha256 = models.CharField("SHA-256", max_length=64)
    size = models.PositiveIntegerField(_("size"))
    content = models.BinaryField(null=True)
    created_at = models.DateTimeField(_("made at"))

    objects = EditionQuerySet.as_manager()

    class Meta:
        verbose_name = _("edition of a receipt")
        verbose_name_plural = _("editions of receipts")
        ordering = ["receipt", "number"]
        constraints = [
            models.UniqueConstraint(fields=["receipt", "number"], name="one_edition_per_number"),
        ]
        indexes = [
            models.Index(fields=["receipt"], condition=~models.Q(seal_level="stamped"), name="edition_not_stamped"),
        ]

    def __str__(self):
        return f"{self.receipt_id}/{self.number}"
