from django.apps import AppConfig


class DepositConfig(AppConfig):
    name = "eservices.deposit"
    label = "deposit"
