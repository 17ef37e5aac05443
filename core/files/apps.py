from datetime import timedelta

from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "core.files"
    label = "files"

    def ready(self):
        from wagtail.permissions import register_permission_policy

        from core.files import tasks
        from core.files.models import StoredFile
        from core.files.operations_text import READ
        from core.outbox import handlers
        from core.outbox.policies import OverseerPolicy

        register_permission_policy(StoredFile, OverseerPolicy(StoredFile))
        handlers.register("files.scan", tasks.scan)
        handlers.register_job("files.rescan", tasks.rescan, timedelta(minutes=15), wanted=tasks.rescan_wanted)
        handlers.register(READ, tasks.read, time_limit=timedelta(hours=6))  # a thousand pages to recognise
        handlers.register_job(
            "files.ask_to_read", tasks.ask_to_read, timedelta(minutes=15), wanted=tasks.reading_wanted
        )
        handlers.register_job("files.sweep", tasks.sweep, timedelta(hours=6))
