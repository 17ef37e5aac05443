"""Django's PostgreSQL, but a kept connection is asked whether it still lives only when there is reason to doubt it.

Django asks `SELECT 1` at the first statement of every request: a round trip and two switches between processes, which
on most pages is as much as all else they ask. A server that restarts or ends a connection says so on the socket.
Moments, of which every row has some, are read by Python's own parser in place of two layers of loaders.
"""

import select
from datetime import UTC, datetime

from django.db.backends.postgresql import base
from django.db.backends.postgresql.psycopg_any import BaseTzLoader
from psycopg.adapt import Loader


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params):
        connection = super().get_new_connection(conn_params)
        if self.timezone is UTC:
            connection.adapters.register_loader("timestamptz", UtcLoader)
        return connection

    def is_usable(self):
        """True without asking while the server has sent nothing; otherwise what Django finds out by asking."""
        if self.connection is not None and not self.connection.closed and _is_silent(self.connection):
            return True
        return super().is_usable()


class UtcLoader(Loader):
    """A timestamptz of a session whose time zone is UTC, as Django's own loader reads it."""

    timezone = UTC  # what Django asks of a loader

    def load(self, data):
        try:
            return datetime.fromisoformat(str(data, "ascii"))
        except ValueError:  # infinity, before Christ, after 9999: psycopg says which
            return BaseTzLoader(self.oid, self.connection).load(data)


def _is_silent(connection) -> bool:
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return not poll.poll(0)
