"""A register as a table for spreadsheets: CSV (UTF-8 with its mark) line by line, or XLSX."""

import csv
import io
from collections.abc import Iterator

from django.utils.translation import gettext as _
from openpyxl import Workbook

from core import dates
from core.evidence.book import label
from core.registers.enums import EntryState

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Echo:
    """What csv writes to is what we give out."""

    def write(self, text):
        return text


def as_csv(entries) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(_heading())
    for entry in entries.iterator(1000):
        yield writer.writerow(_row(entry))


def as_xlsx(entries) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("Register"))
    sheet.append(_heading())
    for entry in entries.iterator(1000):
        sheet.append(_row(entry))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _heading():
    return [
        _("Number"),
        _("Registered at"),
        _("Date of the document"),
        _("Sender"),
        _("Recipients"),
        _("Subject"),
        _("Nature"),
        _("Channel"),
        _("State"),
        _("Reason"),
        _("Rectifies"),
        _("Rectified by"),
    ]


def _row(entry):
    is_annulled = entry.shown_state == EntryState.ANNULLED
    is_rectified = entry.shown_state == EntryState.RECTIFIED
    return [
        entry.number_text,
        dates.iso(entry.registered_at),
        entry.document_date.isoformat() if entry.document_date else "",
        *_words(entry),
        label("nature", entry.nature),
        label("channel", entry.channel),
        str(EntryState(entry.shown_state).label),
        entry.get_annul_reason_display() if is_annulled else "",
        entry.rectifies.number_text if entry.rectifies else "",
        entry.rectified_by.number_text if is_rectified else "",
    ]


def _words(entry):
    if entry.is_masked:
        return ["", "", _("Confidential letter no. %(number)s") % {"number": entry.number_text}]
    return [_plain(entry.body.sender), _plain(entry.body.recipients), _plain(entry.body.subject)]


def _plain(text: str) -> str:
    """Text a spreadsheet must not take for a formula (OWASP: CSV injection)."""
    return f"'{text}" if text.startswith(_FORMULA) else text
