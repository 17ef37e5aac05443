from django.apps import AppConfig


class CorrespondenceConfig(AppConfig):
    name = "eservices.correspondence"
    label = "correspondence"
