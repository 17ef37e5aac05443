from datetime import timedelta

from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "core.outbox"
    label = "outbox"

    def ready(self):
        from wagtail.permissions import register_permission_policy

        from core.outbox import handlers, models, operations, policies

        for model in (models.Message, models.Job, models.Worker):
            register_permission_policy(model, policies.OverseerPolicy(model))
        handlers.register_job("outbox.tidy", operations.tidy, timedelta(days=1))
