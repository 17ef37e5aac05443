"""What the workers do for files: virus scans, again until the answer is clear, and sweeping up."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from core.files import operations, store
from core.files.enums import ScanState
from core.files.models import StoredFile

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


def sweep():
    """Job `files.sweep`: parts of uploads that a killed process left behind, a day after their last byte."""
    store.current().sweep(PART_SECONDS)
