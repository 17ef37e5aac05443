"""What an administrator says of act types and the documents they need."""

from django.utils.translation import gettext as _

from core.organisations.forms import AdministratorForm
from eservices.correspondence.enums import SilenceEffect
from eservices.correspondence.models import ActType, RequiredPiece


class ActTypeForm(AdministratorForm):
    class Meta:
        model = ActType
        fields = [
            "organisation",
            "code",
            "name_ar",
            "name_fr",
            "name_en",
            "unit",
            "assigns_itself",
            "nature",
            "max_days",
            "pieces_days",
            "extension_days",
            "silence_effect",
            "attestation_issuer_ar",
            "attestation_issuer_fr",
            "appeals_ar",
            "appeals_fr",
            "is_offered",
            "order",
        ]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].disabled = bool(self.instance.pk)
        self.fields["unit"].queryset = self.fields["unit"].queryset.filter(is_active=True)

    def clean(self):
        cleaned = super().clean()
        unit, days = cleaned.get("unit"), cleaned.get("max_days")
        if unit and unit.organisation_id != getattr(cleaned.get("organisation"), "pk", None):
            self.add_error("unit", _("Choose a unit of the same organisation."))
        if cleaned.get("assigns_itself") and not unit:
            self.add_error("unit", _("Name the unit that gets the letters of this type."))
        if cleaned.get("silence_effect") not in (None, SilenceEffect.NONE) and days is None:
            self.add_error("max_days", _("Silence has an effect only at the end of a time limit: enter its days."))
        return cleaned


class RequiredPieceForm(AdministratorForm):
    class Meta:
        model = RequiredPiece
        fields = ["act_type", "name_ar", "name_fr", "name_en", "order"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["act_type"].disabled = bool(self.instance.pk)
