from django.apps import AppConfig
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _


class CorrespondenceConfig(AppConfig):
    name = "eservices.correspondence"
    label = "correspondence"
    verbose_name = _("Correspondence")

    def ready(self):
        from core.evidence import book
        from core.organisations.policies import administer
        from eservices.correspondence import panels, receivers, tasks
        from eservices.correspondence.enums import Channel, Nature, Support
        from eservices.correspondence.models import ActType, RequiredPiece

        for model, path in ((ActType, "organisation"), (RequiredPiece, "act_type__organisation")):
            administer(model, path)
        receivers.register()
        tasks.register_jobs()
        panels.register()
        book.register_labels(nature=Nature.choices, channel=Channel.choices, support=Support.choices)
        book.register_mask(is_confidential)


def is_confidential():
    """Of an entry of the register: its letter is masked outside the item."""
    from eservices.correspondence.enums import Confidentiality
    from eservices.correspondence.models import Correspondence

    level = Confidentiality.CONFIDENTIAL
    return Exists(Correspondence.objects.filter(object_id=OuterRef("object_id"), confidentiality__gte=level))
