"""The administration of organisations, posts and people in Wagtail's admin: each save and each act is an operation."""

import django_filters
from django.forms import Form
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.menus import MenuItem
from wagtail.admin.ui.tables import BooleanColumn, Column
from wagtail.admin.views import generic
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.admin.viewsets.model import ModelViewSet, ModelViewSetGroup
from wagtail.admin.widgets.boolean_radio_select import BooleanRadioSelect
from wagtail.admin.widgets.button import Button
from wagtail.log_actions import log

from core.dates import today
from core.exceptions import BusinessError
from core.formats import day_text
from core.organisations import operations
from core.organisations.enums import Role
from core.organisations.forms import (
    AccountForm,
    CalendarForm,
    DelegationForm,
    EndTenureForm,
    HolidayForm,
    OpeningHoursForm,
    OrganisationForm,
    PostForm,
    PublicHolidaysForm,
    ReviseCalendarForm,
    TenureForm,
    UnitForm,
)
from core.organisations.models import (
    Delegation,
    Holiday,
    OpeningHours,
    Organisation,
    Post,
    Tenure,
    Unit,
    WorkingCalendar,
)
from core.organisations.permissions import administered_by, organisation_ids_of
from core.users.models import User

# --- views ---------------------------------------------------------------------------------------------------------


class DayColumn(Column):
    """A day as a date, where Wagtail's own column says how long ago it was."""

    def get_value(self, instance):
        return day_text(super().get_value(instance))


class IndexView(generic.IndexView):
    """Rows of the administered organisations, with the acts that are possible on each."""

    acts = ()
    related = ()
    title_label = None

    @cached_property
    def columns(self):
        columns = super().columns
        if self.title_label:
            columns[0].label = self.title_label
        return columns

    def get_base_queryset(self):
        return administered_by(self.request.user, self.model).select_related(*self.related)

    def get_list_more_buttons(self, instance):
        buttons = super().get_list_more_buttons(instance)
        for order, act in enumerate(self.acts):
            if act.possible(instance):
                url = reverse(f"{self.index_url_name.split(':')[0]}:{act.name}", args=[instance.pk])
                buttons.append(MenuItem(act.label, url=url, icon_name=act.icon, priority=40 + order))
        return buttons


class SavesByOperation:
    """Passes the administrator to the form, saves through `write`, and shows a refusal as an error of the form."""

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"by": self.request.user}

    def get_queryset(self):
        return administered_by(self.request.user, self.model)

    def save_instance(self):
        is_new = self.form.instance.pk is None
        saved = self.write(self.form.instance, self.form.cleaned_data, self.request.user)
        log(saved, "wagtail.create" if is_new else "wagtail.edit", user=self.request.user)
        return saved

    def form_valid(self, form):
        try:
            return super().form_valid(form)
        except BusinessError as refusal:
            form.add_error(None, str(refusal))
            self.produced_error_message = str(refusal)
            return self.form_invalid(form)


class CreateView(SavesByOperation, generic.CreateView):
    def get_success_buttons(self):
        return super().get_success_buttons() if self.edit_url_name else []

    def write(self, instance, cleaned, by):
        return operations.set_up(instance, by=by)


class EditView(SavesByOperation, generic.EditView):
    acts = ()

    def write(self, instance, cleaned, by):
        return operations.change(instance, by=by, **cleaned)

    @cached_property
    def header_more_buttons(self):
        namespace = self.index_url_name.split(":")[0]
        return [
            Button(
                act.label,
                url=reverse(f"{namespace}:{act.name}", args=[self.object.pk]),
                icon_name=act.icon,
                priority=40 + order,
            )
            for order, act in enumerate(self.acts)
            if act.possible(self.object)
        ]


