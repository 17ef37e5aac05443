from datetime import date, timedelta

import pytest
from django.urls import reverse

from core.audit.models import AuditEntry
from core.dates import today
from core.organisations import operations
from core.organisations.enums import Act, Role
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
from core.organisations.permissions import posts_of
from core.users.models import User
from tests.factories.organisations import (
    CalendarFactory,
    DelegationFactory,
    OrganisationFactory,
    PostFactory,
    TenureFactory,
    UnitFactory,
)
from tests.factories.users import UserFactory

LISTS = [
    "organisations",
    "units",
    "posts",
    "tenures",
    "delegations",
    "calendars",
    "holidays",
    "opening-hours",
    "wagtailusers_users",
]
UNIT = {"code": "DF", "name_ar": "مديرية المالية", "name_fr": "Direction des finances"}


@pytest.fixture
def admin(nadia, client_of):
    """The browser of nadia, administrator of `organisation`."""
    operations.sync_groups()
    return client_of(nadia)


@pytest.fixture
def world(organisation, youssef, said, unit, registry):
    """At least one row in every list."""
    calendar = organisation.calendars.get()
    Holiday.objects.create(calendar=calendar, day=date(2026, 11, 18), name_ar="عيد الاستقلال", name_fr="Fête")
    DelegationFactory(post=posts_of(youssef).get(), user=said)


def rows_of(response):
    return list(response.context["object_list"])


# --- lists ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
@pytest.mark.parametrize("name", LISTS)
def test_lists_are_shown_in_each_language(admin, nadia, world, name, language):
    User.objects.filter(pk=nadia.pk).update(language=language)

    response = admin.get(reverse(f"{name}:index"))

    assert response.status_code == 200
    page = response.content.decode()
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}"' in " ".join(page.split())
    assert rows_of(response)


def test_list_speaks_arabic(admin, world):
    page = admin.get(reverse("units:index")).content.decode()

    for words in ("الوحدات", "مديرية الخدمات الرقمية", "مكتب الضبط", "إضافة"):
        assert words in page


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("person", ["amina", "karim", "stranger"])
def test_lists_show_nothing_to_others(request, client_of, world, name, person, other_registry):
    client = client_of(request.getfixturevalue(person))
    operations.sync_groups()

    response = client.get(reverse(f"{name}:index"))

    if person == "karim":  # administrator elsewhere: sees the own rows only
        assert {getattr(row, "organisation_id", None) for row in rows_of(response)} <= {
            None,
            other_registry.organisation_id,
        }
        assert "مديرية الخدمات الرقمية" not in response.content.decode()
    else:
        assert response.status_code == (302 if person == "stranger" else 404)


@pytest.mark.parametrize("name", LISTS)
def test_lists_take_the_same_queries_for_one_row_and_many(
    admin, world, name, organisation, django_assert_max_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    url = reverse(f"{name}:index")
    admin.get(url)
    with CaptureQueriesContext(connection) as few:
        before = len(rows_of(admin.get(url)))
    calendar = organisation.calendars.get()
    for n in range(3):
        child = UnitFactory(organisation=organisation, parent=UnitFactory(organisation=organisation))
        tenure = TenureFactory(post__unit=child)
        DelegationFactory(post=tenure.post, user=tenure.user)
        CalendarFactory(organisation=organisation, version=2 + n)
        Holiday.objects.create(calendar=calendar, day=date(2026, 5, 1 + n), name_ar="عيد", name_fr="Fête")
        OrganisationFactory(is_hosted=False, accepts_deposits=False)

    with django_assert_max_num_queries(len(few)):
        assert len(rows_of(admin.get(url))) >= before + 3


def test_lists_are_searched_and_filtered(admin, world, unit, registry, youssef, organisation):
    assert rows_of(admin.get(reverse("units:index"), {"q": "الرقمية"})) == [unit]
    assert unit not in rows_of(admin.get(reverse("units:index"), {"is_active": "false"}))
    assert rows_of(admin.get(reverse("posts:index"), {"role": "head"})) == list(posts_of(youssef))
    assert rows_of(admin.get(reverse("wagtailusers_users:index"), {"q": "youssef"})) == [youssef]
    future = TenureFactory(post__unit=unit, starts_on=today() + timedelta(3))
    assert rows_of(admin.get(reverse("tenures:index"), {"current": "false"})) == [future]
    assert future not in rows_of(admin.get(reverse("tenures:index"), {"current": "true"}))
    assert rows_of(admin.get(reverse("holidays:index"), {"year": "2025", "organisation": organisation.pk})) == []


def test_external_organisations_are_listed_for_every_administrator(admin, organisation, other_organisation):
    external = OrganisationFactory(is_hosted=False, accepts_deposits=False)

    assert set(rows_of(admin.get(reverse("organisations:index")))) == {organisation, external}


# --- adding and changing -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LISTS)
def test_add_pages_are_shown(admin, world, name):
    response = admin.get(reverse(f"{name}:add"))

    assert response.status_code == 200


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("organisations", Organisation),
        ("units", Unit),
        ("posts", Post),
        ("tenures", Tenure),
        ("calendars", WorkingCalendar),
        ("holidays", Holiday),
        ("opening-hours", OpeningHours),
    ],
)
def test_edit_pages_are_those_of_the_own_rows(admin, world, karim, client_of, name, model, organisation, nadia):
    from core.organisations.permissions import administered_by

    row = administered_by(nadia, model).first()
    operations.sync_groups()

    assert admin.get(reverse(f"{name}:edit", args=[row.pk])).status_code == 200
    assert client_of(karim).get(reverse(f"{name}:edit", args=[row.pk])).status_code == 404


