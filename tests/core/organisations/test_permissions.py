from datetime import date, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser

from core.dates import today
from core.organisations.enums import Act, Clearance, Role
from core.organisations.models import Holiday, OpeningHours, Organisation, Post, Tenure, Unit
from core.organisations.permissions import (
    administered_by,
    can_administer,
    can_administer_person,
    can_delegate,
    can_open_account,
    can_open_organisation,
    clearance_of,
    forget,
    has_role,
    holdings_of,
    is_staff_today,
    organisation_id_of,
    organisation_ids_of,
    people_administered_by,
    posts_of,
    roles_of,
    unit_ids_of,
    units_below_of,
)
from core.users.models import User
from tests.factories.organisations import (
    CalendarFactory,
    DelegationFactory,
    OrganisationFactory,
    PostFactory,
    TenureFactory,
    UnitFactory,
    post_for,
)
from tests.factories.users import UserFactory

# --- what a person holds -------------------------------------------------------------------------------------------


def test_rights_of_a_clerk_come_from_the_post(amina, organisation, registry):
    assert [post.unit for post in posts_of(amina)] == [registry]
    assert unit_ids_of(amina) == {registry.pk}
    assert organisation_ids_of(amina, Role.CLERK) == {organisation.pk}
    assert has_role(amina, Role.CLERK, organisation=organisation, unit=registry.pk)
    assert not has_role(amina, Role.HEAD)
    assert clearance_of(amina, registry.pk) == Clearance.CONFIDENTIAL
    assert clearance_of(amina, organisation_id=organisation.pk) == Clearance.CONFIDENTIAL
    assert roles_of(amina) == {Role.CLERK}
    assert is_staff_today(amina)


def test_rights_elsewhere_are_none(amina, karim, unit, other_organisation):
    assert not has_role(amina, Role.CLERK, organisation=other_organisation)
    assert not has_role(amina, Role.CLERK, unit=unit)
    assert clearance_of(amina, unit.pk) == -1
    assert unit_ids_of(karim).isdisjoint(unit_ids_of(amina))


def test_units_are_filtered_by_role_and_clearance(youssef, unit, other_unit):
    post_for(youssef, other_unit, Role.READER)

    assert unit_ids_of(youssef) == {unit.pk, other_unit.pk}
    assert unit_ids_of(youssef, Role.HEAD) == {unit.pk}
    assert unit_ids_of(youssef, clearance=Clearance.RESTRICTED) == {unit.pk}
    assert organisation_ids_of(youssef, clearance=Clearance.CONFIDENTIAL) == set()


def test_units_below_are_those_of_a_head_only(youssef, said, unit, other_unit):
    child = UnitFactory(organisation=unit.organisation, parent=unit)
    grandchild = UnitFactory(organisation=unit.organisation, parent=child)
    UnitFactory(organisation=unit.organisation, parent=other_unit)

    assert units_below_of(youssef) == {child.pk, grandchild.pk}
    assert units_below_of(youssef, clearance=Clearance.CONFIDENTIAL) == set()
    assert units_below_of(said) == set()
    assert units_below_of(youssef) == {child.pk, grandchild.pk}


def test_post_without_role_makes_staff_and_nothing_more(unit):
    user = UserFactory()
    post_for(user, unit)

    assert is_staff_today(user)
    assert roles_of(user) == set()
    assert unit_ids_of(user) == {unit.pk}


def test_rights_of_nobody_are_none(db):
    superuser = UserFactory(is_superuser=True)

    for user in (None, AnonymousUser(), superuser):
        assert holdings_of(user) == ()
        assert not is_staff_today(user)
    assert posts_of(superuser).count() == 0


@pytest.mark.parametrize("closed", ["user", "post", "unit", "organisation"])
def test_rights_end_with_what_is_closed(said, unit, closed):
    post = posts_of(said).get()
    row = {"user": said, "post": post, "unit": unit, "organisation": unit.organisation}[closed]
    type(row).objects.filter(pk=row.pk).update(is_active=False)

    assert not is_staff_today(User.objects.get(pk=said.pk))


def test_rights_of_an_administrator_never_reach_restricted_items(nadia, organisation):
    Tenure.objects.filter(user=nadia).update(clearance=Clearance.CONFIDENTIAL)
    forget(nadia)

    assert clearance_of(nadia, organisation_id=organisation.pk) == Clearance.NORMAL


def test_rights_are_read_once_per_request(amina, django_assert_num_queries):
    forget(amina)

    with django_assert_num_queries(1):
        has_role(amina, Role.CLERK)
        unit_ids_of(amina)
        organisation_ids_of(amina)
        clearance_of(amina)
        is_staff_today(amina)


def test_queries_do_not_grow_with_posts(amina, organisation, django_assert_num_queries):
    for _n in range(3):
        post_for(amina, UnitFactory(organisation=organisation), Role.AGENT, Role.HEAD, Role.READER)
    forget(amina)

    with django_assert_num_queries(1):
        assert len(holdings_of(amina)) == 4


