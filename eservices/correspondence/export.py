"""A list of letters as a table for spreadsheets: CSV (UTF-8 with mark, for Excel) or XLSX."""

import csv
import io

from django.utils.translation import gettext as _
from openpyxl import Workbook

from core import dates

CSV, XLSX = "csv", "xlsx"
MEDIA_TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write(items, kind: str) -> tuple[bytes, str]:
    """The rows of `items` as the bytes of a `csv` or `xlsx` file, and its media type."""
    rows = [_heading(), *(_row(item) for item in items.iterator(chunk_size=1000))]
    return (_csv(rows) if kind == CSV else _xlsx(rows)), MEDIA_TYPES[kind]


def _heading():
    return [
        _("Number"),
        _("Registered on"),
        _("Sender"),
        _("Subject"),
        _("Channel"),
        _("State"),
        _("Unit"),
        _("Due date"),
    ]


def _row(item):
    letter = item.correspondence
    return [
        letter.number,
        dates.iso(item.registered_at),
        _plain(str(letter.party)),
        _plain(letter.shown_subject()),
        letter.get_channel_display(),
        item.get_state_display(),
        str(item.owner_unit or ""),
        item.due_on.isoformat() if item.due_on else "",
    ]


def _plain(text: str) -> str:
    """Text a spreadsheet must not take for a formula (OWASP: CSV injection)."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _csv(rows) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return ("\ufeff" + out.getvalue()).encode()


def _xlsx(rows) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("Correspondence"))
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
