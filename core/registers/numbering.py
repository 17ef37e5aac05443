"""Taking the next number: one statement that locks the register, counts and reads the clock inside the lock."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import NamedTuple

from django.utils import timezone

from core import sql
from core.dates import CASABLANCA, local
from core.registers.models import Register

_MICROSECOND = timedelta(microseconds=1)


class Taken(NamedTuple):
    """A number held by the running transaction, and the moment at which it was taken."""

    register_id: int
    number: int
    moment: datetime


def current_year() -> int:
    """The year at the office by this machine's clock: a guess, which the statement checks under its lock."""
    return local(timezone.now()).year


@cache
def year_bounds(year: int) -> tuple[datetime, datetime]:
    """First and last instant of a year at the office, in UTC: a database's own zone data may be old."""
    first = datetime(year, 1, 1, tzinfo=CASABLANCA).astimezone(UTC)
    return first, datetime(year + 1, 1, 1, tzinfo=CASABLANCA).astimezone(UTC) - _MICROSECOND


def clock_sql() -> str:
    """The moment inside a statement of PostgreSQL: its own clock, never now(), which is when the transaction began."""
    return "clock_timestamp()"


def clock() -> datetime:
    """The moment by the clock that decides: the server's on PostgreSQL, on SQLite this machine's, which is the same."""
    if sql.is_postgresql():
        return as_moment(sql.fetch_one((f"SELECT {clock_sql()}", []))[0])
    return timezone.now()


def take(organisation_id: int, direction: str) -> Taken:
    """Take the next number of the current year inside the caller's transaction.

    The moment never goes back, and lies in the year of the register.
    """
    if not sql.is_postgresql():
        return _take_alone(organisation_id, direction)
    year = current_year()
    while (row := sql.fetch_one(_statement(organisation_id, direction, year))) is None:
        year = local(clock()).year
    number, moment = row
    return Taken(Register.key(organisation_id, direction, year), number, as_moment(moment))


def _statement(organisation_id: int, direction: str, year: int) -> sql.Statement:
    """The upsert; it gives a row (number, moment), or none if the year is over."""
    key, (first, last) = Register.key(organisation_id, direction, year), year_bounds(year)
    given = [key, organisation_id, direction, year, last, key, first, last, last, first, last]
    return _NUMBER.format(clock=clock_sql()), given


def _take_alone(organisation_id: int, direction: str) -> Taken:
    """On SQLite the transaction holds the only lock there is: the clock read before the upsert is read under it."""
    now = clock()
    year = local(now).year
    key = Register.key(organisation_id, direction, year)
    number, moment = sql.fetch_one((_NUMBER_ALONE, [key, organisation_id, direction, year, now]))
    return Taken(key, number, as_moment(moment))


def as_moment(value) -> datetime:
    """A moment as a raw statement gives it: aware on PostgreSQL, in UTC without saying so (or text) on SQLite."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


# On PostgreSQL whoever waits does so in a queue: of those that wait for a row each is woken to look at it again.
_NUMBER = """
    INSERT INTO registers_register AS r (id, organisation_id, direction, year, last_number, last_at)
    SELECT %s, %s, %s, %s, 1, least({clock}, %s) FROM (SELECT pg_advisory_xact_lock(%s)) AS turn
    WHERE {clock} BETWEEN %s AND %s
    ON CONFLICT (id) DO UPDATE
    SET last_number = r.last_number + 1, last_at = greatest(r.last_at, least({clock}, %s))
    WHERE {clock} BETWEEN %s AND %s
    RETURNING last_number, last_at
"""
_NUMBER_ALONE = """
    INSERT INTO registers_register AS r (id, organisation_id, direction, year, last_number, last_at)
    VALUES (%s, %s, %s, %s, 1, %s)
    ON CONFLICT (id) DO UPDATE SET last_number = r.last_number + 1, last_at = max(r.last_at, excluded.last_at)
    RETURNING last_number, last_at
"""
