"""The legal clock: when a letter's time is over. Pure functions; days are calendar days (law 55-19, art. 16-17)."""

from dataclasses import dataclass
from datetime import date, timedelta

from core.organisations.calendar import next_working_day

WARNINGS = (50, 80, 100)  # percent of the time at which the unit in charge is told


@dataclass(frozen=True)
class Pause:
    """Days on which the clock stands still: from `starts_on` up to, not including, `ends_on` (None: still)."""

    starts_on: date
    ends_on: date | None = None


def due_date(organisation, start: date, days: int | None, *, extension: int = 0, pauses=(), on: date) -> date | None:
    """The last day of a time limit of `days` calendar days from `start`, or None where none runs.

    Pauses push it by their length (an open one counts until `on`); an end on a non-working day of the organisation
    moves to its next working day.
    """
    if days is None:
        return None
    stopped = sum(max(0, ((pause.ends_on or on) - pause.starts_on).days) for pause in pauses)
    return next_working_day(organisation, start + timedelta(days=days + extension + stopped))


def percent_used(start: date, due_on: date, on: date) -> int:
    """How much of the time between `start` and `due_on` is gone on the day `on`, in whole percent, at least 0."""
    whole = max(1, (due_on - start).days)
    return max(0, (on - start).days * 100 // whole)