class ActView(PermissionCheckedMixin, WagtailAdminTemplateMixin, FormView):
    """Asks before an act that is more than a change of fields, with what it needs to know."""

    template_name = "organisations/admin/act.html"
    permission_required = "change"
    model = None
    index_url_name = None
    header_icon = ""
    act = None

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.object = get_object_or_404(administered_by(request.user, self.model), pk=kwargs["pk"])

    def get_form_class(self):
        return self.act.form_class

    def get_page_title(self):
        return self.act.label

    def get_page_subtitle(self):
        return str(self.object)

    def get_breadcrumbs_items(self):
        return [
            *self.breadcrumbs_items,
            {"url": reverse(self.index_url_name), "label": self.model._meta.verbose_name_plural},
            {"url": "", "label": self.act.label, "sublabel": str(self.object)},
        ]

    def form_valid(self, form):
        try:
            self.act.run(self.object, self.request.user, form.cleaned_data)
            log(self.object, f"diwan.{self.act.name}", user=self.request.user)
        except BusinessError as refusal:
            form.add_error(None, str(refusal))
            return self.form_invalid(form)
        messages.success(self.request, self.act.done)
        return redirect(reverse(self.index_url_name))

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {
            "act": self.act,
            "action_url": self.request.path,
            "back_url": reverse(self.index_url_name),
        }


class HistoryView(generic.HistoryView):
    """Who changed a row, and when; for its administrators' convenience, the audit keeps more."""

    header_buttons = ()

    def get_base_object_queryset(self):
        return administered_by(self.request.user, self.model)


class Act:
    """One act offered on a row: its words, what it asks, when it is possible, the operation it runs."""

    def __init__(self, name, *, label, explanation, done, run, possible=lambda obj: True, form_class=Form, icon="cog"):
        self.name, self.label, self.explanation, self.done = name, label, explanation, done
        self.run, self.possible, self.form_class, self.icon = run, possible, form_class, icon


# --- lists ---------------------------------------------------------------------------------------------------------


class OrganisationFilterSet(WagtailFilterSet):
    """Filters of one list; offers only organisations whose rows the list shows."""

    organisation_path = None

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.organisation_path:
            organisations = Organisation.objects.all()
            if not self.request.user.is_superuser:
                organisations = organisations.filter(pk__in=organisation_ids_of(self.request.user, Role.ADMINISTRATOR))
            self.filters["organisation"] = django_filters.ModelChoiceFilter(
                field_name=self.organisation_path,
                queryset=organisations,
                label=_("Organisation"),
            )


class ActiveFilterSet(OrganisationFilterSet):
    is_active = django_filters.BooleanFilter(label=gettext_lazy("Active"), widget=BooleanRadioSelect)


class DatedFilterSet(OrganisationFilterSet):
    current = django_filters.BooleanFilter(
        label=gettext_lazy("In force today"), method="filter_current", widget=BooleanRadioSelect
    )

    def filter_current(self, queryset, name, value):
        current = type(queryset.model._default_manager.all())(queryset.model).current()
        return queryset.filter(pk__in=current) if value else queryset.exclude(pk__in=current)


def filters_for(model_class, base, *, fields=(), organisation_path=None):
    class Meta:
        model = model_class
        fields = ()

    Meta.fields = list(fields)
    attributes = {"Meta": Meta, "organisation_path": organisation_path}
    return type(f"{model_class.__name__}FilterSet", (base,), attributes)


class AdministeredViewSet(ModelViewSet):
    """A list of the administered rows, adding and changing by operation, acts, no deletion, no copying."""

    index_view_class = IndexView
    add_view_class = CreateView
    edit_view_class = EditView
    history_view_class = HistoryView
    copy_view_enabled = False
    add_to_reference_index = False
    form_class = None
    acts = ()
    related = ()
    title_label = None
    search_backend_name = None

    def get_common_view_kwargs(self, **kwargs):
        unused = {"usage_url_name": None, "delete_url_name": None}
        return super().get_common_view_kwargs(**kwargs) | unused

    def get_index_view_kwargs(self, **kwargs):
        return super().get_index_view_kwargs(
            acts=self.acts, related=self.related, title_label=self.title_label, **kwargs
        )

    def get_edit_view_kwargs(self, **kwargs):
        return super().get_edit_view_kwargs(acts=self.acts, **kwargs)

    def get_form_class(self, for_update=False):
        return self.form_class

    def get_urlpatterns(self):
        kept = {"index", "index_results", "add", "edit", "inspect", "history", "history_results"}
        patterns = [pattern for pattern in super().get_urlpatterns() if pattern.name in kept]
        return [*patterns, *(path(f"{act.name}/<int:pk>/", self._act_view(act), name=act.name) for act in self.acts)]

    def _act_view(self, act):
        return self.construct_view(ActView, act=act, template_name=ActView.template_name)


