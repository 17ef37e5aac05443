"""The choices of the list: each with its count, which is what one would find."""

from collections import Counter
from itertools import product

import pytest
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse

from core.dates import today
from home.circulars import choices, facets, listing
from home.circulars.enums import Acknowledging, Audience
from home.circulars.forms import FilterForm
from home.circulars.models import Theme
from tests.factories.circulars import abrogating, published

pytestmark = pytest.mark.django_db


@pytest.fixture
def stock(organisation, other_organisation, youssef):
    """Six circulars; two of them are for others than everybody."""
    theme = Theme.objects.create(slug="digital", name_ar="الرقمنة", name_fr="Numérique")
    first = published(organisation, number="1/2026", addressees=[{"organisation": organisation}])
    first.themes.add(theme)
    first.save()
    published(organisation, number="2/2026", kind="note", addressees=[{}])
    published(other_organisation, number="3/2020", signed_on=today().replace(year=2020, day=1))
    abrogating(published(organisation, number="4/2026"), number="5/2026")
    published(organisation, number="6/2026", audience=Audience.STAFF, addressees=[{"unit_kind": "registry"}])
    published(
        organisation,
        number="7/2026",
        audience=Audience.ADDRESSEES,
        addressees=[{"post": youssef.tenures.get().post}],
        acknowledging=Acknowledging.ASKED,
    )
    facets.forget()
    return theme


CHOICES = [
    {},
    {"old": True},
    {"force": ["abrogated"]},
    {"kind": ["note", "circular"]},
    {"year": [2020]},
    {"q": "7/2026"},
    {"q": "الإيداع", "kind": ["note"]},
    {"mine": "addressed"},
    {"mine": "waiting"},
]


def test_counts_are_what_each_reader_would_find(stock, organisation, youssef, karim, amina):
    for user, chosen in product((youssef, karim, amina, AnonymousUser()), CHOICES):
        if "mine" in chosen and not user.is_authenticated:
            continue
        for more in ({}, {"theme": [stock]}, {"authority": [organisation]}, {"addressee": [organisation]}):
            wanted = chosen | more
            total, counts = listing.counts(user, wanted)
            assert total == listing.found(user, wanted).count()
            for name in ("authority", "kind", "year"):
                for value, number in counts[name].items():
                    alone = wanted | {name: [value]}
                    assert number == listing.found(user, alone).count(), (name, value)


def test_karim_never_counts_what_is_for_others_alone(stock, karim, youssef, client, client_of):
    page = reverse("circulars:list")
    numbers = {
        name: each.get(page).context["page_obj"].paginator.count
        for name, each in {"stranger": client, "karim": client_of(karim), "youssef": client_of(youssef)}.items()
    }
    assert numbers == {"stranger": 4, "karim": 5, "youssef": 6}


def test_page_keeps_siblings_and_leads_out_of_each_choice(stock, client):
    page = client.get(reverse("circulars:list"), {"kind": "note"})
    kinds = next(facet for facet in page.context["facets"] if facet["name"] == "kind")
    assert [(one.value, one.count, one.is_chosen) for one in kinds["values"]] == [
        ("circular", 3, False),
        ("note", 1, True),
    ]
    assert page.context["ended"] == 0
    page = client.get(
        reverse("circulars:list"), {"kind": ["note", "circular"], "q": "1/2026", "old": "on", "page": "2"}
    )
    assert [chip["url"] for chip in page.context["chips"]] == [
        "?kind=note&kind=circular&old=on",
        "?kind=note&kind=circular&q=1%2F2026",
        "?kind=circular&q=1%2F2026&old=on",
        "?kind=note&q=1%2F2026&old=on",
    ]
    dates = [
        row["circular"].signed_on for row in client.get(reverse("circulars:list"), {"sort": "oldest"}).context["rows"]
    ]
    assert dates == sorted(dates)


def test_what_is_kept_is_counted_anew_after_a_publication(stock, organisation, client):
    page = reverse("circulars:list")
    before = client.get(page).context["page_obj"].paginator.count
    published(organisation, number="8/2026")
    assert client.get(page).context["page_obj"].paginator.count == before + 1


def test_values_beyond_the_first_are_folded(rf):
    form = FilterForm(rf.get("/", {"year": "2005"}).GET, user=AnonymousUser())
    counts = {name: Counter() for name in facets.SHOWN} | {"year": Counter(dict.fromkeys(range(2005, 2020), 1))}
    years = next(facet for facet in choices.facets(form, counts) if facet["name"] == "year")
    assert [one.value for one in years["values"]] == [*(str(year) for year in range(2019, 2011, -1)), "2005"]
    assert len(years["more"]) == 6
