from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from core.files.parsing.findings import (  # noqa: F401 — limits are asked for here
    MAX_FILE_BYTES,
    MAX_PAGES,
    MAX_PIXELS,
    MEDIA_TYPES,
)

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


class ReadState(TextChoices):
    """How far the text of a file is known (`core.files.text`)."""

    WAITING = "waiting", _("Text not read yet")
    READ = "read", _("Text read")
    NOTHING = "nothing", _("No text in it")
    NOT_NOW = "not_now", _("Text cannot be read for now")


class ReadProblem(TextChoices):
    """Why the text of a file, or of one of its pages, is missing or not whole."""

    NO_RECOGNITION = "no_recognition", _("A scan, and Tesseract is not installed here")
    TOO_COSTLY = "too_costly", _("Takes more time or memory than it may")
    DAMAGED = "damaged", _("Damaged: it cannot be opened")
    LOST = "lost", _("The file is missing from the store")
    CUT = "cut", _("Long: only the beginning of a page is kept")
    TOO_MANY_PAGES = "too_many_pages", _("Only the first pages are read")


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
