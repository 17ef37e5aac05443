"""Statements written once for each model, for the places that everybody passes or waits at: the ORM's way to a
statement costs several times what the statement does.

The columns come from the models, so these statements follow every migration by themselves. They go to the driver
itself, for Django's way there costs more than the statements: on PostgreSQL the server prepares them after a few uses
(`prepare_threshold`), on SQLite the driver keeps them.
"""

import threading
from collections.abc import Callable
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cache, lru_cache, partial, wraps
from itertools import chain
from operator import attrgetter, itemgetter
from typing import NamedTuple
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections, models, transaction
from django.db.backends.sqlite3 import base as sqlite
from django.db.models.base import ModelState

Statement = tuple[str, list]
Row = dict[str, object]  # one value for every column of a model, by attribute name
_INSERT = "INSERT INTO {table} ({names}) "
_CHANGED = "s0"  # the first of several statements that go as one, for those that depend on it
_WAS_CHANGED = f"SELECT 1 FROM {_CHANGED}"  # noqa: S608 — our own name
_ALIAS = "t"  # in a SELECT: t0 is the table asked for, t1… those its foreign keys point to
AT_A_TIME = 500  # rows of one statement: databases take so many parameters only


@lru_cache(maxsize=8)  # the same moment stands in every row of a transaction
def _moment(value: datetime) -> str:
    return str(value.astimezone(UTC))[:-6] if value.tzinfo else str(value)


# SQLite has no such types: the driver writes them as Django's fields do (after Django has told it otherwise).
for _kind, _writer in ((UUID, attrgetter("hex")), (datetime, _moment), (date, lru_cache(maxsize=8)(str))):
    sqlite.Database.register_adapter(_kind, _writer)


class _Block:
    """What waits for the end of `together`, and the keys drawn for rows that are made in it.

    What waits in a block `is_conditional` is done only if the statement before it (`update_and`) changed a row.
    """

    def __init__(self, *, is_conditional=False):
        self.is_conditional, self.has_acted = is_conditional, False
        self.statements, self.wanted, self.keys = [], [], {}

    def key_for(self, model) -> int:
        """A key for a new row; those of all models known to be coming are drawn with the first."""
        if not self.keys.get(model):
            wanted = dict.fromkeys([model, *(other for other in self.wanted if other not in self.keys)])
            for one, key in zip(wanted, fetch_one((_next_keys(tuple(wanted)), [])), strict=True):
                self.keys.setdefault(one, []).append(key)
        return self.keys[model].pop()

    def settle(self):
        _act()
        statements, self.statements = self.statements, []
        execute(statements)


class _Here(threading.local):
    connection = None
    block: _Block | None = None  # of `together`


_here = _Here()


def database():
    """The connection of this thread itself: Django's proxies look it up on every touch, with asyncio in mind."""
    if _here.connection is None:
        _here.connection = connections[DEFAULT_DB_ALIAS]
    return _here.connection


@cache
def is_postgresql() -> bool:
    """Whether this process works with PostgreSQL; otherwise with SQLite."""
    return database().vendor == "postgresql"


def whole(act: Callable) -> Callable:
    """Makes a function do all or nothing: `atomic(savepoint=False)`, without its price inside a transaction."""

    @wraps(act)
    def wrapper(*given, **named):
        connection = database()
        if not connection.in_atomic_block:
            with transaction.atomic():
                return act(*given, **named)
        try:
            return act(*given, **named)
        except BaseException:
            connection.needs_rollback = True
            raise

    return wrapper


def insert(model: type[models.Model], rows: list[Row]) -> Statement:
    """One INSERT for rows of one model; their keys are known beforehand."""
    statement, values = _insert(model, len(rows))
    return statement, list(chain.from_iterable(map(values, rows)))


def create(row: models.Model, *, once: bool = False) -> bool:
    """Insert an object whose key the database gives, as `save(force_insert=True)` does but without any signal.

    In a block `together` on PostgreSQL the object has its key at once, and its row at the end of the block. With `once`
    a row that is there already, by any unique column, is left alone, block or not: False, and `row` has no key.
    """
    if is_together() and is_postgresql() and not once:
        row.pk = _here.block.key_for(type(row))
        _later(_create([row], once, has_key=True))
    else:
        _act()
        statement, values = _create([row], once)
        made = fetch_one((f"{statement} RETURNING {_key(type(row))}", values))
        if made is None:
            return False
        row.pk = made[0]
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
    return True


