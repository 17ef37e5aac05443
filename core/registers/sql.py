"""Raw statements for the few places where rows are written while a lock is held that everybody waits for.

The columns come from the models, so these statements follow every migration by themselves. They go to the driver
itself, for Django's way there costs more than the statements: on PostgreSQL the server prepares them after a few uses
(`prepare_threshold`), on SQLite the driver keeps them.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache, lru_cache, partial
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models.base import ModelState

Statement = tuple[str, list]
Row = dict[str, object]  # one value for every column of a model, by attribute name
_INSERT = "INSERT INTO {table} ({names}) VALUES "


@lru_cache(maxsize=8)  # the same moment stands in every row of a transaction
def _moment(value: datetime) -> str:
    return str(value.astimezone(UTC))[:-6]


# SQLite has no such types: this is how Django writes them.
_ON_SQLITE = {UUID: lambda value: value.hex, datetime: _moment, date: lru_cache(maxsize=8)(str)}


def database():
    """The connection itself: `django.db.connection` is a proxy that costs a look-up on every touch."""
    return connections[DEFAULT_DB_ALIAS]


@cache
def is_postgresql() -> bool:
    """Whether this process works with PostgreSQL; otherwise with SQLite."""
    return database().vendor == "postgresql"


def insert(model: type[models.Model], rows: list[Row]) -> Statement:
    """One INSERT for rows of one model; their keys are known beforehand."""
    statement, names = _insert(model, len(rows))
    return statement, [row[name] for row in rows for name in names]


def instance(model: type[models.Model], row: Row) -> models.Model:
    """The row as if it had been read from the database; signals of models hear nothing of it."""
    made = model.__new__(model)
    made.__dict__.update(row)
    made._state = ModelState()
    made._state.adding, made._state.db = False, DEFAULT_DB_ALIAS
    return made


def fetch_one(statement: Statement) -> tuple | None:
    """The first row of a statement that gives rows."""
    connection = database()
    with connection.wrap_database_errors:
        return _runner(connection)(*statement).fetchone()


def execute(statements: list[Statement]) -> None:
    """Execute statements that give no rows and do not look at each other's: on PostgreSQL as one, in one round trip."""
    if is_postgresql() and len(statements) > 1:
        *before, last = (sql for sql, _ in statements)
        parts = ", ".join(f"s{number} AS ({sql})" for number, sql in enumerate(before))
        statements = [(f"WITH {parts} {last}", [value for _, parameters in statements for value in parameters])]
    connection = database()
    with connection.wrap_database_errors:
        run = _runner(connection)
        for statement in statements:
            run(*statement)


def flush() -> None:
    """Return once everything this database has committed is on its disk, also what was committed without waiting.

    The log of the database is one sequence, so it is enough to wait for one more record: transactions that wait at the
    same time share one write to the disk.
    """
    if is_postgresql():
        fetch_one(("SELECT pg_logical_emit_message(true, 'diwan', '')", []))


def _runner(connection) -> Callable:
    """What executes a statement and gives the cursor: the driver, or Django where somebody listens to what it does."""
    if connection.connection is None:
        connection.ensure_connection()
    connection.validate_no_broken_transaction()
    if connection.queries_logged or connection.execute_wrappers:
        return partial(_tell, connection)
    if is_postgresql():
        return _server_cursor()(connection.connection).execute
    execute = connection.connection.execute
    return lambda sql, parameters: execute(_for_sqlite(sql), _values_for_sqlite(parameters))


def _tell(connection, sql: str, parameters: list):
    if is_postgresql():
        cursor = _server_cursor()(connection.connection)
        cursor = connection.make_debug_cursor(cursor) if connection.queries_logged else connection.make_cursor(cursor)
    else:
        cursor, parameters = connection.cursor(), _values_for_sqlite(parameters)
    cursor.execute(sql, parameters)
    return cursor


@cache
def _server_cursor():
    """Cursors whose parameters travel apart from the statement."""
    from django.db.backends.postgresql.base import ServerBindingCursor  # noqa: PLC0415  there without PostgreSQL too

    return ServerBindingCursor


@cache
def _for_sqlite(sql: str) -> str:
    return sql.replace("%s", "?")


def _values_for_sqlite(values: list) -> list:
    return [write(value) if (write := _ON_SQLITE.get(type(value))) else value for value in values]


@cache
def _insert(model, rows: int) -> tuple[str, list[str]]:
    quote = database().ops.quote_name
    fields = model._meta.concrete_fields
    names = ", ".join(quote(field.column) for field in fields)
    marks = "(" + ", ".join(["%s"] * len(fields)) + ")"
    head = _INSERT.format(table=quote(model._meta.db_table), names=names)
    return head + ", ".join([marks] * rows), [field.attname for field in fields]