def test_unit_is_added_by_operation(admin, nadia, organisation, unit):
    response = admin.post(reverse("units:add"), UNIT | {"organisation": organisation.pk, "parent": unit.pk})

    assert response.status_code == 302
    assert Unit.objects.get(code="DF").parent == unit
    assert AuditEntry.objects.get(event="organisations.set_up").actor == nadia


def test_unit_is_not_added_elsewhere(admin, other_organisation):
    response = admin.post(reverse("units:add"), UNIT | {"organisation": other_organisation.pk})

    assert response.status_code == 200
    assert list(response.context["form"].errors) == ["organisation"]


def test_unit_is_changed_and_keeps_its_organisation(admin, unit, other_organisation):
    values = UNIT | {"organisation": other_organisation.pk, "code": "DSN2"}

    assert admin.post(reverse("units:edit", args=[unit.pk]), values).status_code == 302

    changed = Unit.objects.get(pk=unit.pk)
    assert (changed.code, changed.organisation_id) == ("DSN2", unit.organisation_id)


def test_organisation_keeps_code_and_hosting(admin, organisation):
    values = {
        "code": "XXX",
        "slug": "msp",
        "kind": "ministry",
        "name_ar": "وزارة",
        "name_fr": "Ministère",
        "phone": "+212",
        "is_hosted": "",
    }

    assert admin.post(reverse("organisations:edit", args=[organisation.pk]), values).status_code == 302

    changed = Organisation.objects.get(pk=organisation.pk)
    assert (changed.code, changed.is_hosted, changed.name_fr) == ("MSP", True, "Ministère")


def test_external_organisation_is_added(admin):
    values = {"code": "EXT", "slug": "ext", "kind": "other", "name_ar": "وكالة", "name_fr": "Agence"}

    assert admin.post(reverse("organisations:add"), values | {"is_hosted": "on"}).status_code == 302

    assert not Organisation.objects.get(code="EXT").is_hosted


def test_post_is_added_with_roles_and_changed(admin, unit):
    titles = {"title_ar": "رئيس", "title_fr": "Chef", "unit": unit.pk}

    admin.post(reverse("posts:add"), titles | {"roles": ["head", "agent"]})
    post = Post.objects.get(title_fr="Chef")
    assert post.role_set() == {"head", "agent"}
    admin.post(reverse("posts:edit", args=[post.pk]), titles | {"roles": ["agent"]})

    assert Post.objects.get(pk=post.pk).role_set() == {"agent"}


def test_person_is_appointed_and_refused_the_second_time(admin, unit):
    post, person, other = PostFactory(unit=unit), UserFactory(), UserFactory()
    values = {"post": post.pk, "starts_on": today().isoformat(), "clearance": "1"}

    assert admin.post(reverse("tenures:add"), values | {"user": person.pk}).status_code == 302
    response = admin.post(reverse("tenures:add"), values | {"user": other.pk})

    assert response.status_code == 200
    assert response.context["form"].non_field_errors()
    assert Tenure.objects.get(post=post).user == person