@contextmanager
def together(*, keys_of: tuple[type[models.Model], ...] = ()):
    """What `create`, `add`, `change` and `remove` are asked for in this block is done at its end: all of it or nothing,
    as one statement where the database can; nothing when the block fails. Nobody may look for it before (`settle`).

    For those moments in which others wait for this transaction, and for a few rows without a transaction of their own.
    `keys_of`: of what `create` is going to make rows, so that their keys are drawn by one question.
    """
    if is_together():
        _here.block.wanted += keys_of
        yield
    elif is_postgresql() or database().in_atomic_block:
        with _waiting() as block:
            block.wanted += keys_of
            yield
        block.settle()
    else:
        with transaction.atomic(), together():
            yield


@contextmanager
def _waiting(**about):
    block = _here.block = _Block(**about)
    try:
        yield block
    except BaseException:
        if block.has_acted and database().in_atomic_block:
            database().needs_rollback = True
        raise
    finally:
        _here.block = None


def is_together() -> bool:
    """Whether rows wait."""
    return _here.block is not None


def settle() -> None:
    """Do now what waits in the block of `together`, because the next thing looks for it. For blocks in a transaction,
    which ends with the block if that fails afterwards."""
    if is_together():
        _here.block.settle()


def _act() -> None:
    """Something of a block is done before its end."""
    if _is_conditional():
        raise RuntimeError("What belongs to a change (`update_and`) cannot be done before it.")
    if is_together():
        _here.block.has_acted = True


def add(rows: list[models.Model], *, once: bool = False) -> None:
    """Insert objects of one model whose keys nobody asks for: now, or at the end of `together`; `once` as `create`."""
    at_a_time = 1 if _is_conditional() else AT_A_TIME
    for start in range(0, len(rows), at_a_time):
        _later(_create(rows[start : start + at_a_time], once))


def change(model: type[models.Model], steps: list[tuple[dict, dict]]) -> None:
    """Several `update`s, pairs of changes and values, of which nobody asks the counts: now, as one statement where the
    database can, or at the end of `together`."""
    with together():
        for changes, given in steps:
            _later(_updating(model, changes, given))


def remove(model: type[models.Model], **given) -> None:
    """Delete the rows with these values, as in `update`, and nothing that points to them: now, or at the end of
    `together`."""
    _later(_deleting(model, given))


def _is_conditional() -> bool:
    return is_together() and _here.block.is_conditional


def _later(statement: Statement) -> None:
    if is_together():
        _here.block.statements.append(statement)
    else:
        execute([statement])


def _create(rows, once, *, has_key=False) -> Statement:
    statement, fields = _creating(type(rows[0]), len(rows), has_key, _is_conditional())
    connection = database()
    values = [field.get_db_prep_save(field.pre_save(row, add=True), connection) for row in rows for field in fields]
    return statement + (" ON CONFLICT DO NOTHING" if once else ""), values


def find(
    model: type[models.Model], *, related: tuple[str, ...] = (), is_locked: bool = False, **given
) -> models.Model | None:
    """The row with these values, or None; locked until the transaction ends where the database locks rows.

    `related` are foreign keys read with it, and those of what they point to (`item__registry`), as `select_related`
    does. Values are those of `update`, also of a row read so (`item__registry=…`).
    """
    lock = f" FOR UPDATE OF {_ALIAS}0" if is_locked and is_postgresql() else ""
    return next(iter(_find(model, related, lock, given)), None)


def find_all(
    model: type[models.Model], *, related: tuple[str, ...] = (), at_most: int = 0, **given
) -> list[models.Model]:
    """The rows with these values, in the model's order; only the first of them with `at_most`; `related` as `find`."""
    return _find(model, related, _order(model) + (f" LIMIT {at_most:d}" if at_most else ""), given)


def exists(model: type[models.Model], **given) -> bool:
    """Whether there is a row with these values, as in `update`."""
    statement, fields = _exists(model, _shape(given))
    return fetch_one((statement, _prepared(fields, _flat(given)))) is not None


