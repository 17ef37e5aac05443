from datetime import date, timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction

from core.dates import today
from core.exceptions import BusinessError, NotAllowed, WrongState
from core.organisations import operations, tasks
from core.organisations.enums import Act, Clearance, Role
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
from core.organisations.permissions import has_role, posts_of
from core.organisations.places import load_places
from core.users.models import User
from core.users.signals import happened
from tests.factories.organisations import (
    DelegationFactory,
    OrganisationFactory,
    PostFactory,
    TenureFactory,
    UnitFactory,
)
from tests.factories.users import UserFactory

TOMORROW, YESTERDAY = timedelta(1), timedelta(-1)


@pytest.fixture
def told():
    """What the operations reported, in order."""
    events = []

    def hear(event, obj, by, data, **kwargs):
        events.append((event, obj, by, data))

    happened.connect(hear)
    yield events
    happened.disconnect(hear)


@pytest.fixture
def superuser(db):
    return UserFactory(is_superuser=True)


@pytest.fixture
def post(unit):
    return PostFactory(unit=unit, roles=[Role.HEAD])


def members(role):
    return set(User.objects.filter(groups__name=role))


# --- organisations, units, posts -----------------------------------------------------------------------------------


def test_organisation_is_opened_by_the_installation(superuser, told):
    organisation = operations.open_organisation(OrganisationFactory.build(code="NEW"), by=superuser)

    assert organisation.pk
    assert told == [("organisations.opened", organisation, superuser, {})]


def test_external_organisation_is_opened_by_an_administrator(nadia, amina):
    external = OrganisationFactory.build(is_hosted=False, accepts_deposits=False)

    with pytest.raises(NotAllowed):
        operations.open_organisation(external, by=amina)
    assert operations.open_organisation(external, by=nadia).pk


def test_hosted_organisation_is_not_opened_by_an_administrator(nadia):
    with pytest.raises(NotAllowed):
        operations.open_organisation(OrganisationFactory.build(), by=nadia)


def test_unit_is_set_up_by_the_administrator(nadia, organisation, told):
    unit = operations.set_up(UnitFactory.build(organisation=organisation), by=nadia)

    assert Unit.objects.get(pk=unit.pk).organisation == organisation
    assert told == [("organisations.set_up", unit, nadia, {})]


def test_unit_is_not_set_up_elsewhere(karim, organisation):
    with pytest.raises(NotAllowed):
        operations.set_up(UnitFactory.build(organisation=organisation), by=karim)


def test_unit_lies_in_the_tree_of_its_organisation(nadia, organisation, other_registry, unit):
    child = UnitFactory(organisation=organisation, parent=unit)

    with pytest.raises(BusinessError) as refusal:
        operations.set_up(UnitFactory.build(organisation=organisation, parent=other_registry), by=nadia)
    assert refusal.value.code == "elsewhere"
    with pytest.raises(BusinessError) as refusal:
        operations.change(unit, by=nadia, parent=child)
    assert refusal.value.code == "circle"


def test_post_is_set_up_with_its_roles(nadia, unit):
    post = operations.set_up(PostFactory.build(unit=unit), by=nadia, roles=[Role.CLERK, Role.AGENT])

    assert post.role_set() == {Role.CLERK, Role.AGENT}


def test_change_writes_and_tells_what_changed(nadia, unit, told):
    operations.change(unit, by=nadia, name_fr="Direction nouvelle", name_ar=unit.name_ar)
    operations.change(unit, by=nadia, name_fr="Direction nouvelle")

    assert Unit.objects.get(pk=unit.pk).name_fr == "Direction nouvelle"
    assert [(event, data) for event, _obj, _by, data in told] == [("organisations.changed", {"fields": ["name_fr"]})]


def test_change_is_refused_elsewhere_and_towards_elsewhere(nadia, karim, unit, other_registry, post):
    with pytest.raises(NotAllowed):
        operations.change(unit, by=karim, name_fr="Autre")
    with pytest.raises(NotAllowed):
        operations.change(post, by=nadia, unit=other_registry)


def test_code_and_hosting_of_an_organisation_stay(nadia, superuser, organisation):
    with pytest.raises(NotAllowed):
        operations.change(organisation, by=nadia, is_hosted=False, accepts_deposits=False)
    with pytest.raises(BusinessError) as refusal:
        operations.change(organisation, by=superuser, code="XYZ")
    assert refusal.value.code == "code_is_fixed"
    operations.change(organisation, by=superuser, is_hosted=False, accepts_deposits=False)
    assert not Organisation.objects.get(pk=organisation.pk).is_hosted


