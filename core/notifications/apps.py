from datetime import timedelta

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "core.notifications"
    label = "notifications"

    def ready(self):
        from core import panels
        from core.notifications import tasks, views
        from core.outbox import handlers

        handlers.register("notifications.mail", tasks.mail)
        handlers.register("notifications.mail_notice", tasks.mail_notice)
        handlers.register("notifications.digest", tasks.digest)
        handlers.register_job(
            "notifications.plan_digests", tasks.plan_digests, timedelta(minutes=5), wanted=tasks.is_digest_due
        )
        panels.register_entry(views.menu_entry)
