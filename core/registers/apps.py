from django.apps import AppConfig


class RegistersConfig(AppConfig):
    name = "core.registers"
    label = "registers"
