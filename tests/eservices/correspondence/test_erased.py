"""A letter whose words were erased from the register: nothing of the sender stays, the treatment does."""

import uuid

import pytest
from django.utils import translation

from core.evidence.operations import erase_body
from core.notifications.models import Notification
from eservices.correspondence import operations
from eservices.correspondence.models import Correspondence, Party, PiecesRequest
from eservices.correspondence.operations.common import tell_unit
from tests.factories.letters import deposited

pytestmark = pytest.mark.django_db


@pytest.fixture
def letter(organisation, registry, act_type):
    return deposited(organisation, act_type=act_type).item.correspondence


def test_erasing_a_line_erases_the_letter(client, letter, amina, nadia):
    before = Party.objects.get(pk=letter.party_id)

    erase_body(letter.entry, by=nadia, reason="law 09-08")

    letter = Correspondence.objects.select_related("party").get(pk=letter.pk)
    assert (letter.subject, letter.message, letter.own_reference, letter.signed_by) == ("", "", "", "")
    assert (letter.party.name, letter.party.cin, letter.party.email, letter.party.phone) == ("", "", "", "")
    assert set(Party.objects.filter(pk=before.pk).values_list("name", "cin", "ice", "phone", "email", "address")) == {
        ("", "", "", "", "", "")
    }
    client.force_login(amina)
    page = client.get(f"/en/desk/{letter.number}/").content.decode()
    assert before.name not in page
    assert "words erased" in page


def test_notices_about_an_erased_letter_lose_its_subject(letter, amina, nadia):
    with translation.override("fr"):  # whoever told wrote in their own language
        tell_unit(letter.item, letter.item.registry, "registered", by=None)
    other = deposited(letter.organisation, subject="موضوع آخر").item
    tell_unit(other, other.registry, "registered", by=None)

    erase_body(letter.entry, by=nadia, reason="law 09-08")

    told = Notification.objects.filter(recipient=amina)
    assert {notice.data["number"]: notice.data["subject"] for notice in told} == {
        letter.number: Correspondence.objects.get(pk=letter.pk).title,
        other.correspondence.number: "موضوع آخر",
    }


def test_sender_of_the_directory_stays_there(letter, nadia):
    Party.objects.filter(pk=letter.party_id).update(is_directory=True)
    name = letter.party.name

    erase_body(letter.entry, by=nadia, reason="law 09-08")

    assert Party.objects.get(pk=letter.party_id).name == name
    assert str(Correspondence.objects.select_related("party").get(pk=letter.pk).party) == "محذوف"


def test_request_for_pieces_is_erased_too(on_hold, nadia):
    erase_body(on_hold.correspondence.entry, by=nadia, reason="law 09-08")

    assert set(PiecesRequest.objects.values_list("text", "answer")) == {("", "")}


def test_erasing_what_is_no_letter_erases_no_letter(letter):
    operations.forget_words(uuid.uuid4())

    assert Correspondence.objects.get(pk=letter.pk).subject == letter.subject