def close_and_reopen(
    what_closing_does,
    what_reopening_does=gettext_lazy("It can be used again from now on."),
    *,
    close=operations.close,
    reopen=operations.reopen,
):
    """The two acts of everything that is switched off instead of deleted."""
    return (
        Act(
            "close",
            label=gettext_lazy("Close"),
            explanation=what_closing_does,
            done=gettext_lazy("Closed."),
            possible=lambda obj: obj.is_active,
            run=lambda obj, by, data: close(obj, by=by),
            icon="lock",
        ),
        Act(
            "reopen",
            label=gettext_lazy("Reopen"),
            explanation=what_reopening_does,
            done=gettext_lazy("Reopened."),
            possible=lambda obj: not obj.is_active,
            run=lambda obj, by, data: reopen(obj, by=by),
            icon="lock-open",
        ),
    )


# --- organisations, units, posts -----------------------------------------------------------------------------------


class OpenOrganisationView(CreateView):
    def write(self, instance, cleaned, by):
        return operations.open_organisation(instance, by=by)


class OrganisationViewSet(AdministeredViewSet):
    model = Organisation
    name = "organisations"
    icon = "site"
    form_class = OrganisationForm
    add_view_class = OpenOrganisationView
    title_label = gettext_lazy("Name")
    list_display = [
        "name",
        "code",
        "kind",
        BooleanColumn("is_hosted", label=gettext_lazy("Registers kept here"), sort_key="is_hosted"),
        BooleanColumn("accepts_deposits", label=gettext_lazy("Accepts deposits"), sort_key="accepts_deposits"),
        BooleanColumn("is_active", label=gettext_lazy("Active"), sort_key="is_active"),
    ]
    search_fields = ["code", "name_ar", "name_fr", "name_en"]
    ordering = ["name_fr"]
    filterset_class = filters_for(Organisation, ActiveFilterSet, fields=["kind", "is_hosted", "accepts_deposits"])
    acts = close_and_reopen(
        gettext_lazy("Nobody deposits or works there any more; its registers stay readable. It can be reopened.")
    )


class UnitViewSet(AdministeredViewSet):
    model = Unit
    name = "units"
    icon = "folder-open-inverse"
    form_class = UnitForm
    related = ("organisation", "parent")
    title_label = gettext_lazy("Name")
    list_display = [
        "name",
        "code",
        Column("organisation", label=gettext_lazy("Organisation"), sort_key="organisation__name_fr"),
        Column("parent", label=gettext_lazy("Part of")),
        BooleanColumn("is_registry", label=gettext_lazy("Registry office")),
        BooleanColumn("is_deconcentrated", label=gettext_lazy("Deconcentrated"), sort_key="is_deconcentrated"),
        BooleanColumn("is_active", label=gettext_lazy("Active"), sort_key="is_active"),
    ]
    search_fields = ["code", "name_ar", "name_fr", "name_en"]
    ordering = ["organisation", "code"]
    filterset_class = filters_for(Unit, ActiveFilterSet, fields=["is_deconcentrated"], organisation_path="organisation")
    acts = close_and_reopen(gettext_lazy("Nothing is assigned to this unit any more. It can be reopened."))


class NewPostView(CreateView):
    def write(self, instance, cleaned, by):
        return operations.set_up(instance, by=by, roles=cleaned["roles"])


