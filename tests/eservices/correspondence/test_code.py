import pytest

from core.evidence.enums import IdentityCheck
from core.evidence.models import Event
from core.evidence.receipts import find_by_tracking
from core.exceptions import NotAllowed
from eservices.correspondence import history, operations
from tests.factories.letters import deposited

pytestmark = pytest.mark.django_db


@pytest.fixture
def done(organisation, registry, act_type):
    return deposited(organisation, act_type=act_type)


def url_of(item):
    return f"{item.get_absolute_url()}code/"


def test_new_code_is_given_once_and_the_old_one_stops(client, done, amina):
    client.force_login(amina)
    item = done.item
    number = item.correspondence.number
    assert url_of(item) in client.get(item.get_absolute_url()).content.decode()
    assert client.get(url_of(item)).status_code == 200

    shown = client.post(url_of(item), {"identity": "identity_card", "note": "CIN BK1"}, follow=True)

    code = shown.context["code"]
    assert code in shown.content.decode()
    assert code not in client.get(url_of(item)).content.decode()
    assert find_by_tracking(number, done.tracking_code) is None
    assert find_by_tracking(number, code) == done.receipt
    event = Event.objects.get(object_id=item.correspondence.object_id, code="code.reissued")
    assert event.facts["body"] == {"identity": "identity_card"}
    assert event.body.personal == {"note": "CIN BK1"}
    assert item.sender_notices.filter(event="code_reissued").count() == 1
    assert str(IdentityCheck.IDENTITY_CARD.label) in history.lines(item)[-1].sentence


def test_new_code_without_saying_how_identity_was_checked_is_refused(client, done, amina):
    client.force_login(amina)

    response = client.post(url_of(done.item), {"note": "x"})

    assert "identity" in response.context["form"].errors
    assert find_by_tracking(done.item.correspondence.number, done.tracking_code) == done.receipt


@pytest.mark.parametrize("person", ["youssef", "karim", "nadia"])
def test_new_code_is_unknown_to_whoever_does_not_keep_the_registry(client, done, unit, amina, person, request):
    operations.assign(done.item, to_unit=unit, by=amina)
    user = request.getfixturevalue(person)
    client.force_login(user)

    assert client.get(url_of(done.item)).status_code == 404
    assert client.post(url_of(done.item), {"identity": "identity_card"}).status_code == 404
    assert url_of(done.item) not in client.get(done.item.get_absolute_url()).content.decode()
    with pytest.raises(NotAllowed):
        operations.reissue_code(done.item, by=user, identity="identity_card")
    assert find_by_tracking(done.item.correspondence.number, done.tracking_code) == done.receipt


def test_new_code_of_a_letter_handed_on_from_another_registry_is_not_ours_to_give(
    client, done, amina, karim, other_organisation, other_registry
):
    arrived = operations.redirect(done.item, to_organisation=other_organisation, by=amina)
    client.force_login(karim)

    assert client.get(url_of(arrived)).status_code == 404
    with pytest.raises(NotAllowed):
        operations.reissue_code(arrived, by=karim, identity="identity_card")
