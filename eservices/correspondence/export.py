"""A list of letters as a table for spreadsheets: CSV (UTF-8 with mark, for Excel) or XLSX."""

from django.utils.translation import gettext as _

from core import dates
from core.spreadsheets import MEDIA_TYPES, table


def write(items, kind: str) -> tuple[bytes, str]:
    """The rows of `items` as the bytes of a `csv` or `xlsx` file, and its media type."""
    rows = [_heading(), *(_row(item) for item in items.iterator(chunk_size=1000))]
    return table(rows, kind, title=_("Correspondence")), MEDIA_TYPES[kind]


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
        str(letter.party),
        letter.shown_subject(),
        letter.get_channel_display(),
        item.get_state_display(),
        str(item.owner_unit or ""),
        item.due_on.isoformat() if item.due_on else "",
    ]
