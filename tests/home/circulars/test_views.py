import json

import pytest
from django.urls import reverse

from core.dates import today
from home.circulars.enums import Acknowledging, Audience, Change
from home.circulars.models import Acknowledgement, Circular
from tests.factories.circulars import abrogating, add_text, publish, published, written

pytestmark = pytest.mark.django_db
PAGE = "/eli/ma/msp/circular/2026/12-2026"


def test_address_of_the_act_leads_to_the_best_language(client, organisation):
    circular = written(organisation)
    add_text(circular, "fr", "Dépôt numérique", ["Un", "Deux", "Trois"], standing="official")
    publish(circular)

    arabic = client.get(PAGE)
    french = client.get(PAGE, headers={"accept-language": "fr"})

    assert [(answer.status_code, answer.url) for answer in (arabic, french)] == [
        (303, f"{PAGE}/ara"),
        (303, f"{PAGE}/fra"),
    ]


def test_list_leads_to_the_text_in_its_own_language(client_of, organisation, youssef):
    circular = written(organisation)
    add_text(circular, "fr", "Dépôt numérique", ["Un", "Deux", "Trois"], standing="official")
    publish(circular)
    published(organisation, number="13/2026")

    page = client_of(youssef).get("/fr/circulars/").text  # whose account speaks Arabic

    assert f'<a href="{PAGE}/fra">Dépôt numérique</a>' in page
    assert 'href="/eli/ma/msp/circular/2026/13-2026/ara"' in page


def test_page_is_in_the_language_of_the_text(client, organisation):
    circular = written(organisation)
    add_text(circular, "fr", "Dépôt numérique", ["Un", "Deux", "Trois"], standing="official")
    publish(circular)
    answer = client.get(f"{PAGE}/fra")
    assert answer.headers["Content-Language"] == "fr"
    assert '<html lang="fr" dir="ltr">' in answer.text
    assert 'id="p3"' in answer.text


def test_public_page_sets_no_cookie(client, organisation):
    published(organisation)
    answer = client.get(f"{PAGE}/ara")
    assert (answer.status_code, answer.cookies) == (200, {})


@pytest.mark.parametrize(
    "path",
    [PAGE, f"{PAGE}/ara", f"{PAGE}.jsonld", f"{PAGE}/{{day}}", f"{PAGE}/{{day}}/ara"],
)
def test_what_karim_may_not_see_answers_404(unit, youssef, karim, client_of, client, path):
    published(unit.organisation, audience=Audience.ADDRESSEES, addressees=[{"post": youssef.tenures.get().post}])
    path = path.format(day=today().isoformat())
    assert client_of(youssef).get(path).status_code in (200, 303)
    assert client_of(karim).get(path).status_code == 404
    assert client.get(path).status_code == 404


def test_text_that_does_not_exist_leads_to_the_authentic_one(client, organisation):
    published(organisation)
    assert client.get(f"{PAGE}/eng").url == f"{PAGE}/ara"


@pytest.mark.parametrize("day", ["2026-02-30", "2020-01-01"])
def test_version_of_no_day_answers_404(client, organisation, day):
    published(organisation)
    assert client.get(f"{PAGE}/{day}").status_code == 404


def test_earlier_version_stays_at_its_address(client, organisation):
    circular = published(organisation)
    Circular.objects.filter(pk=circular.pk).update(change=Change.MAJOR, office="الوزير المنتدب")
    publish(circular)
    first = client.get(f"{PAGE}/{today().isoformat()}", follow=True)
    second = client.get(f"{PAGE}/{today().isoformat()}.2", follow=True)
    assert "وزير الخدمات العمومية" in first.text
    assert "الوزير المنتدب" in second.text


def test_linked_data_is_about_the_act(client, organisation):
    published(organisation)
    answer = client.get(f"{PAGE}.jsonld")
    found = json.loads(answer.content)
    assert answer.headers["Content-Type"] == "application/ld+json"
    assert (found["@type"], found["legislationIdentifier"]) == ("Legislation", "12/2026")
    assert found["legislationLegalForce"] == "https://schema.org/InForce"


