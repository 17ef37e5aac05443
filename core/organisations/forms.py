"""Forms of the administration: each offers only what the administrator may choose, and never saves."""

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets import AdminDateInput, AdminTimeInput

from core.dates import today
from core.organisations.enums import ROLES_OF_ACT, Act, Clearance, Role, Weekday
from core.organisations.models import (
    Delegation,
    Holiday,
    OpeningHours,
    Organisation,
    Post,
    Tenure,
    Territory,
    Unit,
    WorkingCalendar,
)
from core.organisations.permissions import administered_by, holdings_of, organisation_ids_of, people_administered_by
from core.text import clean_line
from core.users.models import User


def _day_input():
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class AdministratorForm(forms.ModelForm):
    """A model form that knows its administrator, cleans every line of text, and leaves saving to operations."""

    def __init__(self, *args, by, **kwargs):
        super().__init__(*args, **kwargs)
        self.by = by
        for name, field in self.fields.items():
            if isinstance(field, forms.ModelChoiceField) and field.queryset.model not in (User, Territory):
                field.queryset = administered_by(by, field.queryset.model)
            if isinstance(field, forms.DateField):
                field.widget = AdminDateInput()
            if isinstance(field, forms.TimeField):
                field.widget = AdminTimeInput()
            if name.endswith("_ar"):
                field.widget.attrs["dir"] = "rtl"
            elif name.endswith(("_fr", "_en")) or name in {"code", "slug", "phone", "email", "username"}:
                field.widget.attrs["dir"] = "ltr"

    def clean(self):
        cleaned = super().clean()
        for name, value in cleaned.items():
            if isinstance(value, str):
                cleaned[name] = clean_line(value)
        return cleaned


class TerritoryChoice(forms.ModelChoiceField):
    """All places, each with the one it lies in, so that two communes of one name can be told apart."""

    def __init__(self, **kwargs):
        places = Territory.objects.select_related("parent").order_by("kind", "code")
        super().__init__(queryset=places, required=False, label=_("Territory"), **kwargs)

    def label_from_instance(self, place):
        return f"{place} ({place.parent})" if place.parent else str(place)


class OrganisationForm(AdministratorForm):
    territory = TerritoryChoice()

    class Meta:
        model = Organisation
        fields = [
            "code",
            "slug",
            "kind",
            "name_ar",
            "name_fr",
            "name_en",
            "address_ar",
            "address_fr",
            "phone",
            "email",
            "territory",
            "is_hosted",
            "accepts_deposits",
            "cndp_number",
        ]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["code"].disabled = bool(self.instance.pk)
        self.fields["is_hosted"].disabled = not self.by.is_superuser


class UnitForm(AdministratorForm):
    territory = TerritoryChoice()

    class Meta:
        model = Unit
        fields = [
            "organisation",
            "parent",
            "code",
            "name_ar",
            "name_fr",
            "name_en",
            "is_deconcentrated",
            "is_registry",
            "territory",
        ]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].disabled = bool(self.instance.pk)
        parents = self.fields["parent"].queryset.filter(is_active=True)
        if self.instance.pk:
            parents = parents.filter(organisation=self.instance.organisation_id).exclude(
                pk__in={self.instance.pk, *self.instance.descendant_ids()}
            )
        self.fields["parent"].queryset = parents


