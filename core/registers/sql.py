"""Raw statements for the few places where rows are written while a lock is held that everybody waits for.

The columns come from the models, so these statements follow every migration by themselves. On PostgreSQL they are
prepared by the server after a few uses (`prepare_threshold`): most of their cost would be parsing and planning.
"""

from functools import cache

from django.db import DEFAULT_DB_ALIAS, connections, models

Statement = tuple[str, list]
Row = dict[str, object]  # one value for every column of a model, by attribute name
_INSERT = "INSERT INTO {table} ({names}) VALUES "
# What PostgreSQL's driver takes as it is; of other fields the values are prepared as `save()` would.
_PLAIN = (
    models.CharField,
    models.TextField,
    models.IntegerField,
    models.DateField,
    models.UUIDField,
    models.ForeignKey,
)


def database():
    """The connection itself: `django.db.connection` is a proxy that costs a look-up on every touch."""
    return connections[DEFAULT_DB_ALIAS]


def insert(model: type[models.Model], rows: list[Row]) -> Statement:
    """One INSERT for rows of one model; their keys are known beforehand."""
    connection = database()
    head, marks, fields = _insert(model, connection.vendor)
    values = [prepare(row[name], connection) if prepare else row[name] for row in rows for name, prepare in fields]
    return head + ", ".join([marks] * len(rows)), values


def instance(model: type[models.Model], row: Row) -> models.Model:
    """The row as if it had been read from the database."""
    names = _names(model)
    return model.from_db(DEFAULT_DB_ALIAS, names, [row[name] for name in names])


def fetch_one(statement: Statement) -> tuple | None:
    """The first row of a statement that gives rows."""
    with _cursor() as cursor:
        cursor.execute(*statement)
        return cursor.fetchone()


def execute(statements: list[Statement]) -> None:
    """Execute statements that give no rows and do not look at each other's: on PostgreSQL as one, in one round trip."""
    with _cursor() as cursor:
        if database().vendor != "postgresql":
            for statement in statements:
                cursor.execute(*statement)
            return
        *before, last = (sql for sql, _ in statements)
        parts = ", ".join(f"s{number} AS ({sql})" for number, sql in enumerate(before))
        together = f"WITH {parts} {last}" if before else last
        cursor.execute(together, [value for _, parameters in statements for value in parameters])


def flush() -> None:
    """Return once everything this database has committed is on its disk, also what was committed without waiting.

    The log of the database is one sequence, so it is enough to wait for one more record: transactions that wait at the
    same time share one write to the disk.
    """
    if database().vendor == "postgresql":
        fetch_one(("SELECT pg_logical_emit_message(true, 'diwan', '')", []))


@cache
def _insert(model, vendor: str) -> tuple[str, str, tuple]:
    quote = database().ops.quote_name
    fields = model._meta.concrete_fields
    names = ", ".join(quote(field.column) for field in fields)
    marks = "(" + ", ".join(["%s"] * len(fields)) + ")"
    prepared = tuple((field.attname, _preparation(field, vendor)) for field in fields)
    return _INSERT.format(table=quote(model._meta.db_table), names=names), marks, prepared


def _preparation(field, vendor):
    return None if vendor == "postgresql" and isinstance(field, _PLAIN) else field.get_db_prep_save


@cache
def _names(model) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def _cursor():
    """Django's cursor, on PostgreSQL one whose parameters travel apart from the statement."""
    connection = database()
    if connection.vendor != "postgresql":
        return connection.cursor()
    from django.db.backends.postgresql.base import ServerBindingCursor  # noqa: PLC0415  there without PostgreSQL too

    connection.ensure_connection()
    cursor = ServerBindingCursor(connection.connection)
    return connection.make_debug_cursor(cursor) if connection.queries_logged else connection.make_cursor(cursor)
