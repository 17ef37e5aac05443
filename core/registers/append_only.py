"""Triggers that make the database itself refuse what the law of the register forbids, on PostgreSQL and SQLite.

A `Guard` names a table, the columns that may change at all, and what must hold when they do (SQL over OLD and NEW that
both databases read). Every DELETE is refused, on PostgreSQL TRUNCATE too. Migrations install them; they are installed
again after every `migrate`, because SQLite forgets the triggers of a table it remakes.
"""

from dataclasses import dataclass

from core.registers.enums import NEXT_STATES


@dataclass(frozen=True)
class Guard:
    """What may change in a table of `model` ("label.Model"): by default nothing."""

    model: str
    changing: tuple[str, ...] = ()
    when: str = ""


_STEPS = " OR ".join(
    f"(OLD.state = '{before}' AND NEW.state = '{after}')" for before, states in NEXT_STATES.items() for after in states
)

GUARDS = (
    Guard(
        "registers.Register",
        ("last_number", "last_at"),
        "NEW.last_number >= OLD.last_number AND NEW.last_at >= OLD.last_at",
    ),
    Guard("registers.Entry", ("state", "annul_reason"), f"({_STEPS})"),
    Guard(
        "registers.EntryBody",
        ("subject", "sender", "recipients", "salt"),
        "NEW.subject = '' AND NEW.sender = '' AND NEW.recipients = '' AND NEW.salt IS NULL",
    ),
)


def install(connection, apps, guards) -> None:
    """Create the triggers of these guards anew; `apps` says whose columns count: a migration's or today's."""
    remove(connection, apps, guards)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_FUNCTION)
        for guard in guards:
            model = apps.get_model(guard.model)
            for sql in _create(connection.vendor, model._meta, guard):
                cursor.execute(sql)


def remove(connection, apps, guards) -> None:
    """Drop the triggers of these guards: for migrations that must change old rows, and for emptying a test database."""
    with connection.cursor() as cursor:
        for guard in guards:
            table = apps.get_model(guard.model)._meta.db_table
            for name in _names(connection.vendor, table):
                on_table = f" ON {table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on_table}")


def missing(connection, apps, guards) -> list[str]:
    """Names of triggers that should be there and are not."""
    query = (
        "SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D'"
        if connection.vendor == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        present = {row[0] for row in cursor.fetchall()}
    expected = [
        name
        for guard in guards
        for name in _names(connection.vendor, apps.get_model(guard.model)._meta.db_table)
        if guard.changing or not name.endswith("_no_step")
    ]
    return [name for name in expected if name not in present]


def _names(vendor, table):
    kinds = ("update", "step", "delete", "truncate") if vendor == "postgresql" else ("update", "step", "delete")
    return [f"{table}_no_{kind}" for kind in kinds]


def _create(vendor, meta, guard):
    """A trigger for columns that never change, and one for those that may.

    PostgreSQL parses a trigger's condition anew for every statement, so it is asked only of those that set one of its
    columns. SQLite would not see that `SET rowid` sets the key.
    """
    table = meta.db_table
    same = "IS NOT DISTINCT FROM" if vendor == "postgresql" else "IS"
    frozen = [field.column for field in meta.concrete_fields if field.column not in guard.changing]
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    if vendor == "postgresql":
        refuse = "EXECUTE FUNCTION refuse_change()"
    changes = [("update", frozen, _unchanged(frozen, same))]
    if guard.changing:
        changes.append(("step", guard.changing, f"({_unchanged(guard.changing, same)}) OR ({guard.when})"))
    triggers = []
    for name, columns, allowed in changes:
        of = f" OF {', '.join(columns)}" if vendor == "postgresql" else ""
        head = f"CREATE TRIGGER {table}_no_{name} BEFORE UPDATE{of} ON {table}"
        triggers.append(f"{head} FOR EACH ROW WHEN (NOT ({allowed})) {refuse}")
    triggers.append(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW {refuse}")
    if vendor == "postgresql":
        triggers.append(f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {refuse}")
    return triggers


def _unchanged(columns, same):
    return " AND ".join(f"NEW.{column} {same} OLD.{column}" for column in columns)


_FUNCTION = """
    CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END $$
"""
