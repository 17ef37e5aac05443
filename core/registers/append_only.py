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
    tables = [apps.get_model(guard.model)._meta.db_table for guard in guards]
    return [name for table in tables for name in _names(connection.vendor, table) if name not in present]


def _names(vendor, table):
    kinds = ("update", "delete", "truncate") if vendor == "postgresql" else ("update", "delete")
    return [f"{table}_no_{kind}" for kind in kinds]


def _create(vendor, meta, guard):
    table = meta.db_table
    columns = [field.column for field in meta.concrete_fields]
    if vendor == "postgresql":
        allowed = _allowed(columns, guard, "IS NOT DISTINCT FROM")
        refuse = "EXECUTE FUNCTION refuse_change()"
        return [
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} FOR EACH ROW WHEN (NOT ({allowed})) {refuse}",
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW {refuse}",
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {refuse}",
        ]
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    return [
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
        f"WHEN NOT ({_allowed(columns, guard, 'IS')}) {refuse}",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}",
    ]


def _allowed(columns, guard, same):
    """Either nothing changes, or only what may, as it may."""
    frozen = " AND ".join(f"NEW.{column} {same} OLD.{column}" for column in columns if column not in guard.changing)
    if not guard.changing:
        return frozen
    still = " AND ".join(f"NEW.{column} {same} OLD.{column}" for column in guard.changing)
    return f"({frozen}) AND (({still}) OR ({guard.when}))"


_FUNCTION = """
    CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END $$
"""
