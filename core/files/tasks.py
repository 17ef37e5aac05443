"""What the workers do for files: virus scans, again until the answer is clear; reading their text; sweeping up."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from core.files import operations, operations_text, reading, store
from core.files.enums import ReadProblem, ScanState
from core.files.models import StoredFile
from core.outbox.operations import give_way

PART_SECONDS = 24 * 3600
OVERDUE = timedelta(minutes=30)
BATCH = 500


class StillNotScanned(Exception):
    """Raised so that the row is tried again later; its text is shown to the administrator."""


def scan(payload, *, message):
    """Row `files.scan`: judge one file. A file that is gone (its draft was erased) needs no scan."""
    file = StoredFile.objects.filter(pk=payload["file"]).first()
    if file is None or file.scan_state in (ScanState.CLEAN, ScanState.INFECTED):
        return
    if operations.scan(file) == ScanState.NOT_SCANNED:
        raise StillNotScanned(file.scan_detail)


def rescan():
    """Job `files.rescan`: ask again, once an hour, for what has no clear answer, also from before a scanner."""
    now = timezone.now()
    states = [ScanState.WAITING, ScanState.NOT_SCANNED, ScanState.NOT_CONFIGURED]
    overdue = StoredFile.objects.filter(scan_state__in=states, created_at__lt=now - OVERDUE)
    for file in overdue.order_by("scanned_at", "pk")[:BATCH]:
        operations.ask_for_scan(file, turn=f"{now:%Y%m%d%H}")


def rescan_wanted():
    return (
        bool(settings.CLAMAV_SOCKET)
        and StoredFile.objects.exclude(scan_state__in=[ScanState.CLEAN, ScanState.INFECTED]).exists()
    )


def read(payload, *, message):
    """Row `files.read`: read the text of one file; what else is due is done between its pages."""
    file = _unread().filter(pk=payload["file"]).first()
    if file is not None:
        operations_text.read_text(file, pause=_give_way)


def ask_to_read():
    """Job `files.ask_to_read`: ask, once an hour, for what is still unread: old stock, scans from before Tesseract."""
    now = timezone.now()
    files = _unread().filter(created_at__lt=now - OVERDUE).order_by("pk")[:BATCH]
    operations_text.ask_to_read(files, turn=f"{now:%Y%m%d%H}")


def reading_wanted():
    return _unread().filter(created_at__lt=timezone.now() - OVERDUE).exists()


def _unread():
    if not reading.languages():
        return StoredFile.objects.to_read()
    scans = StoredFile.objects.readable().filter(read_problem=ReadProblem.NO_RECOGNITION)
    return StoredFile.objects.to_read() | scans


def _give_way():
    give_way(operations_text.READ)


def sweep():
    """Job `files.sweep`: parts of uploads that a killed process left behind, a day after their last byte."""
    store.current().sweep(PART_SECONDS)
