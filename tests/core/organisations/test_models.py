from datetime import date, time

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from core.organisations.enums import Act, Role
from core.organisations.models import Holiday, OpeningHours, Organisation, Post, Unit, WorkingCalendar
from core.organisations.permissions import posts_of
from tests.factories.organisations import (
    DelegationFactory,
    OrganisationFactory,
    PostFactory,
    TerritoryFactory,
    UnitFactory,
)

pytestmark = pytest.mark.django_db


def test_names_are_in_the_language_of_the_page(organisation):
    organisation.name_en = ""

    names = {}
    for language in ("ar", "fr", "en"):
        with translation.override(language):
            names[language] = str(organisation)
    assert names == {
        "ar": "وزارة الخدمات العمومية",
        "fr": "Ministère des services publics",
        "en": "وزارة الخدمات العمومية",
    }


def test_every_row_has_words_for_itself(organisation, youssef):
    calendar = organisation.calendars.get()
    place = TerritoryFactory(name_ar="الرباط")
    post = posts_of(youssef).get()

    assert str(place) == "الرباط"
    assert organisation.address == "شارع محمد الخامس، الرباط"
    assert str(post) == "مدير"
    assert str(youssef.tenures.get()) == "يوسف الإدريسي · مدير"
    assert str(DelegationFactory(post=post, user=youssef)) == "يوسف الإدريسي · مدير"
    assert str(calendar) == "وزارة الخدمات العمومية · 1"
    assert str(Holiday(calendar=calendar, name_ar="عيد", name_fr="Fête")) == "عيد"
    assert str(OpeningHours(opens=time(8, 30), closes=time(16))) == "\u206608:30–16:00\u2069"
    with translation.override("en"):
        assert sorted(str(row) for row in post.roles.all()) == ["agent", "head of unit"]
        assert (
            DelegationFactory.build(acts=[Act.SIGN, Act.TREAT, "unknown"]).acts_text() == "sign, treat correspondence"
        )
        assert WorkingCalendar(weekend=[5, 6]).weekend_text() == "Saturday, Sunday"
        assert OpeningHours(weekdays=[0]).weekdays_text() == "Monday"


def test_tree_is_walked_with_one_query(organisation, django_assert_num_queries):
    top = UnitFactory(organisation=organisation)
    middle = UnitFactory(organisation=organisation, parent=top)
    leaf = UnitFactory(organisation=organisation, parent=middle)
    UnitFactory(organisation=organisation)

    with django_assert_num_queries(1):
        assert leaf.ancestors() == [top, middle]
    with django_assert_num_queries(1):
        assert top.descendant_ids() == {middle.pk, leaf.pk}
    assert leaf.descendant_ids() == set()


def test_circle_in_the_tree_ends(organisation):
    first = UnitFactory(organisation=organisation)
    second = UnitFactory(organisation=organisation, parent=first)
    Unit.objects.filter(pk=first.pk).update(parent=second)
    second.refresh_from_db()

    assert set(second.ancestors()) == {first, second}
    assert second.descendant_ids() == {first.pk}


def test_registry_is_the_open_one(organisation, registry):
    assert organisation.registry_unit() == registry
    Unit.objects.filter(pk=registry.pk).update(is_active=False)
    assert organisation.registry_unit() is None


def test_lists_of_organisations(organisation):
    closed = OrganisationFactory(is_active=False)
    external = OrganisationFactory(is_hosted=False, accepts_deposits=False)
    silent = OrganisationFactory(accepts_deposits=False)

    assert closed not in Organisation.objects.active()
    assert set(Organisation.objects.active()) == {organisation, external, silent}
    assert set(Organisation.objects.hosted()) == {organisation, silent}
    assert set(Organisation.objects.accepting_deposits()) == {organisation}


def test_lists_of_units_and_posts(unit, youssef):
    closed = UnitFactory(organisation=unit.organisation, is_active=False)
    PostFactory(unit=closed)

    assert closed not in Unit.objects.active()
    assert set(Post.objects.active()) == set(posts_of(youssef))
    assert set(Post.objects.of_role(Role.HEAD)) == set(posts_of(youssef))


def test_holders_are_listed_with_three_queries(youssef, unit, django_assert_num_queries):
    PostFactory(unit=unit, roles=[])

    with django_assert_num_queries(3), translation.override("en"):
        rows = [(post.role_labels(), post.holder_today()) for post in Post.objects.with_holders().order_by("pk")]
    assert rows == [("agent, head of unit", "Youssef El Idrissi"), ("", "")]
    assert posts_of(youssef).get().holder(date(1990, 1, 1)) is None


@pytest.mark.parametrize("code", ["M", "msp", "TOOLONG", "M-P", "مصم"])
def test_code_of_an_organisation_has_capitals_and_digits(code):
    with pytest.raises(ValidationError) as problem:
        OrganisationFactory.build(code=code).full_clean()
    assert "code" in problem.value.message_dict
