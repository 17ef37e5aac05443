from datetime import timedelta

from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "core.outbox"
    label = "outbox"

    def ready(self):
        from core.outbox import handlers, operations

        handlers.register_job("outbox.tidy", operations.tidy, timedelta(days=1))
