"""Bodies, their units, seats and people, and the calendar they work by. Nothing is deleted: it ends or is closed."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext_lazy as _

from core import sql
from core.dates import today
from core.organisations.enums import (
    Act,
    Clearance,
    OrganisationKind,
    Period,
    Role,
    TerritoryKind,
    Weekday,
)
from core.text import ltr
from core.users.models import User


def in_reader_language(obj, field: str) -> str:
    """`field` in the active language, else the nearest language that has it (ar, fr, en)."""
    active = (get_language() or "ar")[:2]
    order = sorted(("ar", "fr", "en"), key=lambda language: language != active)
    return next((text for language in order if (text := getattr(obj, f"{field}_{language}", ""))), "")


def _listed(words) -> str:
    return pgettext("between the words of a list", ", ").join(str(word) for word in words)


class Named(models.Model):
    """Has a name in Arabic and French, in English where somebody wrote one."""

    name_ar = models.CharField(_("name in Arabic"), max_length=250)
    name_fr = models.CharField(_("name in French"), max_length=250)
    name_en = models.CharField(_("name in English"), max_length=250, blank=True)

    class Meta:
        abstract = True

    def __str__(self):
        return self.name

    @property
    def name(self) -> str:
        return in_reader_language(self, "name")


class Territory(models.Model):
    """A region, province or commune as the census of 2024 names it, with the code of the Haut-Commissariat au Plan."""

    code = models.CharField(_("code"), max_length=16, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=TerritoryKind, db_index=True)
    name_ar = models.CharField(_("name in Arabic"), max_length=120)
    name_fr = models.CharField(_("name in French"), max_length=120)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("part of")
    )

    class Meta:
        verbose_name = _("territory")
        verbose_name_plural = _("territories")
        ordering = ["code"]

    def __str__(self):
        return self.name

    @property
    def name(self) -> str:
        return in_reader_language(self, "name")


ACCEPTING_DEPOSITS = {"is_active": True, "is_hosted": True, "accepts_deposits": True}


class OrganisationQuerySet(models.QuerySet):
    def active(self):
        return self.filter(is_active=True)

    def hosted(self):
        """Those whose registers are kept on this installation."""
        return self.active().filter(is_hosted=True)

    def accepting_deposits(self):
        return self.filter(**ACCEPTING_DEPOSITS)


class Organisation(Named):
    """A body with its own registry office: hosted here, or external (known as a correspondent only)."""

    code = models.CharField(
        _("code"),
        max_length=6,
        unique=True,
        validators=[RegexValidator(r"^[A-Z0-9]{2,6}$", _("The code has 2 to 6 capital letters or digits."))],
        help_text=_("Part of every number of its registers, for example MSP. It cannot be changed later."),
    )
    slug = models.SlugField(_("name in addresses"), max_length=60, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=OrganisationKind)
    address_ar = models.CharField(_("address in Arabic"), max_length=250, blank=True)
    address_fr = models.CharField(_("address in French"), max_length=250, blank=True)
    phone = models.CharField(_("telephone"), max_length=30, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    territory = models.ForeignKey(Territory, models.PROTECT, null=True, blank=True, verbose_name=_("territory"))
    is_hosted = models.BooleanField(
        _("registers kept here"), default=False, help_text=_("Its registry office works with this installation.")
    )
    accepts_deposits = models.BooleanField(
        _("accepts deposits"), default=False, help_text=_("Citizens can choose it on the deposit page.")
    )
    cndp_number = models.CharField(
        _("CNDP number"),
        max_length=60,
        blank=True,
        help_text=_("Number of the declaration to the data protection commission."),
    )
    is_active = models.BooleanField(_("active"), default=True)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ["name_fr"]
        constraints = [
            models.CheckConstraint(
                condition=Q(accepts_deposits=False) | Q(is_hosted=True),
                name="organisations_deposits_only_hosted",
                violation_error_message=_("Only an organisation whose registers are kept here can accept deposits."),
            ),
        ]

    @property
    def address(self) -> str:
        return in_reader_language(self, "address")

    def registry_unit(self):
        """The unit that keeps its registers, or None where nobody set one up yet."""
        return sql.find(Unit, organisation=self.pk, is_registry=True, is_active=True)


class UnitQuerySet(models.QuerySet):
    def active(self):
        return self.filter(is_active=True)


class Unit(Named):
    """A directorate, division, office: a node of its organisation's tree, central or deconcentrated."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="units", verbose_name=_("organisation"))
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("part of")
    )
    code = models.CharField(_("code"), max_length=20)
    is_deconcentrated = models.BooleanField(
        _("deconcentrated"), default=False, help_text=_("A regional or provincial service, not a central one.")
    )
    is_registry = models.BooleanField(
        _("registry office"), default=False, help_text=_("Keeps the registers of the organisation; there is one.")
    )
    territory = models.ForeignKey(Territory, models.PROTECT, null=True, blank=True, verbose_name=_("territory"))
    is_active = models.BooleanField(_("active"), default=True)

    objects = UnitQuerySet.as_manager()

    class Meta:
        verbose_name = _("unit")
        verbose_name_plural = _("units")
        ordering = ["organisation", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "code"],
                name="organisations_unit_code_once",
                violation_error_message=_("Another unit of this organisation has this code."),
            ),
            models.UniqueConstraint(
                fields=["organisation"],
                condition=Q(is_registry=True, is_active=True),
                name="organisations_one_registry",
                violation_error_message=_("This organisation has a registry office already."),
            ),
            models.CheckConstraint(
                condition=~Q(parent=F("id")),
                name="organisations_unit_not_own_parent",
                violation_error_message=_("A unit cannot be part of itself."),
            ),
        ]

    def ancestors(self) -> list["Unit"]:
        """From the top of the tree down to the unit above this one; one query."""
        by_id = {unit.pk: unit for unit in Unit.objects.filter(organisation_id=self.organisation_id)}
        found, parent_id = [], self.parent_id
        while parent_id and by_id[parent_id] not in found:
            found.append(by_id[parent_id])
            parent_id = by_id[parent_id].parent_id
        return found[::-1]

    def descendant_ids(self) -> set[int]:
        """The keys of all units below this one, itself not among them; one query."""
        children: dict[int, list[int]] = {}
        for pk, parent_id in Unit.objects.filter(organisation_id=self.organisation_id).values_list("pk", "parent_id"):
            children.setdefault(parent_id, []).append(pk)
        found, waiting = set(), list(children.get(self.pk, ()))
        while waiting:
            pk = waiting.pop()
            if pk not in found:
                found.add(pk)
                waiting += children.get(pk, ())
        return found - {self.pk}


