from datetime import timedelta

from django.apps import AppConfig


class DepositConfig(AppConfig):
    name = "eservices.deposit"
    label = "deposit"

    def ready(self):
        from core.outbox import handlers
        from eservices.deposit import tasks

        handlers.register_job("deposit.end_drafts", tasks.end_drafts, timedelta(hours=1), wanted=tasks.is_wanted)
