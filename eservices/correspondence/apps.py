from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CorrespondenceConfig(AppConfig):
    name = "eservices.correspondence"
    label = "correspondence"
    verbose_name = _("Correspondence")

    def ready(self):
        from eservices.correspondence import receivers, tasks

        receivers.register()
        tasks.register_jobs()