class PostViewSet(AdministeredViewSet):
    model = Post
    name = "posts"
    icon = "key"
    form_class = PostForm
    add_view_class = NewPostView
    related = ("unit__organisation",)
    title_label = gettext_lazy("Post")
    list_display = [
        "title",
        Column("unit", label=gettext_lazy("Unit"), sort_key="unit__code"),
        Column("unit.organisation", label=gettext_lazy("Organisation")),
        Column("role_labels", label=gettext_lazy("Roles")),
        Column("holder_today", label=gettext_lazy("Held by")),
        BooleanColumn("is_active", label=gettext_lazy("Active"), sort_key="is_active"),
    ]
    search_fields = ["title_ar", "title_fr", "title_en", "unit__name_ar", "unit__name_fr"]
    ordering = ["unit", "pk"]
    acts = close_and_reopen(gettext_lazy("Nobody can be appointed to this post any more. It can be reopened."))

    @cached_property
    def filterset_class(self):
        base = filters_for(Post, ActiveFilterSet, organisation_path="unit__organisation")
        role = django_filters.ChoiceFilter(field_name="roles__role", choices=Role, label=gettext_lazy("Role"))
        return type("PostFilterSet", (base,), {"role": role, "Meta": base.Meta})

    @cached_property
    def index_view_class(self):
        class PostIndexView(IndexView):
            def get_base_queryset(self):
                return super().get_base_queryset().with_holders()

        return PostIndexView


# --- people on posts -----------------------------------------------------------------------------------------------


class AppointView(CreateView):
    def write(self, instance, cleaned, by):
        return operations.appoint(cleaned.pop("user"), by=by, **cleaned)


class ChangeTenureView(EditView):
    def write(self, instance, cleaned, by):
        return operations.change_clearance(instance, by=by, clearance=cleaned["clearance"])


class TenureViewSet(AdministeredViewSet):
    model = Tenure
    name = "tenures"
    icon = "user"
    form_class = TenureForm
    add_view_class = AppointView
    edit_view_class = ChangeTenureView
    related = ("user", "post__unit__organisation")
    list_display = [
        "user",
        Column("post", label=gettext_lazy("Post")),
        Column("post.unit", label=gettext_lazy("Unit"), sort_key="post__unit__code"),
        DayColumn("starts_on", label=gettext_lazy("First day"), sort_key="starts_on"),
        DayColumn("ends_on", label=gettext_lazy("Last day"), sort_key="ends_on"),
        "clearance",
    ]
    search_fields = ["user__username", "user__name_ar", "user__last_name", "post__title_ar", "post__title_fr"]
    ordering = ["-starts_on", "-pk"]
    filterset_class = filters_for(
        Tenure, DatedFilterSet, fields=["clearance"], organisation_path="post__unit__organisation"
    )
    acts = (
        Act(
            "end",
            label=gettext_lazy("End the tenure"),
            explanation=gettext_lazy(
                "From the day after the last one the person has no rights from this post any more."
            ),
            done=gettext_lazy("The tenure ends on the day given."),
            form_class=EndTenureForm,
            possible=lambda tenure: tenure.ends_on is None or tenure.ends_on >= today(),
            run=lambda tenure, by, data: operations.end_tenure(tenure, by=by, **data),
            icon="calendar",
        ),
    )


class DelegateView(CreateView):
    def write(self, instance, cleaned, by):
        return operations.delegate(by=by, **cleaned)