def test_nobody_appoints_themselves_through_the_form(admin, nadia, unit):
    values = {"post": PostFactory(unit=unit).pk, "starts_on": today().isoformat(), "clearance": "1", "user": nadia.pk}

    response = admin.post(reverse("tenures:add"), values)

    assert len(response.context["form"].non_field_errors()) == 1
    assert nadia.tenures.count() == 1


def test_clearance_is_changed_and_nothing_else(admin, youssef, said):
    tenure = youssef.tenures.get()
    values = {"user": said.pk, "post": tenure.post_id, "starts_on": "2000-01-01", "clearance": "2"}

    admin.post(reverse("tenures:edit", args=[tenure.pk]), values)

    changed = Tenure.objects.get(pk=tenure.pk)
    assert (changed.clearance, changed.user, changed.starts_on) == (2, youssef, tenure.starts_on)


def test_delegation_is_given_read_and_never_edited(admin, youssef, said, karim, client_of):
    values = {
        "post": posts_of(youssef).get().pk,
        "to": said.pk,
        "starts_on": today().isoformat(),
        "ends_on": (today() + timedelta(5)).isoformat(),
        "acts": [Act.DIRECT],
        "written_act": "القرار 12",
        "clearance": "0",
    }

    assert admin.post(reverse("delegations:add"), values).status_code == 302

    delegation = Delegation.objects.get()
    page = admin.get(reverse("delegations:inspect", args=[delegation.pk]))
    assert "القرار 12" in page.content.decode()
    operations.sync_groups()
    assert client_of(karim).get(reverse("delegations:inspect", args=[delegation.pk])).status_code == 404
    assert admin.post(f"/cms/delegations/edit/{delegation.pk}/", values).status_code == 404


def test_calendar_holiday_and_hours_are_added(admin, organisation):
    admin.post(
        reverse("calendars:add"), {"organisation": organisation.pk, "valid_from": "2027-01-01", "weekend": [5, 6]}
    )
    calendar = WorkingCalendar.objects.get(version=2)
    admin.post(
        reverse("holidays:add"), {"calendar": calendar.pk, "day": "2027-03-10", "name_ar": "عيد", "name_fr": "Aïd"}
    )
    hours = {"calendar": calendar.pk, "weekdays": [0, 1], "opens": "09:00", "closes": "15:00", "period": "ramadan"}
    response = admin.post(reverse("opening-hours:add"), hours)
    assert response.context["form"].errors
    admin.post(reverse("opening-hours:add"), hours | {"starts_on": "2027-02-08", "ends_on": "2027-03-09"})

    assert calendar.weekend == [5, 6]
    assert calendar.holidays.get().day == date(2027, 3, 10)
    assert calendar.opening_hours.get().weekdays == [0, 1]


# --- acts ----------------------------------------------------------------------------------------------------------


def test_acts_ask_before_they_run(admin, youssef):
    tenure = youssef.tenures.get()
    url = reverse("tenures:end", args=[tenure.pk])

    page = admin.get(url)
    assert page.status_code == 200
    assert Tenure.objects.get(pk=tenure.pk).ends_on is None
    assert admin.post(url, {"ends_on": today().isoformat()}).status_code == 302
    assert Tenure.objects.get(pk=tenure.pk).ends_on == today()


def test_refused_act_says_why(admin, unit, youssef):
    response = admin.post(reverse("units:close", args=[unit.pk]))

    assert response.status_code == 200
    assert str(response.context["form"].non_field_errors()[0]).endswith(".")
    assert Unit.objects.get(pk=unit.pk).is_active


def test_act_needs_what_it_asks_for(admin, youssef):
    response = admin.post(reverse("tenures:end", args=[youssef.tenures.get().pk]), {"ends_on": "yesterday"})

    assert list(response.context["form"].errors) == ["ends_on"]


def test_acts_of_others_rows_do_not_exist(client_of, karim, unit, youssef, nadia, organisation):
    operations.sync_groups()
    client = client_of(karim)
    addresses = [
        reverse("units:close", args=[unit.pk]),
        reverse("tenures:end", args=[youssef.tenures.get().pk]),
        reverse("calendars:revise", args=[organisation.calendars.get().pk]),
        reverse("wagtailusers_users:close", args=[youssef.pk]),
    ]

    assert [client.post(address).status_code for address in addresses] == [404] * 4