def load(row: models.Model, *names: str) -> None:
    """Read what these foreign keys of the row point to, as touching them would."""
    for name in names:
        field = row._meta.get_field(name)
        key = getattr(row, field.attname)
        setattr(row, name, None if key is None else find(field.related_model, **{field.target_field.name: key}))


def update(model: type[models.Model], changes: dict, **given) -> int:
    """Set `changes` where the row has these values (of a list, any; None is NULL); how many rows had."""
    _act()
    statement = _updating(model, changes, given)
    connection = database()
    with connection.wrap_database_errors:
        return _runner(connection)(*statement).rowcount


def update_and(model: type[models.Model], changes: dict, then: Callable[[], None], **given) -> bool:
    """`update` of one row and, if it had these values, what `then` asks for as in a block `together`: all or nothing,
    without a transaction around it. False, and nothing done, if there is no such row.

    `then` may be called in either case: it asks with `create` (not `once`), `add`, `change` and `remove`.
    """
    if not is_postgresql() or is_together():
        with transaction.atomic(savepoint=False):
            is_changed = bool(update(model, changes, **given))
            if is_changed:
                then()
        return is_changed
    with _waiting(is_conditional=True) as block:
        then()
    statement, values = _updating(model, changes, given)
    parts = [(f"{statement} RETURNING 1", values), *block.statements, (_WAS_CHANGED, [])]
    return fetch_one(_joined(parts)) is not None


def _updating(model, changes, given) -> Statement:
    statement, fields = _update(model, tuple(changes), _shape(given))
    return _if_changed(statement), _prepared(fields, [*changes.values(), *_flat(given)])


def _deleting(model, given) -> Statement:
    statement, fields = _delete(model, _shape(given))
    return _if_changed(statement), _prepared(fields, _flat(given))


def _if_changed(statement):
    return f"{statement} AND EXISTS ({_WAS_CHANGED})" if _is_conditional() else statement


def _prepared(fields, values) -> list:
    connection = database()
    return [field.get_db_prep_save(value, connection) for field, value in zip(fields, values, strict=True)]


def _shape(given) -> tuple:
    """What a condition looks like: for each name 0 (one value), -1 (NULL), or how many values its list has."""
    return tuple(
        (name, -1 if value is None else len(value) if isinstance(value, list) else 0) for name, value in given.items()
    )


def _flat(given) -> list:
    values = []
    for value in given.values():
        if isinstance(value, list):
            values += value
        elif value is not None:
            values.append(value)
    return values


def _find(model, related, ending, given):
    statement, asked, parts = _select(model, related, _shape(given))
    connection = database()
    rows = fetch_all((statement + ending, _prepared(asked, _flat(given))))
    return [_built(parts, row, connection) for row in rows]


def _built(parts, row, connection) -> models.Model:
    """The objects of one row, each in its place in the one that points to it; gives the first."""
    made = []
    for part in parts:
        above = made[part.above] if part.link else None
        if part.link and (above is None or getattr(above, part.link.attname) is None):
            made.append(None)
        else:
            values = dict(zip(part.names, row[part.since : part.until], strict=True))
            for name, column, converter in part.converters:
                values[name] = converter(values[name], column, connection)
            made.append(instance(part.model, values))
        if above is not None:
            above._state.fields_cache[part.link.name] = made[-1]
    return made[0]


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


def fetch_all(statement: Statement) -> list[tuple]:
    """All rows of a statement."""
    connection = database()
    with connection.wrap_database_errors:
        return _runner(connection)(*statement).fetchall()


def fetch_planned(statement: Statement) -> list[tuple]:
    """All rows of a statement that PostgreSQL plans for these very values, never once for all.

    For conditions that nearly every row meets for one person and none for the next.
    """
    connection = database()
    with connection.cursor() as cursor:
        if is_postgresql() and not (connection.force_debug_cursor or connection.execute_wrappers):
            with connection.wrap_database_errors:
                cursor.cursor.execute(*statement, prepare=False)
        else:
            cursor.execute(*statement)
        return cursor.fetchall()


def execute(statements: list[Statement]) -> None:
    """Execute statements that give no rows and do not look at each other's: on PostgreSQL as one, in one round trip."""
    if is_postgresql() and len(statements) > 1:
        statements = [_joined(statements)]
    connection = database()
    with connection.wrap_database_errors:
        run = _runner(connection)
        for statement in statements:
            run(*statement)


