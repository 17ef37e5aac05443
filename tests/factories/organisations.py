from datetime import date, time, timedelta

import factory
from factory.django import DjangoModelFactory

from core.dates import today
from core.organisations.enums import Act, OrganisationKind, Role, TerritoryKind
from core.organisations.models import (
    Delegation,
    Holiday,
    OpeningHours,
    Organisation,
    Post,
    PostRole,
    Tenure,
    Territory,
    Unit,
    WorkingCalendar,
)
from core.organisations.permissions import forget
from tests.factories.users import UserFactory


class TerritoryFactory(DjangoModelFactory):
    class Meta:
        model = Territory

    code = factory.Sequence(lambda n: f"99.{n:03}")
    kind = TerritoryKind.REGION
    name_ar = factory.Sequence(lambda n: f"جهة {n}")
    name_fr = factory.Sequence(lambda n: f"Région {n}")


class OrganisationFactory(DjangoModelFactory):
    class Meta:
        model = Organisation

    code = factory.Sequence(lambda n: f"O{n:03}")
    slug = factory.LazyAttribute(lambda organisation: organisation.code.lower())
    kind = OrganisationKind.MINISTRY
    name_ar = factory.Sequence(lambda n: f"الوزارة رقم {n}")
    name_fr = factory.Sequence(lambda n: f"Ministère nº {n}")
    name_en = factory.Sequence(lambda n: f"Ministry no. {n}")
    address_ar = "شارع محمد الخامس، الرباط"
    address_fr = "Avenue Mohammed V, Rabat"
    phone = "+212537000000"
    email = factory.LazyAttribute(lambda organisation: f"bo@{organisation.slug}.example.ma")
    is_hosted = True
    accepts_deposits = True
    cndp_number = "D-W-100/2026"


class UnitFactory(DjangoModelFactory):
    class Meta:
        model = Unit

    organisation = factory.SubFactory(OrganisationFactory)
    code = factory.Sequence(lambda n: f"U{n}")
    name_ar = factory.Sequence(lambda n: f"قسم الشؤون العامة {n}")
    name_fr = factory.Sequence(lambda n: f"Division des affaires générales {n}")
    name_en = factory.Sequence(lambda n: f"General affairs division {n}")


class RegistryUnitFactory(UnitFactory):
    code = "BO"
    is_registry = True
    name_ar = "مكتب الضبط"
    name_fr = "Bureau d'ordre"
    name_en = "Registry office"


class PostFactory(DjangoModelFactory):
    """`PostFactory(unit=..., roles=[Role.CLERK])`."""

    class Meta:
        model = Post
        skip_postgeneration_save = True

    unit = factory.SubFactory(UnitFactory)
    title_ar = "إطار"
    title_fr = "Cadre"
    title_en = "Officer"

    @factory.post_generation
    def roles(self, create, extracted, **kwargs):
        if not create:
            return
        for role in [Role.AGENT] if extracted is None else extracted:
            PostRole.objects.create(post=self, role=role)


class TenureFactory(DjangoModelFactory):
    """Since a year, without end."""

    class Meta:
        model = Tenure

    post = factory.SubFactory(PostFactory)
    user = factory.SubFactory(UserFactory)
    starts_on = factory.LazyFunction(lambda: today() - timedelta(365))

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        tenure = super()._create(model_class, *args, **kwargs)
        forget(tenure.user)
        return tenure


class DelegationFactory(DjangoModelFactory):
    """From yesterday to tomorrow, for every kind of act."""

    class Meta:
        model = Delegation

    post = factory.SubFactory(PostFactory)
    user = factory.SubFactory(UserFactory)
    starts_on = factory.LazyFunction(lambda: today() - timedelta(1))
    ends_on = factory.LazyFunction(lambda: today() + timedelta(1))
    acts = factory.LazyFunction(lambda: list(Act.values))
    written_act = "القرار رقم 12 بتاريخ 2026-01-05"

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        delegation = super()._create(model_class, *args, **kwargs)
        forget(delegation.user)
        return delegation


class CalendarFactory(DjangoModelFactory):
    """Saturday and Sunday closed, 8:30–16:30 from Monday to Friday, no holiday; valid since 2020."""

    class Meta:
        model = WorkingCalendar
        skip_postgeneration_save = True

    organisation = factory.SubFactory(OrganisationFactory)
    valid_from = date(2020, 1, 1)

    @factory.post_generation
    def hours(self, create, extracted, **kwargs):
        if extracted is None:
            OpeningHours.objects.create(calendar=self, opens=time(8, 30), closes=time(16, 30))

    @factory.post_generation
    def holidays(self, create, extracted, **kwargs):
        for day in extracted or []:
            Holiday.objects.create(calendar=self, day=day, name_ar="عطلة", name_fr="Jour férié")


def post_for(user, unit, *roles, clearance=0, title=("إطار", "Cadre", "Officer")):
    """`user` sits, since a year, on a new post of `unit` with these roles."""
    ar, fr, en = title
    post = PostFactory(unit=unit, roles=roles, title_ar=ar, title_fr=fr, title_en=en)
    TenureFactory(post=post, user=user, clearance=clearance)
    return post
