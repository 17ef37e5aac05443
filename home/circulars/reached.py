"""What the issuer's page says of whom a version reached, and the same as tables."""

from itertools import groupby

from django.utils.translation import gettext as _

from core import dates
from core.spreadsheets import CSV, csv_bytes, xlsx_bytes
from home.circulars import operations
from home.circulars.document_reach import FIGURES


def page(circular, version) -> dict:
    """The counts, by organisation and altogether."""
    rows = [_row(reached) for reached in operations.reach(circular, version)]
    by_organisation = groupby(rows, key=lambda row: row["unit"].organisation)
    return {
        "organisations": [{"organisation": body, "rows": list(units)} for body, units in by_organisation],
        "total": _shares({name: sum(row[name] for row in rows) for name in FIGURES}),
    }


def asking_versions(circular) -> list:
    """The last version under each hash that acknowledgements are bound to, newest first."""
    versions = {}
    for version in circular.versions.order_by("-number"):
        versions.setdefault(version.meaning_hash, version)
    return list(versions.values())


def table(circular, version, kind, *, to) -> bytes:
    """The counts as CSV, or as XLSX with a second sheet for the names of one's own chain."""
    counts = [
        [_("Organisation"), _("Unit"), _("Delivered"), _("Opened"), _("Acknowledged"), _("Not yet")],
        *(
            [reached.unit.organisation.name, reached.unit.name, *(getattr(reached, name) for name in FIGURES)]
            for reached in operations.reach(circular, version)
        ),
    ]
    if kind == CSV:
        return csv_bytes(counts)
    people = [
        [_("Name"), _("Unit"), _("Delivered"), _("Opened"), _("Acknowledged"), _("Reminded")],
        *(_person(row) for row in operations.named(circular, version, to=to)),
    ]
    return xlsx_bytes({_("Counts"): counts, _("People"): people})


def _row(reached):
    return _shares({"unit": reached.unit, **{name: getattr(reached, name) for name in FIGURES}})


def _shares(row):
    """With what part of those it was handed to have opened and acknowledged, in whole per cent."""
    handed = row["delivered"] or 1
    return row | {
        "opened_share": row["opened"] * 100 // handed,
        "acknowledged_share": row["acknowledged"] * 100 // handed,
    }


def _person(row):
    moments = (row.delivered_at, row.opened_at, row.acknowledged_at, row.reminded_at)
    return [
        row.person.get_full_name(),
        row.post.unit.name,
        *(dates.iso(moment) if moment else "" for moment in moments),
    ]