def _joined(statements) -> Statement:
    """Several statements as one that gives what the last gives."""
    *before, last = (sql for sql, _ in statements)
    parts = ", ".join(f"s{number} AS ({sql})" for number, sql in enumerate(before))
    return f"WITH {parts} {last}", list(chain.from_iterable(values for _, values in statements))


def flush() -> None:
    """Return once everything this database has committed is on its disk, also what was committed without waiting.

    The log of the database is one sequence, so it is enough to wait for one more record: transactions that wait at the
    same time share one write to the disk.
    """
    if is_postgresql():
        fetch_one(("SELECT pg_logical_emit_message(true, 'diwan', '')", []))


def _runner(connection) -> Callable:
    """What executes a statement and gives the cursor: the driver, or Django where somebody listens to what it does."""
    if connection.connection is None or connection.health_check_enabled:
        connection.close_if_health_check_failed()
        connection.ensure_connection()
    if connection.needs_rollback:
        connection.validate_no_broken_transaction()
    if connection.force_debug_cursor or connection.execute_wrappers:
        return partial(_tell, connection)
    cursor = _raw_cursor()(connection.connection) if is_postgresql() else connection.connection
    return partial(_directly, cursor.execute)


def _tell(connection, sql: str, parameters: list):
    if is_postgresql():
        cursor = _server_cursor()(connection.connection)
        make = connection.make_debug_cursor if connection.force_debug_cursor else connection.make_cursor
        cursor = make(cursor)
    else:
        cursor = connection.cursor()
    cursor.execute(sql, parameters)
    return cursor


@cache
def _server_cursor():
    """Cursors whose parameters travel apart from the statement, as Django makes them."""
    from django.db.backends.postgresql.base import ServerBindingCursor  # noqa: PLC0415  there without PostgreSQL too

    return ServerBindingCursor


@cache
def _raw_cursor():
    """The same of the driver alone, for statements that are written in PostgreSQL's own marks already."""
    from psycopg import RawCursor  # noqa: PLC0415  as above

    return RawCursor


def _directly(execute, sql: str, parameters: list):
    return execute(_in_own_marks(sql), parameters)


@lru_cache(maxsize=2000)  # there is one for each number of rows
def _in_own_marks(sql: str) -> str:
    """The statement as the database itself writes it, once: psycopg does it again each time for the longest ones."""
    if is_postgresql():
        first, *others = sql.split("%s")
        return first + "".join(f"${number}{other}" for number, other in enumerate(others, start=1))
    return sql.replace("%s", "?")


@cache
def _insert(model, rows: int) -> tuple[str, Callable[[Row], tuple]]:
    quote = database().ops.quote_name
    fields = model._meta.concrete_fields
    names = ", ".join(quote(field.column) for field in fields)
    head = _INSERT.format(table=quote(model._meta.db_table), names=names)
    return head + _values(len(fields), rows), itemgetter(*(field.attname for field in fields))


@cache
def _creating(model, rows: int, has_key: bool, is_conditional: bool) -> tuple[str, list]:
    quote = database().ops.quote_name
    fields = [field for field in model._meta.concrete_fields if has_key or field is not model._meta.pk]
    names = ", ".join(quote(field.column) for field in fields)
    values = f"SELECT {_marks(len(fields))} FROM {_CHANGED}" if is_conditional else _values(len(fields), rows)  # noqa: S608
    return _INSERT.format(table=quote(model._meta.db_table), names=names) + values, fields


def _values(fields: int, rows: int) -> str:
    return "VALUES " + ", ".join([f"({_marks(fields)})"] * rows)


def _marks(count: int) -> str:
    return ", ".join(["%s"] * count)


@cache
def _key(model) -> str:
    return database().ops.quote_name(model._meta.pk.column)


@cache
def _next_keys(wanted: tuple) -> str:
    quote = database().ops.quote_name
    sequences = [f"pg_get_serial_sequence('{quote(m._meta.db_table)}', '{m._meta.pk.column}')" for m in wanted]
    return f"SELECT {', '.join(f'nextval({sequence})' for sequence in sequences)}"


@cache
def _exists(model, shape) -> tuple[str, list]:
    where, asked = _where(model, shape)
    return f"SELECT 1 FROM {database().ops.quote_name(model._meta.db_table)} WHERE {where} LIMIT 1", asked  # noqa: S608 — our own names


