from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "core.audit"
    label = "audit"

    def ready(self):
        from core.audit import receivers  # noqa: F401  connects itself
