"""Raw statements for the few places where rows are written while a lock is held that everybody waits for.

The columns come from the models, so these statements follow every migration by themselves. On PostgreSQL they are
prepared by the server after a few uses (`prepare_threshold`): most of their cost would be parsing and planning.
"""

from functools import cache

from django.db import connection

Statement = tuple[str, list]
_INSERT = "INSERT INTO {table} ({names}) VALUES "


def insert(rows: list) -> Statement:
    """One INSERT for rows of one model; their keys are known beforehand."""
    head, marks, fields = _insert(type(rows[0]), connection.vendor)
    parameters = [prepare(getattr(row, attribute), connection) for row in rows for attribute, prepare in fields]
    return head + ", ".join([marks] * len(rows)), parameters


def stored(rows: list) -> list:
    """Mark instances as rows of the database, as `save()` would."""
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias
    return rows


def fetch_one(statement: Statement) -> tuple | None:
    """The first row of a statement that gives rows."""
    with _cursor() as cursor:
        cursor.execute(*statement)
        return cursor.fetchone()


def execute(statements: list[Statement]) -> None:
    """Execute statements that give no rows and do not look at each other's: on PostgreSQL as one, in one round trip."""
    with _cursor() as cursor:
        if connection.vendor != "postgresql":
            for statement in statements:
                cursor.execute(*statement)
            return
        *before, last = (sql for sql, _ in statements)
        parts = ", ".join(f"s{number} AS ({sql})" for number, sql in enumerate(before))
        together = f"WITH {parts} {last}" if before else last
        cursor.execute(together, [value for _, parameters in statements for value in parameters])


@cache
def _insert(model, vendor: str) -> tuple[str, str, tuple]:
    fields = model._meta.concrete_fields
    names = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    head = _INSERT.format(table=connection.ops.quote_name(model._meta.db_table), names=names)
    marks = "(" + ", ".join(["%s"] * len(fields)) + ")"
    return head, marks, tuple((field.attname, field.get_db_prep_save) for field in fields)


def _cursor():
    """Django's cursor, on PostgreSQL one whose parameters travel apart from the statement,"""
    if connection.vendor != "postgresql":
        return connection.cursor()
    from django.db.backends.postgresql.base import ServerBindingCursor  # noqa: PLC0415  there without PostgreSQL too

    connection.ensure_connection()
    cursor = ServerBindingCursor(connection.connection)
    return connection.make_debug_cursor(cursor) if connection.queries_logged else connection.make_cursor(cursor)
