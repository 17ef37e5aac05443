import psycopg
import pytest
from django.db import connection

from core.postgresql.base import DatabaseWrapper

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
