"""The letters of the desk list: which of them, in which order, and how many, each asked for no further than is shown.

A person sees letters for several reasons (`ways_to_see`). Joined by OR they leave the database a choice between
reading the whole register and sorting all it finds. So each reason is asked by itself, along its own index and no
further than the page reaches, and what they answer is united.
"""

from django.core.exceptions import EmptyResultSet
from django.db import connection

from core import sql
from core.lookups import OneOf
from eservices.correspondence.enums import Treatment
from eservices.correspondence.models import WorkItem, ways_to_owe, ways_to_see

SORTS = {
    "-registered": ("-registered_at", "-pk"),
    "registered": ("registered_at", "pk"),
    "due": ("due_on", "pk"),
    "-due": ("-due_on", "-pk"),
}
TABS = (Treatment.TO_QUALIFY, Treatment.ASSIGNED, Treatment.IN_PROGRESS, Treatment.ON_HOLD, Treatment.CLOSED)
_COLUMNS = ("pk", "state", "registered_at", "due_on")  # what letters are chosen and ordered by


class Letters:
    """The letters `user` sees, as `narrow` leaves them, apart by the reasons that give this person any."""

    def __init__(self, user, narrow):
        self.user, self.narrow = user, narrow
        many, few = ways_to_see(user, copied=f"pk__{OneOf.lookup_name}")
        given = _answers([*many, *few])
        self.many = [narrow(WorkItem.objects.filter(way)) for way in many if next(given)]
        self.few, self.few_values = _union(
            [narrow(WorkItem.objects.filter(way)).order_by().values(*_COLUMNS) for way in few if next(given)]
        )

    def find(self, state: str, sort: str, limit: int, tabs: tuple, counted: int) -> tuple[list[int], dict[str, int]]:
        """The keys of the first letters of a tab in an order, no more than `limit`, and how many letters each of `tabs`
        holds, no further than `counted`; without a name a tab is all letters.

        One query: the few are found once, by their keys, whatever is chosen of them. For each choice the database might
        prefer to read everything in that state.
        """
        keys, values = self._keys(state, SORTS[sort], limit)
        numbers, more = self._numbers(tabs, counted)
        few = f"WITH few AS MATERIALIZED ({self.few}) " if self.few else ""
        # a list without letters has its counts, too
        asked = f"{few}SELECT pk, numbers.* FROM (SELECT {numbers}) AS numbers LEFT JOIN ({keys}) AS listed ON 1 = 1"  # noqa: S608 — Django wrote it
        rows = sql.fetch_planned((f"{asked} ORDER BY place", [*self.few_values, *more, *values]))
        counts = {tab: min(number, counted) for tab, number in zip(tabs, rows[0][1:], strict=False)}
        return [key for key, *_ in rows if key is not None], counts

    def _keys(self, state, order, limit):
        column, ending = order[0].lstrip("-"), " DESC" if order[0].startswith("-") else ""
        if state == "waiting":
            seen = WorkItem.objects.visible_to(self.user)
            parts = [self.narrow(seen.filter(way)) for way in ways_to_owe(self.user)]
            found, values = _union([part.order_by(*order).values("pk", column)[:limit] for part in parts])
        else:
            found, values = self._of(state, order, ("pk", column), limit)
        found = found or f"SELECT NULL AS pk, NULL AS {column} WHERE 1 = 0"
        ordered = f"{column}{ending}, pk{ending}"
        place = f"ROW_NUMBER() OVER (ORDER BY {ordered}) AS place"
        return f"SELECT pk, {place} FROM ({found}) AS found ORDER BY {ordered} LIMIT {limit:d}", values  # noqa: S608

    def _numbers(self, tabs, counted):
        found = [self._of(tab, (), ("pk",), counted) for tab in tabs]
        numbers = [
            f"(SELECT COUNT(*) FROM ({union}) AS counted) AS number_{place}" if union else f"0 AS number_{place}"  # noqa: S608
            for place, (union, _values) in enumerate(found)
        ]
        return ", ".join(numbers) or "0", [value for _union, values in found for value in values]

    def _of(self, state, order, columns, limit):
        """The first letters of each reason for many, and the few, of a state or of all."""
        parts = [part.filter(state=state) if state else part for part in self.many]
        union, values = _union([part.order_by(*order).values(*columns)[:limit] for part in parts])
        if self.few:
            chosen = f"SELECT {', '.join(columns)} FROM few" + (" WHERE state = %s" if state else "")  # noqa: S608
            union, values = f"{union} UNION {chosen}" if union else chosen, [*values, *([state] if state else [])]
        return union, values


def _answers(ways):
    """Of each reason whether it gives any item; one query."""
    written = [_union([WorkItem.objects.filter(way).order_by().values("pk")[:1]]) for way in ways]
    asked = ", ".join(f"EXISTS({statement})" if statement else "1 = 0" for statement, _ in written)
    return iter(sql.fetch_planned((f"SELECT {asked}", [v for _, values in written for v in values]))[0] if ways else ())


def _union(queries) -> tuple[str, list]:
    """The SQL that gives each row of some queries once, empty if none of them can give any; and its values."""
    written = []
    for query in queries:
        try:
            written.append(query.query.get_compiler(connection=connection).as_sql())
        except EmptyResultSet:
            continue
    # SQLite orders and limits parts of a union only inside a FROM
    union = " UNION ".join(f"SELECT * FROM ({one}) AS part" for one, _ in written)  # noqa: S608 — Django wrote it
    return union, [value for _, values in written for value in values]
