"""The letters of the desk list: which of them, in which order, and how many, each asked for no further than is shown.

A person sees letters for several reasons (`ways_to_see`). Joined by OR they leave the database a choice between
reading the whole register and sorting all it finds. So each reason is asked by itself, along its own index and no
further than the page reaches, and what they answer is united.
"""

from django.core.exceptions import EmptyResultSet
from django.db import connection

from core import sql
from eservices.correspondence.enums import Treatment
from eservices.correspondence.models import WorkItem, ways_to_owe, ways_to_see

SORTS = {
    "-registered": ("-registered_at", "-pk"),
    "registered": ("registered_at", "pk"),
    "due": ("due_on", "pk"),
    "-due": ("-due_on", "-pk"),
}
TABS = (Treatment.TO_QUALIFY, Treatment.ASSIGNED, Treatment.IN_PROGRESS, Treatment.ON_HOLD, Treatment.CLOSED)


_NOTHING = "SELECT NULL, NULL WHERE 1 = 0"


class Letters:
    """The letters `user` sees, as `narrow` leaves them, apart by the reasons that give this person any."""

    def __init__(self, user, narrow):
        self.user, self.narrow = user, narrow
        many, few = ways_to_see(user)
        given = _answers([*many, *few])
        self.many = [narrow(WorkItem.objects.filter(way)) for way in many if next(given)]
        self.few = [narrow(WorkItem.objects.filter(way)) for way in few if next(given)]

    def keys(self, state: str, sort: str, limit: int) -> list[int]:
        """The keys of the first letters of a tab in an order, no more than `limit`; without a state those of all."""
        order = SORTS[sort]
        column, ending = order[0].lstrip("-"), " DESC" if order[0].startswith("-") else ""
        many, few = self._of(state), self.few
        if state == "waiting":
            seen = WorkItem.objects.visible_to(self.user)
            many, few, state = [self.narrow(seen.filter(way)) for way in ways_to_owe(self.user)], [], ""
        parts = [part.order_by(*order).values("pk", column)[:limit] for part in many]
        rows = _ask(f"{{}} ORDER BY 2{ending}, 1{ending} LIMIT {limit:d}", {state: parts}, few, ("pk", column))
        return [key for key, _value in rows]

    def counts(self, states, limit: int) -> dict[str, int]:
        """How many letters each tab holds, counted no further than `limit`; one query."""
        lists = {state: [part.order_by().values("pk")[:limit] for part in self._of(state)] for state in states}
        columns = ", ".join(["(SELECT COUNT(*) FROM ({}) AS counted)"] * len(lists))
        [row] = _ask(f"SELECT {columns}", lists, self.few, ("pk",))
        return {state: min(number, limit) for state, number in zip(lists, row, strict=True)}

    def _of(self, state):
        return [part.filter(state=state) for part in self.many] if state else self.many


def _answers(ways):
    """Of each reason whether it gives any item; one query."""
    written = [_union([WorkItem.objects.filter(way).order_by().values("pk")[:1]]) for way in ways]
    asked = ", ".join(f"EXISTS({statement or _NOTHING})" for statement, _ in written)
    return iter(sql.fetch_planned((f"SELECT {asked}", [v for _, values in written for v in values]))[0] if ways else ())


def _ask(template: str, lists: dict[str, list], few: list, columns: tuple) -> list[tuple]:
    """The rows of a statement in which each place is a union: the queries of a state, and the few letters of it.

    The few are found once, by their keys, whatever is chosen of them: for each choice the database might prefer to
    read everything in that state.
    """
    found, values = _union([part.order_by().values("pk", "state", *columns[1:]) for part in few])
    unions = []
    for state, parts in lists.items():
        union, more = _union(parts)
        if found:
            chosen = f"SELECT {', '.join(columns)} FROM few" + (" WHERE state = %s" if state else "")  # noqa: S608
            union, more = f"{union} UNION {chosen}" if union else chosen, [*more, *([state] if state else [])]
        unions.append(union or _NOTHING)
        values += more
    head = f"WITH few AS MATERIALIZED ({found}) " if found else ""
    return sql.fetch_planned((head + template.format(*unions), values))


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
