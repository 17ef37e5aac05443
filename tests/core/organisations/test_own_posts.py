from datetime import timedelta

import pytest
from django.utils import timezone

from core.dates import today
from core.organisations.enums import Act, Role
from core.organisations.models import Delegation
from core.organisations.permissions import forget, has_role, posts_of
from core.users.models import User
from tests.factories.organisations import DelegationFactory, PostFactory, UnitFactory, post_for
from tests.factories.users import UserFactory

PAGE, REVOKE = "/ar/account/posts/", "/ar/account/posts/revoke/"


@pytest.fixture
def values(youssef, said):
    return {
        "post": posts_of(youssef).get().pk,
        "to": said.pk,
        "starts_on": today().isoformat(),
        "ends_on": (today() + timedelta(5)).isoformat(),
        "acts": [Act.DIRECT],
        "written_act": "القرار 12/2026",
        "clearance": "1",
    }


@pytest.mark.parametrize(("language", "title"), [("ar", "مناصبي وتفويضاتي"), ("fr", "Mes postes et délégations")])
def test_own_posts_are_shown(client_of, youssef, language, title):
    page = client_of(youssef).get(f"/{language}/account/posts/").content.decode()

    assert f"<h1>{title}</h1>" in page
    assert ("مدير" if language == "ar" else "Directeur") in page


def test_post_is_lent_to_a_colleague(client_of, youssef, said, unit, values):
    response = client_of(youssef).post(PAGE, values)

    assert (response.status_code, response["Location"]) == (303, PAGE)
    assert has_role(User.objects.get(pk=said.pk), Role.HEAD, unit=unit)
    assert Delegation.objects.get().given_by == youssef
    assert "القرار 12/2026" in client_of(said).get(PAGE).content.decode()


def test_delegate_has_no_post_to_lend(client_of, said, amina, youssef, values):
    DelegationFactory(post=posts_of(youssef).get(), user=said)

    response = client_of(said).post(PAGE, values | {"to": amina.pk})

    assert list(response.context["form"].errors) == ["post", "acts"]
    assert not Delegation.objects.exclude(user=said).exists()


def test_colleagues_are_those_of_the_organisation(client_of, youssef, said, karim, amina):
    form = client_of(youssef).get(PAGE).context["form"]

    assert set(form.fields["to"].queryset) == {said, amina}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"post": ""}, "post"),
        ({"to": ""}, "to"),
        ({"starts_on": "31/12/2026x"}, "starts_on"),
        ({"ends_on": ""}, "ends_on"),
        ({"acts": []}, "acts"),
        ({"written_act": " "}, "written_act"),
        ({"acts": [Act.SIGN]}, "acts"),
        ({"clearance": "2"}, "__all__"),
        ({"ends_on": "2020-01-01"}, "__all__"),
    ],
)
def test_refusal_is_a_sentence_and_keeps_what_was_typed(client_of, youssef, values, changes, field):
    response = client_of(youssef).post(PAGE, values | changes)

    assert response.status_code == 200
    assert list(response.context["form"].errors) == [field]
    assert str(response.context["form"].errors[field][0]).endswith(".")
    assert not Delegation.objects.exists()


def test_delegation_is_revoked_by_its_giver_once(client_of, youssef, said):
    delegation = DelegationFactory(post=posts_of(youssef).get(), user=said)
    client = client_of(youssef)

    assert client.post(REVOKE, {"delegation": delegation.pk}).status_code == 303
    assert Delegation.objects.get().revoked_at
    page = client.post(REVOKE, {"delegation": delegation.pk}, follow=True)
    assert [message.level_tag for message in page.context["messages"]][-1] == "error"


@pytest.mark.parametrize("person", ["karim", "said", "amina"])
def test_delegation_of_others_does_not_exist(request, client_of, youssef, said, person):
    delegation = DelegationFactory(post=posts_of(youssef).get(), user=said)

    client = client_of(request.getfixturevalue(person))

    assert client.post(REVOKE, {"delegation": delegation.pk}).status_code == 404
    assert client.post(REVOKE, {"delegation": "x"}).status_code == 404


def test_person_without_post_lends_nothing(client_of, db):
    response = client_of(UserFactory()).get(PAGE)

    assert response.status_code == 200
    assert "written_act" not in response.content.decode()


def test_stranger_is_asked_to_sign_in(client, db):
    assert client.get(PAGE).status_code == 302


def test_page_takes_the_same_queries_for_one_row_and_many(
    client_of, youssef, said, organisation, django_assert_max_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    post = posts_of(youssef).get()
    DelegationFactory(post=post, user=said)
    DelegationFactory(post=PostFactory(unit=post.unit), user=youssef)
    client = client_of(youssef)
    client.get(PAGE)
    with CaptureQueriesContext(connection) as few:
        client.get(PAGE)
    for _n in range(3):
        post_for(youssef, UnitFactory(organisation=organisation), Role.AGENT)
        DelegationFactory(post=post, user=UserFactory())
        DelegationFactory(post=PostFactory(unit=UnitFactory(organisation=organisation)), user=youssef)
    forget(youssef)

    with django_assert_max_num_queries(len(few)):
        client.get(PAGE)


def test_open_delegations_are_neither_revoked_nor_over(db):
    coming = DelegationFactory(starts_on=today() + timedelta(1), ends_on=today() + timedelta(2))
    DelegationFactory(starts_on=today() - timedelta(2), ends_on=today() - timedelta(1))
    DelegationFactory(revoked_at=timezone.now())

    assert list(Delegation.objects.open()) == [coming]
    assert list(Delegation.objects.effective()) == []