@cache
def _update(model, changed, shape) -> tuple[str, list]:
    quote, meta = database().ops.quote_name, model._meta
    fields = [meta.get_field(name) for name in changed]
    changes = ", ".join(f"{quote(field.column)} = %s" for field in fields)
    where, asked = _where(model, shape)
    return f"UPDATE {quote(meta.db_table)} SET {changes} WHERE {where}", fields + asked  # noqa: S608 — our own names


@cache
def _delete(model, shape) -> tuple[str, list]:
    where, asked = _where(model, shape)
    return f"DELETE FROM {database().ops.quote_name(model._meta.db_table)} WHERE {where}", asked  # noqa: S608


def _where(model, shape, place=None) -> tuple[str, list]:
    """`place` says of a path to another table which model it is and what stands before its columns."""
    quote, parts, asked = database().ops.quote_name, [], []
    for given, count in shape:
        path, _, name = given.rpartition("__")
        owner, prefix = place(path) if place else (model, "")
        field = owner._meta.get_field(name)
        test = "IS NULL" if count < 0 else f"IN ({', '.join(['%s'] * count)})" if count else "= %s"
        parts.append(f"{prefix}{quote(field.column)} {test}")
        asked += [field] * (0 if count < 0 else count or 1)
    return " AND ".join(parts), asked


class _Part(NamedTuple):
    """One table of a SELECT: what its columns become, and which foreign key of which part points to it."""

    model: type[models.Model]
    above: int
    link: models.ForeignKey | None
    since: int
    until: int
    columns: list[str]
    names: list[str]
    converters: list[tuple]


@cache
def _select(model, related, shape) -> tuple[str, list, list[_Part]]:
    quote = database().ops.quote_name
    paths, parts, tables = {}, [], []
    for path, link in _links(model, related):
        above, here = paths.get(path.rpartition("__")[0], 0), len(parts)
        table = f"{quote((link.related_model if link else model)._meta.db_table)} {_ALIAS}{here}"
        if link:
            key, pointer = quote(link.target_field.column), quote(link.column)
            table += f" ON {_ALIAS}{here}.{key} = {_ALIAS}{above}.{pointer}"
        tables.append(table)
        parts.append(_part(link.related_model if link else model, above, link, parts[-1].until if parts else 0))
        paths[path] = here
    names = [f"{_ALIAS}{place}.{quote(column)}" for place, part in enumerate(parts) for column in part.columns]
    where, asked = _where(model, shape, lambda path: (parts[paths[path]].model, f"{_ALIAS}{paths[path]}."))
    statement = f"SELECT {', '.join(names)} FROM {' LEFT JOIN '.join(tables)} WHERE {where}"  # noqa: S608 — our own names
    return statement, asked, parts


def _links(model, related) -> list[tuple[str, models.ForeignKey | None]]:
    """The table itself (path "", no link), then each foreign key on the way, once."""
    found = {"": (model, None)}
    for path in related:
        above = ""
        for name in path.split("__"):
            here = f"{above}__{name}" if above else name
            if here not in found:
                field = found[above][0]._meta.get_field(name)
                found[here] = (field.related_model, field)
            above = here
    return [(path, link) for path, (_model, link) in found.items()]


def _part(model, above, link, since) -> _Part:
    connection = database()
    fields = model._meta.concrete_fields
    converters = [
        (field.attname, column, converter)
        for field in fields
        for column in [field.get_col(model._meta.db_table)]
        for converter in [*connection.ops.get_db_converters(column), *column.get_db_converters(connection)]
    ]
    columns, names = [field.column for field in fields], [field.attname for field in fields]
    return _Part(model, above, link, since, since + len(fields), columns, names, converters)


@cache
def _order(model) -> str:
    """The model's own order."""
    quote, meta = database().ops.quote_name, model._meta
    names = [(name.lstrip("-"), " DESC" if name.startswith("-") else "") for name in meta.ordering]
    columns = [(meta.pk if name == "pk" else meta.get_field(name), way) for name, way in names]
    names = ", ".join(f"{_ALIAS}0.{quote(field.column)}{way}" for field, way in columns)
    return f" ORDER BY {names}" if names else ""