# --- days ----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_tenures_are_current_exactly_on_their_days():
    day, post, user = date(2026, 2, 27), PostFactory(), UserFactory()
    lengths = [0, 1, 2, 5, 400]
    rows = [
        Tenure(post=post, user=user, starts_on=day + timedelta(start), ends_on=day + timedelta(start + length))
        for start in range(-4, 5)
        for length in lengths
    ]
    rows += [
        Tenure(post=post, user=UserFactory(), starts_on=day + timedelta(start), ends_on=None) for start in (-4, 0, 4)
    ]
    Tenure.objects.bulk_create(rows)

    for on in (day + timedelta(n) for n in range(-6, 12)):
        expected = {row.pk for row in rows if row.starts_on <= on and (row.ends_on is None or on <= row.ends_on)}
        assert set(Tenure.objects.current(on).values_list("pk", flat=True)) == expected
        assert set(Tenure.objects.overlapping(on, on).values_list("pk", flat=True)) == expected


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("starts", "ends", "expected"),
    [(0, None, True), (0, 0, True), (-1, 0, True), (-2, -1, False), (1, None, False), (1, 5, False)],
)
@pytest.mark.parametrize("kind", [TenureFactory, DelegationFactory])
def test_rights_hold_from_the_first_to_the_last_day(kind, starts, ends, expected):
    if kind is DelegationFactory and ends is None:
        ends = 30 + starts
    row = kind(starts_on=today() + timedelta(starts), ends_on=None if ends is None else today() + timedelta(ends))

    assert is_staff_today(row.user) is expected
    assert bool(holdings_of(row.user, today() + timedelta(starts)))


@pytest.mark.django_db
def test_overlapping_finds_shared_days():
    tenure = TenureFactory(starts_on=date(2026, 3, 1), ends_on=date(2026, 3, 31))
    rows = Tenure.objects.filter(pk=tenure.pk)

    assert rows.overlapping(date(2026, 3, 31), None).exists()
    assert rows.overlapping(date(2026, 1, 1), date(2026, 3, 1)).exists()
    assert not rows.overlapping(date(2026, 4, 1), None).exists()
    assert not rows.overlapping(date(2026, 1, 1), date(2026, 2, 28)).exists()


# --- delegations ---------------------------------------------------------------------------------------------------


def test_delegate_gets_the_roles_of_the_delegated_acts_only(said, unit):
    post = PostFactory(unit=unit, roles=[Role.HEAD, Role.SIGNATORY, Role.ADMINISTRATOR])
    DelegationFactory(post=post, user=said, acts=[Act.SIGN])

    assert has_role(said, Role.SIGNATORY, unit=unit)
    assert not has_role(said, Role.HEAD)
    assert not has_role(said, Role.ADMINISTRATOR)


def test_delegate_gets_no_role_the_post_lacks(said, unit):
    DelegationFactory(post=PostFactory(unit=unit, roles=[Role.HEAD]), user=said, acts=[Act.SIGN])

    assert not has_role(said, Role.SIGNATORY)


def test_revoked_delegation_gives_nothing(said, other_unit):
    from django.utils import timezone

    delegation = DelegationFactory(post=PostFactory(unit=other_unit), user=said, revoked_at=timezone.now())

    assert delegation.post not in posts_of(said)


def test_delegate_does_not_delegate(said, youssef, unit, nadia, karim):
    post = posts_of(youssef).get()
    DelegationFactory(post=post, user=said)

    assert can_delegate(youssef, post)
    assert can_delegate(nadia, post)
    assert not can_delegate(said, post)
    assert not can_delegate(karim, post)


# --- administrators ------------------------------------------------------------------------------------------------


def test_administrator_administers_the_own_organisation_only(nadia, karim, organisation, other_organisation, unit):
    calendar = organisation.calendars.get()
    rows = [
        organisation,
        unit,
        PostFactory(unit=unit),
        TenureFactory(post__unit=unit),
        DelegationFactory(post__unit=unit),
        calendar,
        Holiday(calendar=calendar),
        OpeningHours(calendar=calendar),
    ]

    assert all(can_administer(nadia, row) for row in rows)
    assert not any(can_administer(karim, row) for row in rows)
    assert {organisation_id_of(row) for row in rows} == {organisation.pk}
    assert not can_administer(nadia, other_organisation)


def test_external_organisations_are_anybodys_who_administers(nadia, amina):
    external = OrganisationFactory(is_hosted=False, accepts_deposits=False)

    assert can_administer(nadia, external)
    assert can_open_organisation(nadia, external)
    assert not can_administer(amina, external)
    assert not can_open_organisation(nadia, OrganisationFactory.build())


def test_superuser_configures_without_any_post(organisation, db):
    superuser = UserFactory(is_superuser=True)

    assert can_administer(superuser, organisation)
    assert can_open_organisation(superuser, organisation)
    assert can_open_account(superuser)
    assert set(people_administered_by(superuser)) == {superuser}
    assert set(administered_by(superuser, Organisation)) == {organisation}
    assert not has_role(superuser, Role.ADMINISTRATOR)


def test_administrator_reaches_own_people_and_the_unplaced(nadia, amina, karim, said):
    newcomer = UserFactory()
    superuser = UserFactory(is_superuser=True)

    assert set(people_administered_by(nadia)) == {nadia, amina, said, newcomer}
    assert can_administer_person(nadia, newcomer)
    assert not can_administer_person(nadia, superuser)
    assert not can_administer_person(amina, said)


def test_person_with_a_post_elsewhere_is_nobodys_alone(nadia, said, other_registry):
    post_for(said, other_registry, Role.AGENT)

    assert not can_administer_person(nadia, said)


def test_administered_rows_are_those_of_the_organisation(nadia, karim, unit, amina, organisation):
    external = OrganisationFactory(is_hosted=False, accepts_deposits=False)
    CalendarFactory(organisation=OrganisationFactory())

    assert set(administered_by(nadia, Organisation)) == {organisation, external}
    assert {row.organisation_id for row in administered_by(nadia, Unit)} == {organisation.pk}
    assert {post.unit.organisation_id for post in administered_by(nadia, Post)} == {organisation.pk}
    assert administered_by(amina, Unit).count() == 0
    assert administered_by(amina, Organisation).count() == 0
    assert administered_by(amina, User).count() == 0
    assert amina in administered_by(nadia, User)
