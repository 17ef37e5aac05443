"""Taking the next number: one statement that locks the register, counts and reads the clock inside the lock."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import NamedTuple

from django.utils import timezone

from core.dates import CASABLANCA, local
from core.registers import sql
from core.registers.models import Register
from core.registers.sql import database

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
    """The moment inside a statement: the server's own clock on PostgreSQL (never now(), which is when the transaction
    began); on SQLite a parameter, read while the write lock is already held."""
    return "clock_timestamp()" if database().vendor == "postgresql" else "%s"


def clock_parameters() -> list:
    """What `clock_sql()` needs."""
    connection = database()
    return [] if connection.vendor == "postgresql" else [connection.ops.adapt_datetimefield_value(timezone.now())]


def number_statement(organisation_id: int, direction: str, year: int) -> sql.Statement:
    """The upsert; it gives a row (number, moment), or none if the year is over.

    The moment never goes back, and both the row's and the new moment lie in the year of the register.
    """
    connection = database()
    first, last = (connection.ops.adapt_datetimefield_value(moment) for moment in year_bounds(year))
    key = Register.key(organisation_id, direction, year)
    clock = clock_parameters()
    values = [key, organisation_id, direction, year, *clock, last, *clock, first, last]
    return _sql(connection.vendor), [*values, *clock, last, *clock, first, last]


def taken(organisation_id: int, direction: str, year: int, number: int, moment) -> Taken:
    """The answer of the statement."""
    return Taken(Register.key(organisation_id, direction, year), number, as_moment(moment))


def take(organisation_id: int, direction: str) -> Taken:
    """Take the next number of the current year inside the caller's transaction."""
    year = current_year()
    while (row := sql.fetch_one(number_statement(organisation_id, direction, year))) is None:
        year = year_by_database()
    return taken(organisation_id, direction, year, *row)


def year_by_database() -> int:
    """The year at the office by the clock that decides."""
    return local(as_moment(sql.fetch_one((f"SELECT {clock_sql()}", clock_parameters()))[0])).year


def as_moment(value) -> datetime:
    """A moment as a raw statement gives it: aware on PostgreSQL, in UTC without saying so (or text) on SQLite."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


@cache
def _sql(vendor: str) -> str:
    clock = clock_sql()
    latest, earliest = ("greatest", "least") if vendor == "postgresql" else ("max", "min")
    return _NUMBER.format(clock=clock, latest=latest, earliest=earliest)


_NUMBER = """
    INSERT INTO registers_register AS r (id, organisation_id, direction, year, last_number, last_at)
    SELECT %s, %s, %s, %s, 1, {earliest}({clock}, %s) WHERE {clock} BETWEEN %s AND %s
    ON CONFLICT (id) DO UPDATE
    SET last_number = r.last_number + 1, last_at = {latest}(r.last_at, {earliest}({clock}, %s))
    WHERE {clock} BETWEEN %s AND %s
    RETURNING last_number, last_at
"""