class PostQuerySet(models.QuerySet):
    def active(self):
        return self.filter(is_active=True, unit__is_active=True, unit__organisation__is_active=True)

    def of_role(self, role):
        return self.filter(roles__role=role)

    def with_holders(self):
        """With roles and today's tenures at hand, for lists."""
        today_held = models.Prefetch("tenures", Tenure.objects.current().select_related("user"), to_attr="held")
        return self.prefetch_related("roles", today_held)


class Post(models.Model):
    """A seat in a unit. People come and go; the post, its roles and its work stay."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="posts", verbose_name=_("unit"))
    title_ar = models.CharField(_("title in Arabic"), max_length=200)
    title_fr = models.CharField(_("title in French"), max_length=200)
    title_en = models.CharField(_("title in English"), max_length=200, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        ordering = ["unit", "pk"]

    def __str__(self):
        return self.title

    @property
    def title(self) -> str:
        return in_reader_language(self, "title")

    def role_labels(self) -> str:
        return _listed(row.get_role_display() for row in self.roles.all())

    def holder_today(self) -> str:
        """For lists made `with_holders`."""
        return _listed(str(tenure.user) for tenure in self.held)

    def role_set(self) -> set[str]:
        return {row.role for row in self.roles.all()}

    def holder(self, on=None) -> User | None:
        """Who sits on it that day, by tenure."""
        tenure = self.tenures.current(on).select_related("user").first()
        return tenure.user if tenure else None


class PostRole(models.Model):
    """One role a post carries."""

    post = models.ForeignKey(Post, models.CASCADE, related_name="roles", verbose_name=_("post"))
    role = models.CharField(_("role"), max_length=20, choices=Role)

    class Meta:
        verbose_name = _("role of a post")
        verbose_name_plural = _("roles of a post")
        ordering = ["post", "role"]
        constraints = [models.UniqueConstraint(fields=["post", "role"], name="organisations_post_role_once")]

    def __str__(self):
        return self.get_role_display()


class DatedQuerySet(models.QuerySet):
    def current(self, on=None):
        """Those in force on that day (today by default), first and last day included."""
        on = on or today()
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=on), starts_on__lte=on)

    def overlapping(self, starts_on, ends_on):
        """Those that share at least one day with the period; `ends_on` None means without end."""
        rows = self.filter(Q(ends_on=None) | Q(ends_on__gte=starts_on))
        return rows.filter(starts_on__lte=ends_on) if ends_on else rows

    def effective(self, on=None):
        """`current`, of active people on active posts of active units: what gives rights that day."""
        return self.current(on).filter(
            user__is_active=True,
            post__is_active=True,
            post__unit__is_active=True,
            post__unit__organisation__is_active=True,
        )


class DelegationQuerySet(DatedQuerySet):
    def open(self):
        """Neither revoked nor over; some may still lie ahead."""
        return self.filter(revoked_at=None, ends_on__gte=today())

    def effective(self, on=None):
        return super().effective(on).filter(revoked_at=None)


class Tenure(models.Model):
    """A person holds a post from a day to a day, both included; without `ends_on` until further notice."""

    post = models.ForeignKey(Post, models.PROTECT, related_name="tenures", verbose_name=_("post"))
    user = models.ForeignKey(User, models.PROTECT, related_name="tenures", verbose_name=_("person"))
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"), null=True, blank=True, help_text=_("Empty: until further notice."))
    clearance = models.PositiveSmallIntegerField(
        _("clearance"),
        choices=Clearance,
        default=Clearance.NORMAL,
        help_text=_("How confidential an item the person may read in this unit."),
    )

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = _("tenure")
        verbose_name_plural = _("tenures")
        ordering = ["-starts_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="organisations_tenure_dates",
                violation_error_message=_("The last day is before the first one."),
            ),
            models.UniqueConstraint(
                fields=["post", "user"],
                condition=Q(ends_on=None),
                name="organisations_tenure_open_once",
                violation_error_message=_("This person holds this post already."),
            ),
        ]
        indexes = [models.Index(fields=["user", "starts_on", "ends_on"], name="organisations_tenure_days")]

    def __str__(self):
        return f"{self.user} · {self.post}"


def no_acts():
    return []


class Delegation(models.Model):
    """A person acts for a post from a day to a day, for stated kinds of act; never passed on to a third."""

    post = models.ForeignKey(Post, models.PROTECT, related_name="delegations", verbose_name=_("post"))
    user = models.ForeignKey(User, models.PROTECT, related_name="delegations", verbose_name=_("delegate"))
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    acts = models.JSONField(_("kinds of act"), default=no_acts)
    written_act = models.CharField(
        _("written act"), max_length=250, help_text=_("Number and date of the decision that delegates.")
    )
    clearance = models.PositiveSmallIntegerField(_("clearance"), choices=Clearance, default=Clearance.NORMAL)
    given_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("given by")
    )
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    objects = DelegationQuerySet.as_manager()

    class Meta:
        verbose_name = _("delegation")
        verbose_name_plural = _("delegations")
        ordering = ["-starts_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="organisations_delegation_dates",
                violation_error_message=_("The last day is before the first one."),
            ),
        ]
        indexes = [models.Index(fields=["user", "starts_on", "ends_on"], name="organisations_deleg_days")]

    def __str__(self):
        return f"{self.user} · {self.post}"

    def acts_text(self) -> str:
        return _listed(Act(act).label for act in self.acts if act in Act.values)

    def is_open(self) -> bool:
        """Neither revoked nor over; it may still lie ahead."""
        return self.revoked_at is None and self.ends_on >= today()


def saturday_and_sunday():
    return [Weekday.SATURDAY.value, Weekday.SUNDAY.value]


class WorkingCalendar(models.Model):
    """One version of the days and hours an organisation works; for a day, the latest that began by then holds."""

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="calendars", verbose_name=_("organisation")
    )
    version = models.PositiveIntegerField(_("version"), default=1)
    valid_from = models.DateField(_("valid from"))
    weekend = models.JSONField(_("weekend"), default=saturday_and_sunday)

    class Meta:
        verbose_name = _("working calendar")
        verbose_name_plural = _("working calendars")
        ordering = ["organisation", "-valid_from", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "version"],
                name="organisations_calendar_version_once",
                violation_error_message=_("This version of the calendar exists already."),
            )
        ]

    def __str__(self):
        return f"{self.organisation} · {self.version}"

    def weekend_text(self) -> str:
        return _listed(Weekday(day).label for day in self.weekend)


class Holiday(models.Model):
    """A day nobody works."""

    calendar = models.ForeignKey(
        WorkingCalendar, models.CASCADE, related_name="holidays", verbose_name=_("working calendar")
    )
    day = models.DateField(_("day"))
    name_ar = models.CharField(_("name in Arabic"), max_length=120)
    name_fr = models.CharField(_("name in French"), max_length=120)

    class Meta:
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint(
                fields=["calendar", "day"],
                name="organisations_holiday_once",
                violation_error_message=_("This day is a holiday already."),
            )
        ]

    def __str__(self):
        return self.name

    @property
    def name(self) -> str:
        return in_reader_language(self, "name")


def monday_to_friday():
    return [0, 1, 2, 3, 4]


class OpeningHours(models.Model):
    """From when to when the registry office receives, on these weekdays; Ramadan rows carry their days and go first."""

    calendar = models.ForeignKey(
        WorkingCalendar, models.CASCADE, related_name="opening_hours", verbose_name=_("working calendar")
    )
    period = models.CharField(_("period"), max_length=8, choices=Period, default=Period.REGULAR)
    starts_on = models.DateField(_("first day"), null=True, blank=True, help_text=_("For Ramadan hours only."))
    ends_on = models.DateField(_("last day"), null=True, blank=True, help_text=_("For Ramadan hours only."))
    weekdays = models.JSONField(_("weekdays"), default=monday_to_friday)
    opens = models.TimeField(_("opens at"))
    closes = models.TimeField(_("closes at"))

    class Meta:
        verbose_name = _("opening hours")
        verbose_name_plural = _("opening hours")
        ordering = ["period", "starts_on", "opens"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closes__gt=F("opens")),
                name="organisations_hours_order",
                violation_error_message=_("The closing time is before the opening time."),
            ),
            models.CheckConstraint(
                condition=Q(period=Period.REGULAR, starts_on=None, ends_on=None)
                | Q(period=Period.RAMADAN, starts_on__isnull=False, ends_on__gte=F("starts_on")),
                name="organisations_hours_period",
                violation_error_message=_("Ramadan hours need a first and a last day; hours of all year have none."),
            ),
        ]

    def __str__(self):
        return ltr(f"{self.opens:%H:%M}–{self.closes:%H:%M}")

    def weekdays_text(self) -> str:
        return _listed(Weekday(day).label for day in self.weekdays)
