"""Act types and the documents they need, as their administrator configures them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.organisations import operations
from eservices.correspondence.forms import AssignForm
from eservices.correspondence.models import ActType, RequiredPiece
from tests.factories.letters import act_type_for, deposited

LISTS = ["act-types", "required-pieces"]
TYPE = {
    "code": "licence",
    "name_ar": "طلب ترخيص",
    "name_fr": "Demande de licence",
    "nature": "request",
    "max_days": "60",
    "pieces_days": "15",
    "extension_days": "0",
    "silence_effect": "accepted",
    "is_offered": "on",
    "order": "0",
}


@pytest.fixture
def admin(nadia, client_of):
    operations.sync_groups()
    return client_of(nadia)


@pytest.fixture
def piece(act_type):
    return RequiredPiece.objects.create(act_type=act_type, name_ar="نسخة من التصميم", name_fr="copie du plan")


def rows_of(response):
    return list(response.context["object_list"])


@pytest.mark.parametrize("name", LISTS)
def test_lists_take_the_same_queries_for_one_row_and_many(admin, piece, organisation, unit, name):
    url = reverse(f"{name}:index")
    admin.get(url)
    with CaptureQueriesContext(connection) as few:
        assert len(rows_of(admin.get(url))) == 1
    for n in range(3):
        other = act_type_for(organisation, code=f"t{n}", unit=unit)
        RequiredPiece.objects.create(act_type=other, name_ar=f"وثيقة {n}", name_fr=f"pièce {n}")

    with CaptureQueriesContext(connection) as many:
        assert len(rows_of(admin.get(url))) == 4
    assert len(many) == len(few)


@pytest.mark.parametrize("name", LISTS)
def test_rows_are_those_of_the_own_organisation(admin, piece, karim, amina, client_of, name):
    row = piece if name == "required-pieces" else piece.act_type
    operations.sync_groups()
    elsewhere = client_of(karim)

    assert rows_of(elsewhere.get(reverse(f"{name}:index"))) == []
    for page in ("edit", "history", "close"):
        assert admin.get(reverse(f"{name}:{page}", args=[row.pk])).status_code == 200
        assert elsewhere.get(reverse(f"{name}:{page}", args=[row.pk])).status_code == 404
    assert client_of(amina).get(reverse(f"{name}:index")).status_code == 404


def test_act_type_is_added_changed_and_its_history_names_who(admin, nadia, organisation):
    assert admin.post(reverse("act-types:add"), TYPE | {"organisation": organisation.pk}).status_code == 302
    added = ActType.objects.get(code="licence")

    values = TYPE | {"organisation": organisation.pk, "max_days": "30"}
    assert admin.post(reverse("act-types:edit", args=[added.pk]), values).status_code == 302

    added.refresh_from_db()
    assert added.max_days == 30
    log = rows_of(admin.get(reverse("act-types:history", args=[added.pk])))
    assert [(entry.action, entry.user) for entry in log] == [("wagtail.edit", nadia), ("wagtail.create", nadia)]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"max_days": "61"}, "__all__"),
        ({"max_days": ""}, "max_days"),
        ({"assigns_itself": "on"}, "unit"),
        ({"code": "deux mots"}, "code"),
        ({"name_ar": ""}, "name_ar"),
    ],
)
def test_act_type_that_cannot_be_is_refused(admin, organisation, changes, field):
    response = admin.post(reverse("act-types:add"), TYPE | {"organisation": organisation.pk} | changes)

    assert response.status_code == 200
    assert field in response.context["form"].errors


def test_act_type_of_a_unit_elsewhere_is_refused(nadia, organisation, other_registry, client_of):
    from core.organisations.enums import Role
    from tests.factories.organisations import post_for

    post_for(nadia, other_registry, Role.ADMINISTRATOR)
    operations.sync_groups()
    values = TYPE | {"organisation": organisation.pk, "unit": other_registry.pk}

    response = client_of(nadia).post(reverse("act-types:add"), values)

    assert "unit" in response.context["form"].errors


def test_act_type_in_use_is_closed_never_deleted(admin, organisation, registry, act_type, piece):
    item = deposited(organisation, act_type=act_type).item

    assert admin.post(reverse("act-types:close", args=[act_type.pk])).status_code == 302

    assert list(ActType.objects.offered()) == []
    assert list(AssignForm(item=item).fields["act_type"].queryset) == []
    item.correspondence.refresh_from_db()
    assert item.correspondence.act_type == act_type
    assert admin.get(f"/cms/act-types/delete/{act_type.pk}/").status_code == 404
    history = admin.get(reverse("act-types:history", args=[act_type.pk]))
    assert rows_of(history)[0].action == "diwan.close"
    admin.post(reverse("act-types:reopen", args=[act_type.pk]))
    assert list(ActType.objects.offered()) == [act_type]


def test_closed_piece_is_asked_of_nobody(admin, act_type, piece):
    assert act_type.needed_pieces() == [piece]

    admin.post(reverse("required-pieces:close", args=[piece.pk]))

    assert ActType.objects.get(pk=act_type.pk).needed_pieces() == []


def test_piece_is_added_to_an_own_act_type(admin, act_type, other_organisation):
    other = act_type_for(other_organisation)
    values = {"name_ar": "عقد الكراء", "name_fr": "Bail", "order": "1"}

    refused = admin.post(reverse("required-pieces:add"), values | {"act_type": other.pk})
    admin.post(reverse("required-pieces:add"), values | {"act_type": act_type.pk})

    assert "act_type" in refused.context["form"].errors
    assert RequiredPiece.objects.get().act_type == act_type
