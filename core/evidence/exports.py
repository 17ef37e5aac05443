"""A register as a table for spreadsheets: CSV (UTF-8 with its mark) line by line, or XLSX."""

from collections.abc import Iterator
from itertools import chain

from django.utils.translation import gettext as _

from core import dates
from core.evidence.book import label
from core.registers.enums import EntryState
from core.spreadsheets import MARK, XLSX, csv_lines, table


def as_csv(entries) -> Iterator[str]:
    return chain([MARK], csv_lines(_rows(entries)))


def as_xlsx(entries) -> bytes:
    return table(_rows(entries), XLSX, title=_("Register"))


def _rows(entries):
    yield _heading()
    yield from map(_row, entries.iterator(1000))


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
    return [entry.body.sender, entry.body.recipients, entry.body.subject]
