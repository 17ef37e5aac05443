"""Working days and hours of an organisation, by the version of its calendar that holds for the day asked about."""

import csv
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from django.db.models import prefetch_related_objects

from core import sql
from core.dates import local
from core.organisations.enums import Period
from core.organisations.models import WorkingCalendar

# Without any calendar: the week of the public service, and its hours outside Ramadan.
DEFAULT_WEEKEND = frozenset({5, 6})
DEFAULT_CLOSING = time(16, 30)
# More closed days in a row than any calendar has; reached only if somebody declares the whole week a weekend.
LONGEST_CLOSURE = 60

_HOLIDAYS = Path(__file__).parent / "data" / "holidays.csv"


@dataclass(frozen=True)
class Hours:
    opens: time
    closes: time


class _Version:
    """One version of a calendar, read once with its days and hours."""

    def __init__(self, row: WorkingCalendar):
        self.valid_from = row.valid_from
        self.weekend = frozenset(row.weekend)
        self.holidays = frozenset(holiday.day for holiday in row.holidays.all())
        self.hours = list(row.opening_hours.all())

    def hours_on(self, day: date) -> list[Hours]:
        of_ramadan = [row for row in self.hours if row.period == Period.RAMADAN and row.starts_on <= day <= row.ends_on]
        rows = of_ramadan or [row for row in self.hours if row.period == Period.REGULAR]
        return sorted(
            (Hours(row.opens, row.closes) for row in rows if day.weekday() in row.weekdays),
            key=lambda hours: hours.opens,
        )


class Calendar:
    """The versions of one organisation's calendar: three queries, then answers for any number of days."""

    def __init__(self, organisation):
        rows = sql.find_all(WorkingCalendar, organisation=organisation.pk)[::-1]  # the model puts the newest first
        prefetch_related_objects(rows, "holidays", "opening_hours")
        self.versions = [_Version(row) for row in rows]

    def version_on(self, day: date) -> _Version | None:
        return next((version for version in reversed(self.versions) if version.valid_from <= day), None)

    def is_working_day(self, day: date) -> bool:
        version = self.version_on(day)
        if version is None:
            return day.weekday() not in DEFAULT_WEEKEND
        return day.weekday() not in version.weekend and day not in version.holidays

    def next_working_day(self, day: date) -> date:
        for days in range(LONGEST_CLOSURE):
            if self.is_working_day(day + timedelta(days)):
                return day + timedelta(days)
        return day

    def add_working_days(self, day: date, days: int) -> date:
        for _step in range(days):
            day = self.next_working_day(day + timedelta(1))
        return day

    def hours_on(self, day: date) -> list[Hours]:
        version = self.version_on(day)
        return version.hours_on(day) if version and self.is_working_day(day) else []

    def closing_on(self, day: date) -> time:
        hours = self.hours_on(day)
        return max(row.closes for row in hours) if hours else DEFAULT_CLOSING

    def is_open(self, moment: datetime) -> bool:
        at = local(moment)
        return any(row.opens <= at.time() < row.closes for row in self.hours_on(at.date()))

    def effective_on(self, moment: datetime) -> date:
        at = local(moment)
        if self.is_working_day(at.date()) and at.time() < self.closing_on(at.date()):
            return at.date()
        return self.next_working_day(at.date() + timedelta(1))


def is_working_day(organisation, day: date) -> bool:
    """Neither weekend nor holiday there."""
    return Calendar(organisation).is_working_day(day)


def next_working_day(organisation, day: date) -> date:
    """`day` itself if work is done that day, else the first day after it on which it is."""
    return Calendar(organisation).next_working_day(day)


def add_working_days(organisation, day: date, days: int) -> date:
    """The day reached after `days` working days, `day` itself not counted."""
    return Calendar(organisation).add_working_days(day, days)


def effective_on(organisation, moment: datetime) -> date:
    """The day from which time limits count: that of receipt, or the next working day after closing time."""
    return Calendar(organisation).effective_on(moment)


def hours_on(organisation, day: date) -> list[Hours]:
    """The opening hours of that day, earliest first; empty when closed or not written down."""
    return Calendar(organisation).hours_on(day)


def public_holidays(year: int) -> list[tuple[date, str, str]]:
    """The national holidays of a year that fall on a fixed day: day, Arabic and French name.

    Religious ones follow the moon and are written down by an administrator once they are announced.
    """
    with _HOLIDAYS.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if int(row["since"]) <= year]
    return [(date.fromisoformat(f"{year}-{row['day']}"), row["name_ar"], row["name_fr"]) for row in rows]
