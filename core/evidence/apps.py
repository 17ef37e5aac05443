from django.apps import AppConfig, apps
from django.db import connections
from django.db.models.signals import post_migrate


class EvidenceConfig(AppConfig):
    name = "core.evidence"
    label = "evidence"

    def ready(self):
        from core.evidence import checks, jobs, receivers, tasks  # noqa: F401  some connect themselves

        post_migrate.connect(guard_rows, sender=self)
        tasks.register()
        jobs.register()


def guard_rows(sender, using, **kwargs):
    """As in `registers`: the triggers are made anew after every migrate."""
    from core.evidence.append_only import GUARDS
    from core.registers.append_only import install

    if "evidence_edition" in connections[using].introspection.table_names():
        install(connections[using], apps, GUARDS)
