"""Moments and days as the office counts them: Africa/Casablanca, converted in Python only, never in SQL."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from django.utils import timezone

CASABLANCA = ZoneInfo("Africa/Casablanca")


def local(moment: datetime) -> datetime:
    """The same moment on the office's wall clock."""
    return moment.astimezone(CASABLANCA)


def local_date(moment: datetime) -> date:
    """The day of a moment at the office; what is stored beside a moment wherever days are compared."""
    return local(moment).date()


def starts_at(day: date) -> datetime:
    """The moment at which that day begins at the office."""
    return datetime.combine(day, time.min, CASABLANCA)


@cache
def day_bounds(day: date) -> tuple[str, str]:
    """The first moment of that day at the office and of the next, in UTC, as a statement is given them."""
    return tuple(starts_at(each).astimezone(UTC).isoformat() for each in (day, day + timedelta(days=1)))


def today() -> date:
    """Today at the office."""
    return local_date(timezone.now())


def iso(moment: datetime) -> str:
    """A moment as ISO 8601 to the second with the office's offset, e.g. 2026-11-22T10:42:07+00:00."""
    return local(moment).isoformat(timespec="seconds")