def test_roles_of_a_post_reach_its_holder_at_once(nadia, youssef):
    post = posts_of(youssef).get()
    operations.sync_groups()

    operations.change(post, by=nadia, roles=[Role.TRAINER])

    assert members(Role.TRAINER) == {youssef}
    assert members(Role.HEAD) == set()
    assert Post.objects.get(pk=post.pk).role_set() == {Role.TRAINER}


def test_unit_in_use_is_not_closed(nadia, unit, post, youssef):
    with pytest.raises(WrongState) as refusal:
        operations.close(unit, by=nadia)
    assert refusal.value.code == "in_use"
    with pytest.raises(WrongState):
        operations.close(posts_of(youssef).get(), by=nadia)


def test_post_nobody_holds_is_closed(nadia, post):
    operations.close(post, by=nadia)

    assert not Post.objects.get(pk=post.pk).is_active


def test_unit_moves_below_another_one(nadia, unit, other_unit):
    operations.change(unit, by=nadia, parent=other_unit)

    assert Unit.objects.get(pk=unit.pk).ancestors() == [other_unit]


def test_empty_unit_is_closed_and_reopened(nadia, karim, other_unit, told):
    with pytest.raises(NotAllowed):
        operations.close(other_unit, by=karim)
    operations.close(other_unit, by=nadia)
    assert not Unit.objects.get(pk=other_unit.pk).is_active
    with pytest.raises(NotAllowed):
        operations.reopen(other_unit, by=karim)
    operations.reopen(other_unit, by=nadia)
    assert Unit.objects.get(pk=other_unit.pk).is_active
    assert [event for event, *_rest in told] == ["organisations.closed", "organisations.reopened"]


def test_closed_organisation_gives_no_rights(superuser, organisation, amina):
    operations.sync_groups()

    operations.close(organisation, by=superuser)

    assert members(Role.CLERK) == set()


# --- calendars -----------------------------------------------------------------------------------------------------


def test_revised_calendar_copies_days_and_hours(nadia, karim, organisation):
    calendar = organisation.calendars.get()
    Holiday.objects.create(calendar=calendar, day=date(2026, 11, 18), name_ar="عيد", name_fr="Fête")

    new = operations.revise_calendar(calendar, by=nadia, valid_from=date(2027, 1, 1))

    assert (new.version, new.holidays.count(), new.opening_hours.count()) == (2, 1, 1)
    assert (calendar.holidays.count(), calendar.opening_hours.count()) == (1, 1)
    with pytest.raises(NotAllowed):
        operations.revise_calendar(calendar, by=karim, valid_from=date(2027, 1, 1))
    with pytest.raises(BusinessError) as refusal:
        operations.revise_calendar(calendar, by=nadia, valid_from=date(1999, 1, 1))
    assert refusal.value.code == "too_early"


def test_new_calendar_takes_the_next_version(nadia, organisation):
    calendar = WorkingCalendar(organisation=organisation, valid_from=date(2027, 1, 1))

    assert operations.set_up(calendar, by=nadia).version == 2


def test_public_holidays_are_declared_once(nadia, karim, organisation):
    calendar = organisation.calendars.get()

    assert operations.declare_public_holidays(calendar, by=nadia, year=2027) == 11
    assert operations.declare_public_holidays(calendar, by=nadia, year=2027) == 0
    with pytest.raises(NotAllowed):
        operations.declare_public_holidays(calendar, by=karim, year=2027)


# --- appointing ----------------------------------------------------------------------------------------------------


def test_appointed_person_has_the_rights_of_the_post(nadia, post, unit, told):
    newcomer = UserFactory()

    tenure = operations.appoint(newcomer, post=post, by=nadia, starts_on=today(), clearance=Clearance.RESTRICTED)

    assert has_role(newcomer, Role.HEAD, unit=unit)
    assert newcomer in members(Role.HEAD)
    assert post.holder() == newcomer
    data = {"post": post.pk, "user": newcomer.pk, "clearance": 1}
    assert told == [("organisations.appointed", tenure, nadia, data)]


