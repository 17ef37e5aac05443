from datetime import timedelta

from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "core.files"
    label = "files"

    def ready(self):
        from core.files import tasks
        from core.outbox import handlers

        handlers.register("files.scan", tasks.scan)
        handlers.register_job("files.rescan", tasks.rescan, timedelta(minutes=15), wanted=tasks.rescan_wanted)
        handlers.register_job("files.sweep", tasks.sweep, timedelta(hours=6))
