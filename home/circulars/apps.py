from django.apps import AppConfig, apps
from django.db import connections
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class CircularsConfig(AppConfig):
    name = "home.circulars"
    label = "circulars"
    verbose_name = _("Circulars")

    def ready(self):
        from wagtail.permissions import register_permission_policy

        from home.circulars import panels, receivers, tasks
        from home.circulars.models import Circular, ExternalAct, Theme
        from home.circulars.policies import CircularPolicy, KeptPolicy

        register_permission_policy(Circular, CircularPolicy(Circular))
        for kept in (Theme, ExternalAct):
            register_permission_policy(kept, KeptPolicy(kept))
        post_migrate.connect(guard_rows, sender=self)
        receivers.register()
        tasks.register_jobs()
        panels.register()


def guard_rows(sender, using, **kwargs):
    """As in `registers`: the triggers are made anew after every migrate."""
    from core.registers.append_only import install
    from home.circulars.append_only import GUARDS

    if "circulars_circularversion" in connections[using].introspection.table_names():
        install(connections[using], apps, GUARDS)
