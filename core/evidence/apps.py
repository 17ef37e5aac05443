from django.apps import AppConfig, apps
from django.db import connections
from django.db.models.signals import post_migrate


class EvidenceConfig(AppConfig):
    name = "core.evidence"
    label = "evidence"

    def ready(self):
        from core import panels
        from core.evidence import book, checks, jobs, receivers, tasks  # noqa: F401  some connect themselves

        post_migrate.connect(guard_rows, sender=self)
        tasks.register()
        jobs.register()
        panels.register_entry(book.menu_entry)
        panels.register_panel(book.requests_panel)


def guard_rows(sender, using, **kwargs):
    """As in `registers`: the triggers are made anew after every migrate, and the function that registers."""
    from core.evidence import server
    from core.evidence.append_only import GUARDS
    from core.registers.append_only import install

    if "evidence_edition" in connections[using].introspection.table_names():
        install(connections[using], apps, GUARDS)
        server.install(connections[using])
