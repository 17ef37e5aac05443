from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SearchConfig(AppConfig):
    name = "search"
    label = "search"
    verbose_name = _("Search")

    def ready(self):
        from search import receivers, tasks, tasks_saved

        receivers.register()
        tasks.register_jobs()
        tasks_saved.register_jobs()