class PostForm(AdministratorForm):
    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        choices=Role,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("What the person who holds the post may do. An administrator reads no restricted item."),
    )

    class Meta:
        model = Post
        fields = ["unit", "title_ar", "title_fr", "title_en"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = self.fields["unit"].queryset.filter(is_active=True)
        if self.instance.pk:
            self.fields["roles"].initial = sorted(self.instance.role_set())


class PersonChoice(forms.ModelChoiceField):
    def label_from_instance(self, person):
        return f"{person} · {person.username}"


class TenureForm(AdministratorForm):
    """Appointing somebody; afterwards only the clearance changes, and the end is an act of its own."""

    user = PersonChoice(queryset=User.objects.none(), label=_("Person"))

    class Meta:
        model = Tenure
        fields = ["user", "post", "starts_on", "ends_on", "clearance"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = (
            User.objects.filter(pk=self.instance.user_id)
            if self.instance.pk
            else (people_administered_by(self.by).filter(is_active=True))
        )
        self.fields["post"].queryset = self.fields["post"].queryset.active().select_related("unit")
        self.fields["post"].label_from_instance = _with_unit
        if self.instance.pk:
            for name in ("user", "post", "starts_on", "ends_on"):
                self.fields[name].disabled = True
        else:
            self.fields["starts_on"].initial = today


class DelegationForm(AdministratorForm):
    to = PersonChoice(queryset=User.objects.none(), label=_("Delegate"))
    acts = forms.MultipleChoiceField(label=_("Kinds of act"), choices=Act, widget=forms.CheckboxSelectMultiple)

    class Meta:
        model = Delegation
        fields = ["post", "to", "starts_on", "ends_on", "acts", "written_act", "clearance"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = (
            User.objects.active().filter(tenures__post__in=administered_by(self.by, Post)).distinct()
        )
        self.fields["post"].queryset = self.fields["post"].queryset.active().select_related("unit")
        self.fields["post"].label_from_instance = _with_unit
        self.fields["starts_on"].initial = today


class CalendarForm(AdministratorForm):
    weekend = forms.TypedMultipleChoiceField(
        label=_("Weekend"), choices=Weekday, coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = WorkingCalendar
        fields = ["organisation", "valid_from", "weekend"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].disabled = bool(self.instance.pk)


class HolidayForm(AdministratorForm):
    class Meta:
        model = Holiday
        fields = ["calendar", "day", "name_ar", "name_fr"]


class OpeningHoursForm(AdministratorForm):
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Weekdays"), choices=Weekday, coerce=int, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = OpeningHours
        fields = ["calendar", "period", "starts_on", "ends_on", "weekdays", "opens", "closes"]


class AccountForm(AdministratorForm):
    """The account of a person; its rights come from posts, its password from the person."""

    class Meta:
        model = User
        fields = ["username", "email", "name_ar", "first_name", "last_name", "language"]

    def clean_email(self):
        return self.cleaned_data["email"].strip().lower()


# --- acts ----------------------------------------------------------------------------------------------------------


class EndTenureForm(forms.Form):
    ends_on = forms.DateField(label=_("Last day"), widget=AdminDateInput, initial=today)


class ReviseCalendarForm(forms.Form):
    valid_from = forms.DateField(label=_("Valid from"), widget=AdminDateInput)


class PublicHolidaysForm(forms.Form):
    year = forms.IntegerField(label=_("Year"), min_value=2020, max_value=2100)


def _with_unit(post):
    return f"{post} · {post.unit}"


# --- the own posts -------------------------------------------------------------------------------------------------


class OwnDelegationForm(forms.Form):
    """Whoever holds a post lends it to a colleague for a while."""

    post = forms.ModelChoiceField(
        Post.objects.none(), label=_("Post"), error_messages={"required": _("Choose the post.")}
    )
    to = PersonChoice(User.objects.none(), label=_("Delegate"), error_messages={"required": _("Choose the delegate.")})
    starts_on = forms.DateField(label=_("First day"), widget=_day_input(), initial=today)
    ends_on = forms.DateField(label=_("Last day"), widget=_day_input())
    acts = forms.MultipleChoiceField(
        label=_("Kinds of act"),
        choices=Act,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("Choose at least one kind of act."),
            "invalid_choice": _("Choose kinds of act that belong to this post."),
        },
    )
    written_act = forms.CharField(
        label=_("Written act"),
        max_length=250,
        help_text=_("Number and date of the decision that delegates."),
        error_messages={"required": _("Enter the number and date of the written act.")},
    )
    clearance = forms.TypedChoiceField(label=_("Clearance"), choices=Clearance, coerce=int, initial=Clearance.NORMAL)

    def __init__(self, *args, by, **kwargs):
        super().__init__(*args, **kwargs)
        held = [holding for holding in holdings_of(by) if not holding.is_delegated]
        roles = set().union(*(holding.roles for holding in held))
        self.fields["acts"].choices = [choice for choice in Act.choices if ROLES_OF_ACT[choice[0]] & roles]
        own = Post.objects.filter(pk__in=[holding.post_id for holding in held])
        if len(held) == 1:
            self.fields["post"].initial = held[0].post_id
        self.fields["post"].queryset = own.select_related("unit")
        self.fields["post"].label_from_instance = _with_unit
        colleagues = Tenure.objects.effective().filter(post__unit__organisation__in=organisation_ids_of(by))
        self.fields["to"].queryset = User.objects.filter(pk__in=colleagues.values("user")).exclude(pk=by.pk)
        for name in ("starts_on", "ends_on"):
            self.fields[name].error_messages |= {
                "required": _("Enter the first and the last day."),
                "invalid": _("Enter the day as year-month-day, for example 2026-12-31."),
            }

    def clean_written_act(self):
        return clean_line(self.cleaned_data["written_act"])
