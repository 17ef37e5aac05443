"""Django's PostgreSQL, but a kept connection is asked whether it still lives only when there is reason to doubt it.

Django asks `SELECT 1` at the first statement of every request: a round trip and two switches between processes, which
on most pages is as much as all else they ask. A server that restarts or ends a connection says so on the socket.
"""

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    def is_usable(self):
        """True without asking while the server has sent nothing; otherwise what Django finds out by asking."""
        if self.connection is not None and not self.connection.closed and _is_silent(self.connection):
            return True
        return super().is_usable()


def _is_silent(connection) -> bool:
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return not poll.poll(0)
