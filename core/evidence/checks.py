from django.apps import apps
from django.core.checks import Tags, Warning, register
from django.db import connections

from core.evidence.append_only import GUARDS
from core.registers import append_only

_OWNED = """
    SELECT tablename FROM pg_tables
    WHERE schemaname = ANY (current_schemas(false)) AND tablename = ANY (%s)
        AND pg_has_role(current_user, tableowner, 'USAGE')
    ORDER BY tablename
"""


@register(Tags.database)
def evidence_is_guarded(app_configs, databases=None, **kwargs):
    """Warn where the application could alter evidence: it owns the tables (PostgreSQL), or a trigger is missing."""
    found = []
    guards = [*append_only.GUARDS, *GUARDS]
    tables = [apps.get_model(guard.model)._meta.db_table for guard in guards]
    for alias in databases or ():
        connection = connections[alias]
        if not {*tables} <= {*connection.introspection.table_names()}:
            continue  # not migrated yet
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(_OWNED, [tables])
                owned = [row[0] for row in cursor.fetchall()]
            if owned:
                found.append(
                    Warning(
                        f"The database role of the application owns the evidence tables: {', '.join(owned)}.",
                        hint="Give it a role of its own that does not own them: docs/postgresql.md.",
                        id="evidence.W001",
                    )
                )
        if names := append_only.missing(connection, apps, guards):
            found.append(
                Warning(
                    f"Triggers that keep registers and evidence append-only are missing: {', '.join(names)}.",
                    hint="Run `manage.py migrate`, which makes them anew.",
                    id="evidence.W002",
                )
            )
    return found