class DelegationViewSet(AdministeredViewSet):
    model = Delegation
    name = "delegations"
    icon = "group"
    form_class = DelegationForm
    add_view_class = DelegateView
    inspect_view_enabled = True
    inspect_view_fields = ["post", "user", "starts_on", "ends_on", "acts", "written_act", "clearance", "given_by"]
    related = ("user", "post__unit__organisation")
    list_display = [
        "user",
        Column("post", label=gettext_lazy("Post")),
        DayColumn("starts_on", label=gettext_lazy("First day"), sort_key="starts_on"),
        DayColumn("ends_on", label=gettext_lazy("Last day"), sort_key="ends_on"),
        Column("acts_text", label=gettext_lazy("Kinds of act")),
        Column("written_act", label=gettext_lazy("Written act")),
        DayColumn("revoked_at", label=gettext_lazy("Revoked")),
    ]
    search_fields = ["user__username", "user__name_ar", "user__last_name", "written_act", "post__title_fr"]
    ordering = ["-starts_on", "-pk"]
    filterset_class = filters_for(Delegation, DatedFilterSet, organisation_path="post__unit__organisation")
    acts = (
        Act(
            "revoke",
            label=gettext_lazy("Revoke"),
            explanation=gettext_lazy("The delegate has no rights from it any more, from this moment on."),
            done=gettext_lazy("The delegation has been revoked."),
            possible=lambda delegation: delegation.is_open(),
            run=lambda delegation, by, data: operations.revoke_delegation(delegation, by=by),
            icon="cross",
        ),
    )

    @cached_property
    def index_view_class(self):
        class DelegationIndexView(IndexView):
            def get_edit_url(self, instance):
                return None  # a delegation is not changed: it is revoked and given anew

        return DelegationIndexView

    @cached_property
    def inspect_view_class(self):
        class DelegationInspectView(generic.InspectView):
            def get_object(self):
                return get_object_or_404(administered_by(self.request.user, Delegation), pk=self.pk)

            def get_edit_url(self):
                return None

            def get_acts_display_value(self):
                return self.object.acts_text()

        return DelegationInspectView

    def get_urlpatterns(self):
        return [pattern for pattern in super().get_urlpatterns() if pattern.name != "edit"]

    def get_common_view_kwargs(self, **kwargs):
        return super().get_common_view_kwargs(**kwargs) | {"edit_url_name": None}


# --- calendar ------------------------------------------------------------------------------------------------------


class CalendarViewSet(AdministeredViewSet):
    model = WorkingCalendar
    name = "calendars"
    icon = "calendar-alt"
    form_class = CalendarForm
    related = ("organisation",)
    list_display = [
        "organisation",
        Column("version", label=gettext_lazy("Version"), sort_key="version"),
        DayColumn("valid_from", label=gettext_lazy("Valid from"), sort_key="valid_from"),
        Column("weekend_text", label=gettext_lazy("Weekend")),
    ]
    ordering = ["organisation", "-valid_from", "-version"]
    filterset_class = filters_for(WorkingCalendar, OrganisationFilterSet, organisation_path="organisation")
    acts = (
        Act(
            "public-holidays",
            label=gettext_lazy("Add the public holidays of a year"),
            explanation=gettext_lazy(
                "The national holidays on fixed days are added. Religious ones are added by hand once announced."
            ),
            done=gettext_lazy("The public holidays are in the calendar."),
            form_class=PublicHolidaysForm,
            run=lambda calendar, by, data: operations.declare_public_holidays(calendar, by=by, **data),
            icon="plus",
        ),
        Act(
            "revise",
            label=gettext_lazy("New version"),
            explanation=gettext_lazy(
                "Days and hours are copied into a new version, which you then change. Earlier days keep this one."
            ),
            done=gettext_lazy("The new version is ready to be changed."),
            form_class=ReviseCalendarForm,
            run=lambda calendar, by, data: operations.revise_calendar(calendar, by=by, **data),
            icon="copy",
        ),
    )


class HolidayViewSet(AdministeredViewSet):
    model = Holiday
    name = "holidays"
    icon = "date"
    form_class = HolidayForm
    related = ("calendar__organisation",)
    title_label = gettext_lazy("Name")
    list_display = [
        "name",
        DayColumn("day", label=gettext_lazy("Day"), sort_key="day"),
        Column("calendar", label=gettext_lazy("Working calendar")),
    ]
    search_fields = ["name_ar", "name_fr"]
    ordering = ["-day"]
    filterset_class = type(
        "HolidayFilterSet",
        (filters_for(Holiday, OrganisationFilterSet, organisation_path="calendar__organisation"),),
        {"year": django_filters.NumberFilter("day__year", label=gettext_lazy("Year"))},
    )