def test_future_tenure_gives_rights_when_it_begins(nadia, post, monkeypatch):
    newcomer = UserFactory()
    operations.appoint(newcomer, post=post, by=nadia, starts_on=today() + TOMORROW)
    assert not tasks.groups_differ()
    assert members(Role.HEAD) == set()

    day = today() + TOMORROW
    monkeypatch.setattr("core.organisations.models.today", lambda: day)

    assert tasks.groups_differ()
    tasks.sync_groups()
    assert members(Role.HEAD) == {newcomer}


def test_appointment_is_refused_to_others_and_to_oneself(karim, nadia, amina, post):
    newcomer = UserFactory()

    for by, user in [(karim, newcomer), (amina, newcomer), (nadia, nadia), (nadia, karim)]:
        with pytest.raises(NotAllowed):
            operations.appoint(user, post=post, by=by, starts_on=today())
    assert post.tenures.count() == 0


def test_installation_appoints_the_first_administrator(superuser, unit):
    post = PostFactory(unit=unit, roles=[Role.ADMINISTRATOR])

    operations.appoint(superuser, post=post, by=superuser, starts_on=today())

    assert has_role(superuser, Role.ADMINISTRATOR)


@pytest.mark.parametrize(
    ("starts", "ends", "code"),
    [(0, -1, "dates"), (0, None, "taken"), (-400, None, "taken")],
)
def test_appointment_is_refused_for_its_days(nadia, youssef, starts, ends, code):
    post = posts_of(youssef).get()
    starts_on, ends_on = today() + timedelta(starts), None if ends is None else today() + timedelta(ends)

    with pytest.raises(BusinessError) as refusal:
        operations.appoint(UserFactory(), post=post, by=nadia, starts_on=starts_on, ends_on=ends_on)
    assert refusal.value.code == code


def test_second_person_takes_the_seat_after_the_first(nadia, youssef):
    post = posts_of(youssef).get()
    operations.end_tenure(youssef.tenures.get(), by=nadia)

    operations.appoint(UserFactory(), post=post, by=nadia, starts_on=today() + TOMORROW)

    assert post.tenures.count() == 2


def test_nobody_is_appointed_to_what_is_closed(nadia, post, other_unit):
    closed_account = UserFactory(is_active=False)
    closed_post = PostFactory(unit=other_unit, is_active=False)

    with pytest.raises(WrongState) as refusal:
        operations.appoint(closed_account, post=post, by=nadia, starts_on=today())
    assert refusal.value.code == "account_closed"
    with pytest.raises(WrongState) as refusal:
        operations.appoint(UserFactory(), post=closed_post, by=nadia, starts_on=today())
    assert refusal.value.code == "closed"


def test_ended_tenure_gives_rights_until_its_last_day(nadia, youssef, karim):
    tenure = youssef.tenures.get()
    operations.sync_groups()
    with pytest.raises(NotAllowed):
        operations.end_tenure(tenure, by=karim)

    operations.end_tenure(tenure, by=nadia, ends_on=today() + YESTERDAY)

    assert members(Role.HEAD) == {karim}
    with pytest.raises(WrongState) as refusal:
        operations.end_tenure(tenure, by=nadia)
    assert refusal.value.code == "ended"


def test_tenure_is_not_prolonged_over_the_next_one(nadia, youssef):
    tenure = youssef.tenures.get()
    operations.end_tenure(tenure, by=nadia, ends_on=today())
    TenureFactory(post=tenure.post, starts_on=today() + timedelta(10))

    with pytest.raises(WrongState) as refusal:
        operations.end_tenure(tenure, by=nadia, ends_on=today() + timedelta(20))
    assert refusal.value.code == "taken"


def test_clearance_is_changed_by_another_administrator(nadia, karim, youssef, unit):
    tenure = youssef.tenures.get()

    operations.change_clearance(tenure, by=nadia, clearance=Clearance.CONFIDENTIAL)

    assert Tenure.objects.get(pk=tenure.pk).clearance == Clearance.CONFIDENTIAL
    for by, row in [(karim, tenure), (nadia, nadia.tenures.get())]:
        with pytest.raises(NotAllowed):
            operations.change_clearance(row, by=by, clearance=0)
    over = TenureFactory(post__unit=unit, starts_on=date(2020, 1, 1), ends_on=date(2020, 2, 1))
    with pytest.raises(WrongState):
        operations.change_clearance(over, by=nadia, clearance=0)


# --- delegations ---------------------------------------------------------------------------------------------------


def give(post, to, by, **changes):
    values = {"starts_on": today(), "ends_on": today() + timedelta(9), "acts": [Act.DIRECT], "written_act": "12/2026"}
    return operations.delegate(post, to=to, by=by, **(values | changes))


