from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from core.files.parsing.findings import MAX_FILE_BYTES, MAX_PIXELS, MEDIA_TYPES  # noqa: F401 — limits are asked for here

MAX_FILES = 10
MAX_TOTAL_BYTES = 60_000_000
ACCEPT = ".pdf,.jpg,.jpeg,.png,.docx,.xlsx,.odt,.ods"  # what file pickers offer; makes most phones convert HEIC


class Kind(TextChoices):
    """The closed list of what may be sent."""

    PDF = "pdf", _("PDF document")
    JPEG = "jpeg", _("JPEG picture")
    PNG = "png", _("PNG picture")
    DOCX = "docx", _("Word document (DOCX)")
    XLSX = "xlsx", _("Excel workbook (XLSX)")
    ODT = "odt", _("OpenDocument text (ODT)")
    ODS = "ods", _("OpenDocument spreadsheet (ODS)")

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self.value]

    @property
    def has_pages(self) -> bool:
        """Whether pages can be drawn; office files show their text."""
        return self in (Kind.PDF, Kind.JPEG, Kind.PNG)


class ScanState(TextChoices):
    """What the virus scanner says. Only CLEAN and NOT_CONFIGURED let a file be opened."""

    NOT_CONFIGURED = "not_configured", _("No virus scanner is set up")
    WAITING = "waiting", _("Waiting for the virus scan")
    CLEAN = "clean", _("No virus found")
    INFECTED = "infected", _("Virus found")
    NOT_SCANNED = "not_scanned", _("Not scanned yet")


class Refusal(TextChoices):
    """Why a file does not come in; the values are what `check_files` prints."""

    KIND_NOT_ALLOWED = "kind-not-allowed", _("Kind of file not accepted")
    WRONG_EXTENSION = "wrong-extension", _("Name and content differ")
    WRONG_TYPE = "wrong-type", _("Declared type and content differ")
    UNREADABLE = "unreadable", _("Cannot be read")
    ENCRYPTED = "encrypted", _("Protected by a password")
    JAVASCRIPT = "javascript", _("Holds JavaScript")
    LAUNCH = "launch", _("Starts programs")
    XFA = "xfa", _("Dynamic form (XFA)")
    RICHMEDIA = "richmedia", _("Holds rich media")
    MACROS = "macros", _("Holds macros")
    BOMB = "bomb", _("Too complex to check")
    POLYGLOT = "polyglot", _("Two files in one")
    TOO_MANY_PIXELS = "too-many-pixels", _("Too many pixels")
    TOO_LARGE = "too-large", _("Too large")
    MALWARE = "malware", _("Virus found")
