from django.apps import AppConfig


class IntranetConfig(AppConfig):
    name = "intranet"
    label = "intranet"

    def ready(self):
        from intranet import checks, receivers  # noqa: F401