def test_holder_delegates(youssef, said, unit, told):
    post = posts_of(youssef).get()

    delegation = give(post, said, youssef, acts=[Act.TREAT, Act.DIRECT], clearance=Clearance.RESTRICTED)

    assert has_role(said, Role.HEAD, unit=unit)
    assert said in members(Role.HEAD)
    assert delegation.given_by == youssef
    assert told[-1][0] == "organisations.delegated"
    assert told[-1][3] == {"post": post.pk, "user": said.pk, "acts": ["treat", "direct"]}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ends_on": date(2026, 1, 1), "starts_on": date(2026, 2, 1)}, "dates"),
        ({"ends_on": date(2026, 2, 1), "starts_on": date(2026, 1, 1)}, "over"),
        ({"written_act": "  "}, "no_written_act"),
        ({"acts": []}, "no_such_act"),
        ({"acts": [Act.SIGN]}, "no_such_act"),
        ({"clearance": Clearance.CONFIDENTIAL}, "clearance"),
    ],
)
def test_delegation_is_refused_for_what_it_says(youssef, said, changes, code):
    with pytest.raises(BusinessError) as refusal:
        give(posts_of(youssef).get(), said, youssef, **changes)
    assert refusal.value.code == code


def test_delegation_is_refused_for_whom_it_is_given_to(nadia, youssef, said, karim):
    post = posts_of(youssef).get()
    disabled = UserFactory(is_active=False)

    for to, code in [(disabled, "account_closed"), (karim, "elsewhere"), (UserFactory(), "elsewhere")]:
        with pytest.raises(BusinessError) as refusal:
            give(post, to, youssef)
        assert refusal.value.code == code
    with pytest.raises(BusinessError) as refusal:
        give(post, youssef, nadia)
    assert refusal.value.code == "own_post"


def test_delegation_is_never_passed_on(youssef, said, amina, nadia):
    post = posts_of(youssef).get()
    give(post, said, youssef)

    with pytest.raises(NotAllowed):
        give(post, amina, said)
    with pytest.raises(NotAllowed):
        give(post, youssef, youssef)


def test_post_nobody_holds_is_acted_for_without_clearance(nadia, said, post):
    delegation = give(post, said, nadia)

    assert delegation.clearance == Clearance.NORMAL


def test_revoked_delegation_ends_at_once(youssef, said, karim):
    delegation = give(posts_of(youssef).get(), said, youssef)
    with pytest.raises(NotAllowed):
        operations.revoke_delegation(delegation, by=karim)

    operations.revoke_delegation(delegation, by=youssef)

    assert members(Role.HEAD) == {youssef, karim}
    with pytest.raises(WrongState):
        operations.revoke_delegation(delegation, by=youssef)
    assert not Delegation.objects.get(pk=delegation.pk).is_open()


def test_delegation_that_is_over_is_not_revoked(nadia, unit):
    over = DelegationFactory(post__unit=unit, starts_on=date(2026, 1, 1), ends_on=date(2026, 1, 2))

    with pytest.raises(WrongState):
        operations.revoke_delegation(over, by=nadia)


# --- accounts ------------------------------------------------------------------------------------------------------


def test_account_is_opened_without_password_and_invited(nadia, amina, told):
    user = operations.open_account(User(username="new", email="new@example.ma", is_superuser=True), by=nadia)

    assert not user.has_usable_password()
    assert not user.is_superuser
    assert [event for event, *_rest in told] == ["users.opened", "users.invited"]
    with pytest.raises(NotAllowed):
        operations.open_account(User(username="other", email="other@example.ma"), by=amina)


def test_account_is_changed_by_its_administrator_only(nadia, karim, said, told):
    operations.change_account(said, by=nadia, email="said@msp.ma", username=said.username)
    operations.change_account(said, by=nadia, username=said.username)

    assert User.objects.get(pk=said.pk).email == "said@msp.ma"
    assert [data for *_rest, data in told] == [{"fields": ["email"]}]
    with pytest.raises(NotAllowed):
        operations.change_account(said, by=karim, email="x@example.ma")


