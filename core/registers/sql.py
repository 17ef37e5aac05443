"""Raw statements for the few places where rows are written while a lock is held that everybody waits for.

The columns come from the models, so these statements follow every migration by themselves.
"""

from functools import cache

from django.db import connection

_INSERT = "INSERT INTO {table} ({names}) VALUES "


@cache
def _insert(model, vendor: str) -> tuple[str, tuple]:
    fields = model._meta.concrete_fields
    names = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    return _INSERT.format(table=table, names=names), fields


def insert(rows: list) -> tuple[str, list]:
    """One INSERT for rows of one model; their keys are known beforehand."""
    head, fields = _insert(type(rows[0]), connection.vendor)
    marks = "(" + ", ".join(["%s"] * len(fields)) + ")"
    parameters = [field.get_db_prep_save(getattr(row, field.attname), connection) for row in rows for field in fields]
    return head + ", ".join([marks] * len(rows)), parameters


def stored(rows: list) -> list:
    """Mark instances as rows of the database, as `save()` would."""
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias
    return rows


def run(cursor, statements: list[tuple[str, list]]) -> list:
    """Execute statements in order, on PostgreSQL in one round trip; the first row of each, or None if it has none."""
    if connection.vendor != "postgresql" or connection.settings_dict["OPTIONS"].get("server_side_binding"):
        answers = []
        for sql, parameters in statements:
            cursor.execute(sql, parameters)
            answers.append(cursor.fetchone() if cursor.description else None)
        return answers
    cursor.execute("; ".join(sql for sql, _ in statements), [value for _, values in statements for value in values])
    answers = []
    while True:
        answers.append(cursor.fetchone() if cursor.description else None)
        if not cursor.nextset():
            return answers
