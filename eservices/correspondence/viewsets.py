"""The administration of act types in Wagtail's admin. Nothing is deleted: letters refer to it; it is closed."""

from django.utils.translation import gettext_lazy
from wagtail.admin.ui.tables import BooleanColumn, Column
from wagtail.admin.viewsets.model import ModelViewSetGroup

from core.organisations.viewsets import ActiveFilterSet, AdministeredViewSet, close_and_reopen, filters_for
from eservices.correspondence.forms_admin import ActTypeForm, RequiredPieceForm
from eservices.correspondence.models import ActType, RequiredPiece


class ActTypeViewSet(AdministeredViewSet):
    model = ActType
    name = "act-types"
    icon = "tag"
    form_class = ActTypeForm
    related = ("organisation", "unit")
    title_label = gettext_lazy("Name")
    list_display = [
        "name",
        Column("code", label=gettext_lazy("Code"), sort_key="code"),
        Column("organisation", label=gettext_lazy("Organisation"), sort_key="organisation__name_fr"),
        Column("unit", label=gettext_lazy("Unit in charge")),
        Column("max_days", label=gettext_lazy("Maximum time in days"), sort_key="max_days"),
        Column("get_silence_effect_display", label=gettext_lazy("Effect of silence"), sort_key="silence_effect"),
        BooleanColumn("is_offered", label=gettext_lazy("Offered on the deposit page"), sort_key="is_offered"),
        BooleanColumn("is_active", label=gettext_lazy("Active"), sort_key="is_active"),
    ]
    search_fields = ["code", "name_ar", "name_fr", "name_en"]
    ordering = ["organisation", "order", "pk"]
    filterset_class = filters_for(
        ActType, ActiveFilterSet, fields=["silence_effect", "is_offered"], organisation_path="organisation"
    )
    acts = close_and_reopen(
        gettext_lazy("No letter gets this type any more; letters that have it keep it and its time limit.")
    )


class RequiredPieceViewSet(AdministeredViewSet):
    model = RequiredPiece
    name = "required-pieces"
    icon = "doc-full"
    form_class = RequiredPieceForm
    related = ("act_type__organisation",)
    title_label = gettext_lazy("Name")
    list_display = [
        "name",
        Column("act_type", label=gettext_lazy("Act type"), sort_key="act_type__name_fr"),
        Column("act_type.organisation", label=gettext_lazy("Organisation")),
        Column("order", label=gettext_lazy("Order"), sort_key="order"),
        BooleanColumn("is_active", label=gettext_lazy("Active"), sort_key="is_active"),
    ]
    search_fields = ["name_ar", "name_fr", "name_en", "act_type__name_fr", "act_type__name_ar"]
    ordering = ["act_type", "order", "pk"]
    filterset_class = filters_for(RequiredPiece, ActiveFilterSet, organisation_path="act_type__organisation")
    acts = close_and_reopen(gettext_lazy("Nobody is asked for this document any more."))


class ActTypesGroup(ModelViewSetGroup):
    items = (ActTypeViewSet, RequiredPieceViewSet)
    menu_label = gettext_lazy("Act types")
    menu_icon = "tag"
    menu_order = 160