class OpeningHoursViewSet(AdministeredViewSet):
    model = OpeningHours
    name = "opening-hours"
    icon = "time"
    form_class = OpeningHoursForm
    related = ("calendar__organisation",)
    title_label = gettext_lazy("Opening hours")
    list_display = [
        "__str__",
        "period",
        Column("weekdays_text", label=gettext_lazy("Weekdays")),
        DayColumn("starts_on", label=gettext_lazy("First day"), sort_key="starts_on"),
        DayColumn("ends_on", label=gettext_lazy("Last day"), sort_key="ends_on"),
        Column("calendar", label=gettext_lazy("Working calendar")),
    ]
    ordering = ["calendar", "period", "starts_on"]
    filterset_class = filters_for(
        OpeningHours, OrganisationFilterSet, fields=["period"], organisation_path="calendar__organisation"
    )


# --- accounts ------------------------------------------------------------------------------------------------------


class OpenAccountView(CreateView):
    success_message = gettext_lazy("The account is open; its owner gets an invitation by e-mail.")

    def write(self, instance, cleaned, by):
        return operations.open_account(instance, by=by)


class ChangeAccountView(EditView):
    context_object_name = "account"

    def write(self, instance, cleaned, by):
        return operations.change_account(instance, by=by, **cleaned)


class AccountViewSet(AdministeredViewSet):
    """Takes the place of Wagtail's own user administration (`/cms/users/`)."""

    model = User
    icon = "user"
    form_class = AccountForm
    add_view_class = OpenAccountView
    edit_view_class = ChangeAccountView
    menu_name = "users"
    menu_order = 600
    add_to_settings_menu = True
    title_label = gettext_lazy("Name")
    list_display = [
        "__str__",
        Column("username", label=gettext_lazy("User name"), sort_key="username"),
        Column("email", label=gettext_lazy("E-mail"), sort_key="email"),
        BooleanColumn("is_active", label=gettext_lazy("Active"), sort_key="is_active"),
        DayColumn("last_login", label=gettext_lazy("Last sign-in"), sort_key="last_login"),
    ]
    search_fields = ["username", "email", "first_name", "last_name", "name_ar"]
    ordering = ["last_name", "first_name"]
    filterset_class = filters_for(User, ActiveFilterSet, fields=["language"])
    acts = (
        Act(
            "invite",
            label=gettext_lazy("Send the invitation again"),
            explanation=gettext_lazy("The person gets an e-mail with a link that sets a password."),
            done=gettext_lazy("The invitation is on its way."),
            possible=lambda user: user.is_active,
            run=lambda user, by, data: operations.invite(user, by=by),
            icon="mail",
        ),
        Act(
            "reset-second-factor",
            label=gettext_lazy("Remove the second factor"),
            explanation=gettext_lazy(
                "For a lost telephone or key, once you know that the person is who they say. A new one is set up later."
            ),
            done=gettext_lazy("The second factor has been removed."),
            run=lambda user, by, data: operations.reset_second_factor(user, by=by),
            icon="key",
        ),
        *close_and_reopen(
            gettext_lazy("Nobody signs in with it any more. What the person did stays written."),
            gettext_lazy("The person can sign in again and has the rights of the posts still held."),
            close=operations.close_account,
            reopen=operations.reopen_account,
        ),
    )

    @cached_property
    def menu_label(self):
        return gettext_lazy("Accounts")


class OrganisationsGroup(ModelViewSetGroup):
    items = (
        OrganisationViewSet,
        UnitViewSet,
        PostViewSet,
        TenureViewSet,
        DelegationViewSet,
        CalendarViewSet,
        HolidayViewSet,
        OpeningHoursViewSet,
    )
    menu_label = gettext_lazy("Organisation and posts")
    menu_icon = "site"
    menu_order = 150
