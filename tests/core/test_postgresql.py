from datetime import UTC

import psycopg
import pytest
from django.db import DataError, connection
from django.db.backends.postgresql.psycopg_any import BaseTzLoader
from psycopg.pq import Format

from core.postgresql.base import DatabaseWrapper, UtcLoader

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.both,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no server that could go away"),
]


@pytest.fixture
def other():
    """A connection of its own to the test's database, by our backend."""
    made = DatabaseWrapper({**connection.settings_dict, "CONN_HEALTH_CHECKS": True}, "other")
    made.ensure_connection()
    yield made
    made.close()


def test_kept_connection_is_not_asked_whether_it_lives(other, monkeypatch):
    def ask(*_arguments):
        raise AssertionError("the server was asked")

    monkeypatch.setattr(psycopg.Cursor, "execute", ask)
    assert other.is_usable()


def test_connection_that_the_server_ended_is_not_usable_and_replaced_at_the_next_request(other):
    before = other.connection
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [before.info.backend_pid])

    assert not other.is_usable()
    other.close_if_unusable_or_obsolete()
    with other.cursor() as cursor:
        cursor.execute("SELECT 1")
    assert other.connection is not before


def test_connection_with_word_from_the_server_is_asked_and_goes_on(other):
    with other.cursor() as cursor:
        cursor.execute("LISTEN diwan_test")
    with connection.cursor() as cursor:
        cursor.execute("NOTIFY diwan_test")

    assert other.is_usable()


def test_connection_that_is_closed_or_was_never_made_is_not_usable(other):
    other.connection.close()
    assert not other.is_usable()
    assert not DatabaseWrapper(connection.settings_dict, "other").is_usable()


TIMESTAMPTZ = 1184


class DjangoLoader(BaseTzLoader):
    timezone = UTC


@pytest.mark.parametrize(
    "text", ["2026-11-29 13:22:11.123456+00", "2026-11-29 13:22:11.12+00", "0099-01-01 00:00:00+00"]
)
def test_moments_are_read_as_django_reads_them(other, text):
    with other.cursor() as ours, connection.cursor() as djangos:
        ours.execute("SELECT %s::timestamptz", [text])
        djangos.cursor.adapters.register_loader("timestamptz", DjangoLoader)
        djangos.execute("SELECT %s::timestamptz", [text])
        found, expected = ours.fetchone()[0], djangos.fetchone()[0]

    assert (found, found.tzinfo) == (expected, UTC)
    assert connection.connection.adapters.get_loader(TIMESTAMPTZ, Format.TEXT) is UtcLoader


@pytest.mark.parametrize("text", ["infinity", "12026-01-01 00:00:00+00"])
def test_moment_that_python_has_not_is_refused_with_its_reason(other, text):
    with other.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz", [text])
        with pytest.raises(DataError, match="timestamp too large"):
            cursor.fetchone()
