"""Queries that every page asks: written by Django once, then asked again with other values.

Django takes several times longer to write the SQL of a query for a few rows than the database takes to answer. This is
for what is asked on every page of a person; everything else is a plain QuerySet.
"""

from collections.abc import Callable

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Expression


class Given(Expression):
    """The place of a value that comes with each asking; `place` in a list of them."""

    def __init__(self, name, place=None):
        super().__init__()
        self.name, self.place = name, place

    def as_sql(self, compiler, connection):
        return "%s", [self]

    def among(self, values):
        return values[self.name] if self.place is None else values[self.name][self.place]


class Prepared:
    """`Prepared(build)(**values)` gives the rows of `build(**values)`, a QuerySet of `values_list()`.

    `build` is called with places in the stead of values, and again only for lists of another length. It may compare
    fields with them and nothing else: what it decides by looking at a value would be decided for all.
    """

    def __init__(self, build: Callable):
        self.build, self.written = build, {}

    def __call__(self, **values) -> list[tuple]:
        lengths = tuple((name, len(value)) for name, value in values.items() if isinstance(value, list))
        key = connection.vendor, lengths
        if key not in self.written:
            self.written[key] = self._write(values)
        sql, places, converters = self.written[key]
        if sql is None:
            return []
        with connection.cursor() as cursor:
            cursor.execute(sql, [one.among(values) if isinstance(one, Given) else one for one in places])
            rows = cursor.fetchall()
        return [_converted(row, converters) for row in rows] if converters else rows

    def _write(self, values):
        places = {
            name: [Given(name, place) for place in range(len(value))] if isinstance(value, list) else Given(name)
            for name, value in values.items()
        }
        compiler = self.build(**places).query.get_compiler(connection=connection)
        try:
            sql, parameters = compiler.as_sql()
        except EmptyResultSet:
            return None, (), {}
        return sql, parameters, compiler.get_converters([one for one, _sql, _alias in compiler.select])


def _converted(row, converters) -> tuple:
    """As Django does it for its own queries."""
    values = list(row)
    for place, (steps, expression) in converters.items():
        for step in steps:
            values[place] = step(values[place], expression, connection)
    return tuple(values)
