"""Permanent addresses: what answered once answers for ever. Nothing is ever taken out of these lists."""

import pytest

from core.dates import today
from home.circulars import operations
from home.circulars.enums import Audience, Change
from home.circulars.models import Alias, Circular
from tests.factories.circulars import add_text, publish, published, written

pytestmark = pytest.mark.django_db
ACT = "/eli/ma/msp/circular/2026/12-2026"
# What each address leads to with a 303; empty where the answer itself is there. `{day}` is the day of publication.
ADDRESSES = {
    "": "/ara",
    ".html": "",  # on to the act
    ".pdf": "/ara.pdf",
    ".jsonld": None,
    "/ara": None,
    "/fra": None,
    "/eng": "/ara",
    "/ara.html": "/ara",
    "/{day}": "/{day}/ara",
    "/{day}.html": "/{day}",
    "/{day}.pdf": "/{day}/ara.pdf",
    "/{day}/ara": None,
    "/{day}/fra": None,
    "/{day}/eng": "/{day}/ara",
    "/{day}/ara.html": "/{day}/ara",
    "/{day}.2": "/{day}.2/ara",
    "/{day}.2/ara": None,
    "/compare/{day}/{day}.2/ara": None,
}


@pytest.fixture
def circular(organisation):
    """In Arabic and French, published and corrected on the same day."""
    circular = written(organisation)
    add_text(circular, "fr", "Dépôt numérique", ["Un", "Deux", "Trois"], standing="official")
    publish(circular)
    Circular.objects.filter(pk=circular.pk).update(change=Change.CORRECTION, office="وزير")
    return publish(circular)


def answers(client, act=ACT, to=ACT):
    """Whether each address answers as the list says."""
    day = today().isoformat()
    wrong = {}
    for address, target in ADDRESSES.items():
        response = client.get(act + address.format(day=day))
        expected = (200, None) if target is None else (303, to + target.format(day=day))
        if (response.status_code, response.headers.get("Location")) != expected:
            wrong[address] = (response.status_code, response.headers.get("Location"))
    return wrong


def test_every_address_answers(client, circular):
    assert answers(client) == {}


def test_every_address_answers_after_the_withdrawal(client, circular, monkeypatch):
    monkeypatch.setattr("home.circulars.permissions.can_withdraw", lambda user, circular: True)
    operations.withdraw(circular, by=None, reason="صدر خطأ")
    assert answers(client) == {}


@pytest.mark.parametrize("what", ["number", "kind", "day", "slug"])
def test_address_answers_when_the_act_is_known_by_another(client, circular, what):
    if what == "slug":
        circular.authority.slug = "services"
        circular.authority.save()
    else:
        changes = {"number": {"number": "13/2026"}, "kind": {"kind": "note"}, "day": {"signed_on": "2025-12-31"}}
        Circular.objects.filter(pk=circular.pk).update(**changes[what])
        publish(circular)
    present = Circular.objects.select_related("authority").get(pk=circular.pk).get_absolute_url()
    day = today().isoformat()

    assert present != ACT
    assert client.get(ACT).url == f"{present}/ara"
    assert client.get(f"{ACT}/fra").url == f"{present}/fra"
    assert client.get(f"{ACT}/{day}/ara").url == f"{present}/{day}/ara"
    assert client.get(f"{present}/fra").status_code == 200


def test_number_that_went_to_another_act_leads_there(client, circular, organisation):
    Circular.objects.filter(pk=circular.pk).update(number="13/2026")
    publish(circular)
    other = published(organisation, number="12/2026")
    assert client.get(f"{ACT}/ara").context["circular"] == other


def test_alias_of_another_administration_leads_nowhere(client, circular, organisation):
    alias = Alias.objects.create(circular=circular, kind="circular", number="303/99", year=1999)
    former = alias.number_key.replace("/", "-")
    assert client.get(f"/eli/ma/msp/circular/1999/{former}").url == f"{ACT}/ara"
    assert client.get(f"/eli/ma/other/circular/1999/{former}").status_code == 404


def test_old_address_tells_strangers_nothing(client, circular):
    Circular.objects.filter(pk=circular.pk).update(number="13/2026", audience=Audience.ADDRESSEES)
    publish(circular)
    assert client.get(ACT).status_code == 404