def test_addressee_acknowledges_on_the_page(unit, youssef, client_of):
    circular = published(
        unit.organisation, addressees=[{"organisation": unit.organisation}], acknowledging=Acknowledging.ASKED
    )
    client = client_of(youssef)
    page = client.get(f"{PAGE}/ara")
    assert circular.current.hash in page.text

    answer = client.post(f"{PAGE}/acknowledge", {"hash": circular.current.hash})

    assert (answer.status_code, answer.url) == (303, f"{PAGE}/ara")
    assert Acknowledgement.objects.get().acknowledged_at is not None
    assert f"{PAGE}/acknowledge" not in client.get(f"{PAGE}/ara").text


def test_new_version_must_be_read_before_it_is_acknowledged(unit, youssef, client_of):
    published(unit.organisation, addressees=[{"organisation": unit.organisation}], acknowledging=Acknowledging.ASKED)
    answer = client_of(youssef).post(f"{PAGE}/acknowledge", {"hash": "0" * 64})
    assert answer.status_code == 409
    assert Acknowledgement.objects.exclude(acknowledged_at=None).count() == 0


def test_page_tells_what_was_abrogated_and_by_what(client, organisation):
    first = published(organisation)
    second = abrogating(first, paragraphs="p3")
    text = client.get(f"{PAGE}/ara").text
    assert second.get_absolute_url() in text
    assert text.count("is-out-of-force") == 1


# --- the list ------------------------------------------------------------------------------------------------------


def listed(client, **choices):
    page = client.get(reverse("circulars:list"), choices)
    return [row["circular"].number for row in page.context["rows"]]


def test_list_shows_valid_ones_unless_asked_otherwise(client, organisation):
    first = published(organisation)
    abrogating(first)
    assert listed(client) == ["15/2026"]
    assert sorted(listed(client, old="on")) == ["12/2026", "15/2026"]
    assert listed(client, force="abrogated") == ["12/2026"]


def test_list_is_narrowed_by_every_choice(client, client_of, organisation, other_organisation, youssef):
    published(organisation)
    published(
        other_organisation,
        number="7/2020",
        kind="note",
        signed_on=today().replace(year=2020),
        addressees=[{"organisation": organisation}],
        acknowledging=Acknowledging.ASKED,
    )
    assert listed(client, authority="msp") == ["12/2026"]
    assert listed(client, kind="note") == ["7/2020"]
    assert listed(client, year="2020") == ["7/2020"]
    assert listed(client, q="12/2026") == ["12/2026"]
    assert sorted(listed(client, q="الإيداع", year="nonsense")) == ["12/2026", "7/2020"]
    assert listed(client_of(youssef), mine="addressed") == ["7/2020"]
    assert listed(client_of(youssef), mine="waiting") == ["7/2020"]


def test_empty_list_says_what_to_do(client, organisation):
    page = client.get(reverse("circulars:list"), {"q": "لا شيء"})
    assert reverse("circulars:list") in page.text
    assert page.context["rows"] == []


def test_list_takes_as_many_queries_for_three_as_for_one(
    client, organisation, django_assert_num_queries, django_assert_max_num_queries
):
    published(organisation)
    with django_assert_max_num_queries(12) as one:
        client.get(reverse("circulars:list"))
    for number in ("13/2026", "14/2026"):
        published(organisation, number=number)
    with django_assert_num_queries(len(one.captured_queries)):
        client.get(reverse("circulars:list"))


def test_home_shows_what_waits_for_acknowledgement(unit, youssef, client_of):
    published(unit.organisation, addressees=[{"organisation": unit.organisation}], acknowledging=Acknowledging.ASKED)
    assert PAGE in client_of(youssef).get(reverse("home:staff")).text
