import hashlib
import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.files import store
from core.files.enums import Kind, ReadProblem, ReadState, ScanState
from core.organisations.models import Organisation

OPENABLE = (ScanState.CLEAN, ScanState.NOT_CONFIGURED)
UNSETTLED = (ScanState.WAITING, ScanState.NOT_SCANNED)


class StoredFileQuerySet(models.QuerySet):
    def unsettled(self):
        """Those the virus scanner has not yet clearly judged."""
        return self.filter(scan_state__in=UNSETTLED)

    def infected(self):
        return self.filter(scan_state=ScanState.INFECTED)

    def of_drafts(self):
        """Those that no organisation has received yet."""
        return self.filter(organisation=None)

    def readable(self):
        """Those whose text is to be known: an organisation's, cleared by the virus scan."""
        return self.filter(organisation__isnull=False, scan_state__in=OPENABLE)

    def to_read(self):
        """Of those, what has not been read yet."""
        return self.readable().filter(reading=ReadState.WAITING)

    def not_whole(self):
        """Of those, what was looked at and is not readable, or not to its end."""
        return self.readable().exclude(reading=ReadState.WAITING).exclude(reading=ReadState.READ, read_problem="")


class StoredFile(models.Model):
    """The bytes somebody sent, exactly as they came, and what is known about them.

    Lies under its draft until the deposit, then under the organisation, at the address of its content. Bytes, hash,
    size, kind and name never change; only the organisation is given once, and the states of scan and reading move.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("organisation")
    )
    draft_key = models.CharField(_("draft"), max_length=64, blank=True)
    sha256 = models.CharField("SHA-256", max_length=64)
    size = models.PositiveBigIntegerField(_("size in bytes"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    name = models.CharField(_("name"), max_length=180)
    pages = models.PositiveIntegerField(_("pages"), null=True, blank=True)
    form_actions = models.BooleanField(_("holds a form or actions that reach outside"), default=False)
    scan_state = models.CharField(_("virus scan"), max_length=16, choices=ScanState, default=ScanState.NOT_CONFIGURED)
    scan_detail = models.CharField(_("what the scanner said"), max_length=255, blank=True)
    scanned_at = models.DateTimeField(_("scanned at"), null=True, blank=True)
    created_at = models.DateTimeField(_("received at"), default=timezone.now, editable=False)
    reading = models.CharField(_("text"), max_length=8, choices=ReadState, default=ReadState.WAITING, editable=False)
    read_problem = models.CharField(_("why not"), max_length=16, choices=ReadProblem, blank=True, editable=False)
    read_at = models.DateTimeField(_("read at"), null=True, blank=True, editable=False)

    objects = StoredFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="file_kind_is_accepted"),
            models.CheckConstraint(condition=Q(size__gt=0), name="file_is_not_empty"),
            models.CheckConstraint(condition=~Q(draft_key="", organisation=None), name="file_has_a_place"),
        ]
        indexes = [
            models.Index(fields=["organisation", "sha256"], name="file_by_content"),
            models.Index(fields=["draft_key"], name="file_by_draft"),
            models.Index(fields=["scan_state"], name="file_by_scan", condition=~Q(scan_state=ScanState.CLEAN)),
            models.Index(fields=["reading"], name="file_by_reading", condition=~Q(reading=ReadState.READ)),
        ]

    def __str__(self):
        return self.name

    @property
    def key(self) -> str:
        """The address of the bytes in the store."""
        if self.organisation_id:
            return organisation_key(self.organisation_id, self.sha256)
        return f"drafts/{self.draft_key[:2]}/{self.draft_key}.{self.sha256}"

    @property
    def media_type(self) -> str:
        return Kind(self.kind).media_type

    @property
    def has_pages(self) -> bool:
        return Kind(self.kind).has_pages

    @property
    def is_openable(self) -> bool:
        """Whether the virus scan lets anybody open it."""
        return self.scan_state in OPENABLE

    @property
    def path(self):
        return store.current().path(self.key)

    def open_stream(self):
        """The bytes as they came; to be closed by the caller."""
        return store.current().open(self.key)

    def is_intact(self) -> bool:
        """Whether the store still holds exactly what was received; False also when it holds nothing."""
        try:
            with self.open_stream() as stream:
                return hashlib.file_digest(stream, "sha256").hexdigest() == self.sha256
        except OSError:
            return False


class FilePage(models.Model):
    """What one page of a file says: its own text layer, what was recognised of a scan, or what somebody put right.

    A sheet of a workbook and a slide are pages; a text document is one.
    """

    file = models.ForeignKey(StoredFile, models.CASCADE, related_name="+", verbose_name=_("file"))
    number = models.PositiveIntegerField(_("page"))
    text = models.TextField(_("text"), blank=True)
    is_recognised = models.BooleanField(_("letters recognised by machine"), default=False)
    is_corrected = models.BooleanField(_("put right by somebody"), default=False)
    problem = models.CharField(_("why not"), max_length=16, choices=ReadProblem, blank=True)

    class Meta:
        verbose_name = _("page of a file")
        verbose_name_plural = _("pages of files")
        ordering = ["file", "number"]
        constraints = [
            models.UniqueConstraint(fields=["file", "number"], name="file_page_once"),
            models.CheckConstraint(condition=Q(number__gt=0), name="file_page_counts_from_one"),
        ]

    def __str__(self):
        return f"{self.file_id}, {self.number}"


def organisation_key(organisation_id, sha256: str) -> str:
    return f"organisations/{organisation_id}/{sha256[:2]}/{sha256}"
