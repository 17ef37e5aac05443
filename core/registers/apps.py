from django.apps import AppConfig, apps
from django.db import connections
from django.db.models.signals import post_migrate


class RegistersConfig(AppConfig):
    name = "core.registers"
    label = "registers"

    def ready(self):
        post_migrate.connect(guard_rows, sender=self)


def guard_rows(sender, using, **kwargs):
    """SQLite forgets triggers when a migration remakes a table, so they are made anew after every migrate."""
    from core.registers.append_only import GUARDS, install

    if _exists(using, "registers_entrybody"):
        install(connections[using], apps, GUARDS)


def _exists(using, table):
    return table in connections[using].introspection.table_names()