def test_closed_account_loses_and_regains_its_rights(nadia, karim, said):
    operations.sync_groups()
    for refused in (operations.close_account, operations.reopen_account, operations.invite):
        with pytest.raises(NotAllowed):
            refused(said, by=karim)
    with pytest.raises(NotAllowed):
        operations.close_account(nadia, by=nadia)

    operations.close_account(said, by=nadia)
    assert members(Role.AGENT) == {karim}
    with pytest.raises(WrongState):
        operations.invite(said, by=nadia)

    operations.reopen_account(said, by=nadia)
    assert members(Role.AGENT) == {said, karim}
    operations.invite(said, by=nadia)


def test_second_factor_is_reset_by_an_administrator(nadia, karim, said):
    Authenticator.objects.create(user=said, type=Authenticator.Type.TOTP, data={})

    for by, user in [(karim, said), (nadia, nadia)]:
        with pytest.raises(NotAllowed):
            operations.reset_second_factor(user, by=by)
    operations.reset_second_factor(said, by=nadia)

    assert not Authenticator.objects.exists()


# --- groups and places ---------------------------------------------------------------------------------------------


def test_groups_follow_tenures_and_delegations(amina, youssef, said, other_unit):
    DelegationFactory(post=PostFactory(unit=other_unit, roles=[Role.CLERK, Role.AUDITOR]), user=said)
    stray = UserFactory()
    stray.groups.add(Group.objects.get_or_create(name=Role.ADMINISTRATOR)[0])

    assert tasks.groups_differ()
    assert operations.sync_groups() == 6
    assert operations.sync_groups() == 0

    assert members(Role.CLERK) == {amina, said}
    assert members(Role.AGENT) == {youssef, said}
    assert members(Role.AUDITOR) == set()
    assert members(Role.ADMINISTRATOR) == set()


def test_other_groups_are_left_alone(amina):
    group = Group.objects.create(name="Choir")
    amina.groups.add(group)

    operations.sync_groups()

    assert set(amina.groups.all()) == {group, Group.objects.get(name=Role.CLERK)}


def test_administrators_enter_the_wagtail_admin(nadia, amina):
    operations.sync_groups()

    assert User.objects.get(pk=nadia.pk).has_perm("wagtailadmin.access_admin")
    assert not User.objects.get(pk=amina.pk).has_perm("wagtailadmin.access_admin")


def test_role_groups_are_made_when_missing(nadia):
    Group.objects.all().delete()

    assert set(operations.make_role_groups()) == set(Role.values)


def test_groups_are_compared_with_three_reads(amina, youssef, said, django_assert_num_queries):
    operations.sync_groups()

    with django_assert_num_queries(3):
        assert not tasks.groups_differ()


@pytest.mark.django_db
def test_places_come_with_the_migrations_and_stay_as_they_are():
    kinds = [Territory.objects.filter(kind=kind).count() for kind in ("region", "province", "commune")]

    assert kinds == [12, 83, 1503]
    assert load_places(Territory) == 0
    rabat = Territory.objects.get(kind="commune", name_fr="Rabat")
    assert rabat.parent.parent.name_ar == "الرباط-سلا-القنيطرة"


@pytest.mark.django_db
def test_changed_and_missing_places_are_put_right(capsys):
    from django.core.management import call_command

    Territory.objects.filter(name_fr="Rabat").update(name_ar="خطأ")
    Territory.objects.filter(kind="commune", name_fr="Assilah").delete()

    call_command("load_places")

    assert capsys.readouterr().out == "3 places added or corrected, 1598 in all\n"


# --- what always holds ---------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    "make",
    [
        lambda: TenureFactory(starts_on=date(2026, 2, 1), ends_on=date(2026, 1, 1)),
        lambda: DelegationFactory(starts_on=date(2026, 2, 1), ends_on=date(2026, 1, 1)),
        lambda: OrganisationFactory(is_hosted=False, accepts_deposits=True),
        lambda: OrganisationFactory(code="SAME") and OrganisationFactory(code="SAME", slug="other"),
    ],
)
def test_database_refuses(make):
    with pytest.raises(IntegrityError), transaction.atomic():
        make()


def test_database_refuses_a_second_registry_and_the_same_post_twice(registry, amina, organisation):
    with pytest.raises(IntegrityError), transaction.atomic():
        UnitFactory(organisation=organisation, is_registry=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        TenureFactory(post=posts_of(amina).get(), user=amina)
    calendar = organisation.calendars.get()
    for hours in ({"opens": "16:00", "closes": "15:00"}, {"opens": "8:00", "closes": "9:00", "period": "ramadan"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            OpeningHours.objects.create(calendar=calendar, **hours)