def test_empty_unit_is_closed_and_reopened(admin, other_unit):
    admin.post(reverse("units:close", args=[other_unit.pk]))
    assert not Unit.objects.get(pk=other_unit.pk).is_active
    admin.post(reverse("units:reopen", args=[other_unit.pk]))
    assert Unit.objects.get(pk=other_unit.pk).is_active


def test_calendar_is_filled_and_revised(admin, organisation):
    calendar = organisation.calendars.get()

    admin.post(reverse("calendars:public-holidays", args=[calendar.pk]), {"year": "2027"})
    admin.post(reverse("calendars:revise", args=[calendar.pk]), {"valid_from": "2027-01-01"})

    assert [row.holidays.count() for row in organisation.calendars.all()] == [11, 11]


def test_delegation_is_revoked(admin, youssef, said):
    delegation = DelegationFactory(post=posts_of(youssef).get(), user=said)

    admin.post(reverse("delegations:revoke", args=[delegation.pk]))

    assert not Delegation.objects.get(pk=delegation.pk).is_open()


def test_account_is_opened_changed_closed_and_reopened(admin, nadia):
    values = {"username": "new", "email": "New@Example.MA", "name_ar": "جديد", "language": "ar"}
    admin.post(reverse("wagtailusers_users:add"), values)
    user = User.objects.get(username="new")
    assert user.email == "new@example.ma"

    admin.post(reverse("wagtailusers_users:edit", args=[user.pk]), values | {"first_name": "Nouvelle"})
    assert User.objects.get(pk=user.pk).first_name == "Nouvelle"
    for act in ("invite", "reset-second-factor", "close", "reopen"):
        assert admin.post(reverse(f"wagtailusers_users:{act}", args=[user.pk])).status_code == 302
    assert User.objects.get(pk=user.pk).is_active
    events = list(AuditEntry.objects.about(user).order_by("pk").values_list("event", flat=True))
    assert events == [
        "users.opened",
        "users.invited",
        "users.changed",
        "users.invited",
        "users.second_factor_reset",
        "users.closed",
        "users.reopened",
    ]


def test_account_form_gives_no_groups_and_no_flags(admin, said):
    values = {"username": "said", "email": said.email, "language": "ar", "is_superuser": "on", "groups": [1, 2]}

    admin.post(reverse("wagtailusers_users:edit", args=[said.pk]), values)

    changed = User.objects.get(pk=said.pk)
    assert not changed.is_superuser
    assert set(changed.groups.values_list("name", flat=True)) <= {Role.AGENT}


def test_same_mail_is_refused_with_a_sentence(admin, said):
    values = {"username": "other", "email": said.email.upper(), "language": "ar"}

    response = admin.post(reverse("wagtailusers_users:add"), values)

    assert response.context["form"].errors


def test_groups_deletion_and_bulk_actions_are_out_of_reach(admin, said, nadia):
    assert admin.get("/cms/groups/").status_code in {302, 403, 404}
    assert admin.post(f"/cms/users/delete/{said.pk}/").status_code == 404
    assert admin.get(f"/cms/bulk/users/user/assign_role/?id={said.pk}").status_code == 404
    assert admin.get(f"/cms/bulk/users/user/delete/?id={said.pk}").status_code == 404


def test_superuser_opens_hosted_organisations(client_of, db):
    superuser = UserFactory(is_superuser=True)
    values = {"code": "NEW", "slug": "new", "kind": "commune", "name_ar": "جماعة", "name_fr": "Commune"}

    client_of(superuser).post(reverse("organisations:add"), values | {"is_hosted": "on", "accepts_deposits": "on"})

    assert Organisation.objects.get(code="NEW").is_hosted


def test_policy_names_the_administrators(nadia, karim, amina, unit, other_unit):
    from wagtail.permissions import policy_registry

    operations.sync_groups()
    policy = policy_registry.get_by_type(Unit)

    assert set(policy.users_with_permission("change")) == {nadia, karim}
    assert not policy.users_with_permission("delete").exists()
    assert policy.user_has_permission_for_instance(nadia, "change", unit)
    assert not policy.user_has_permission_for_instance(karim, "change", unit)
    assert not policy.user_has_permission(nadia, "delete")
    assert not policy.instances_user_has_any_permission_for(amina, {"change"}).exists()
