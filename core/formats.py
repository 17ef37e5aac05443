"""Days, moments and sizes as they are written for people: Western digits, Moroccan month names, never flipped."""

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from core.dates import local, local_date
from core.text import ltr

# Extracted under Django's own names, so that our catalogue also decides what its `date` filter prints in Arabic.
MONTHS = (
    _("January"),
    _("February"),
    _("March"),
    _("April"),
    _("May"),
    _("June"),
    _("July"),
    _("August"),
    _("September"),
    _("October"),
    _("November"),
    _("December"),
)
WEEKDAYS = (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"))


def month_name(number: int) -> str:
    """The month as Moroccan administrations call it in the active language."""
    return str(MONTHS[number - 1])


def day_text(value: date | datetime | None) -> str:
    """A date in words, e.g. 18 نونبر 2026; of a moment, its day at the office."""
    if not value:
        return ""
    day = local_date(value) if isinstance(value, datetime) else value
    number = "1er" if day.day == 1 and get_language() == "fr" else day.day
    return gettext("%(day)s %(month)s %(year)s") % {"day": number, "month": month_name(day.month), "year": day.year}


def weekday_text(value: date | datetime | None) -> str:
    """A date with its day of the week, e.g. الاثنين 23 نونبر 2026."""
    if not value:
        return ""
    day = local_date(value) if isinstance(value, datetime) else value
    return gettext("%(weekday)s %(day)s") % {"weekday": WEEKDAYS[day.weekday()], "day": day_text(day)}


def offset_text(moment: datetime) -> str:
    """The office's distance from UTC at that moment, e.g. UTC+0."""
    minutes = int(local(moment).utcoffset().total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02d}" if rest else "")


def time_text(moment: datetime | None, *, seconds: bool = True) -> str:
    """The time of day at the office with its offset, isolated, e.g. 10:42:07 (UTC+0)."""
    if not moment:
        return ""
    return ltr(f"{local(moment):{'%H:%M:%S' if seconds else '%H:%M'}} ({offset_text(moment)})")


def moment_text(moment: datetime | None, *, seconds: bool = True) -> str:
    """Day, time and offset in one line of plain text, for e-mails and documents."""
    if not moment:
        return ""
    return gettext("%(day)s at %(time)s") % {"day": day_text(moment), "time": time_text(moment, seconds=seconds)}


def filesize_text(size: int | None) -> str:
    """A size in the units people know (1 kB = 1000 bytes), one decimal where it says something."""
    if size is None or size == "":
        return ""
    size = int(size)
    if size < 1000:
        return ngettext("%(size)s byte", "%(size)s bytes", size) % {"size": ltr(size)}
    units = ((10**3, gettext("%(size)s kB")), (10**6, gettext("%(size)s MB")), (10**9, gettext("%(size)s GB")))
    unit, text = next((pair for pair in units if size < 1000 * pair[0]), units[-1])
    value = (Decimal(size) / unit).quantize(Decimal("0.1") if size < 10 * unit else Decimal(1), ROUND_HALF_UP)
    number = str(value).removesuffix(".0")
    return text % {"size": ltr(number if get_language() == "en" else number.replace(".", ","))}


def hash_groups(value: str | None, size: int = 8) -> list[str]:
    """A fingerprint cut into groups that an eye can compare."""
    text = str(value or "")
    return [text[start : start + size] for start in range(0, len(text), size)]
