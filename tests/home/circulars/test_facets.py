"""The choices of the list: each with its count, which is what one would find."""

from collections import Counter
from itertools import product
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.urls import reverse

from core import public
from core.dates import today
from home.circulars import choices, facets, listing
from home.circulars.enums import Acknowledging, Audience
from home.circulars.forms import FilterForm
from home.circulars.models import Circular, Theme
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
    return theme


@pytest.fixture
def keeping(settings, tmp_path):
    settings.PUBLIC_CACHE_BYTES = 1_000_000
    settings.PUBLIC_STAMP = tmp_path / "public.stamp"
    public.renew()


def plainly(user, chosen):
    """What a reader would find, asked of the database alone."""
    circulars = Circular.objects.visible_to(user)
    for name, lookup in {"authority": "authority__in", "kind": "kind__in", "year": "signed_on__year__in"}.items():
        if name in chosen:
            circulars = circulars.filter(**{lookup: chosen[name]})
    if "theme" in chosen:
        circulars = circulars.filter(themes__in=chosen["theme"])
    if "addressee" in chosen:
        means = Q(addressees__organisation__in=chosen["addressee"])
        means |= Q(addressees__organisation=None, addressees__post=None, addressees__isnull=False)
        means |= Q(addressees__post__unit__organisation__in=chosen["addressee"])
        circulars = circulars.filter(means)
    if words := chosen.get("q"):
        circulars = circulars.filter(Q(texts__title__icontains=words) | Q(number_key=words))
    if "mine" in chosen:
        circulars = circulars.filter(pk__in=Circular.objects.addressed_to(user))
    if chosen.get("mine") == "waiting":
        circulars = circulars.filter(pk__in=Circular.objects.to_acknowledge(user))
    if "old" not in chosen:
        circulars = circulars.filter(force__in=chosen.get("force", listing.VALID))
    return list(circulars.distinct().order_by("-signed_on", "-pk"))


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
            found = listing.Found(user, wanted)
            assert (found[:20], len(found)) == (plainly(user, wanted), len(plainly(user, wanted)))
            assert listing.Found(user, wanted | {"sort": "oldest"})[1:3] == found[:20][::-1][1:3]
            for name in ("authority", "kind", "year"):
                for value, number in found.counts[name].items():
                    assert number == len(plainly(user, wanted | {name: [value]})), (name, value)


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


def test_what_is_kept_is_counted_anew_after_a_publication(
    stock, organisation, client, keeping, django_capture_on_commit_callbacks
):
    client.cookies["visit"] = "1"  # whole pages are kept for those without cookies
    page = reverse("circulars:list")
    before = client.get(page).context["page_obj"].paginator.count
    with django_capture_on_commit_callbacks(execute=True):
        published(organisation, number="8/2026")
    assert client.get(page).context["page_obj"].paginator.count == before + 1


def test_values_beyond_the_first_are_folded(rf):
    form = FilterForm(rf.get("/", {"year": "2005"}).GET, user=AnonymousUser())
    counts = {name: Counter() for name in facets.SHOWN} | {"year": Counter(dict.fromkeys(range(2005, 2020), 1))}
    found = SimpleNamespace(counts=counts, kept=SimpleNamespace(organisations={}, themes={}))
    years = next(facet for facet in choices.facets(form, found) if facet["name"] == "year")
    assert [one.value for one in years["values"]] == [*(str(year) for year in range(2019, 2011, -1)), "2005"]
    assert len(years["more"]) == 6


@pytest.mark.parametrize("more", [0, 2])
def test_list_of_a_civil_servant_takes_few_queries(
    stock, organisation, youssef, client_of, keeping, more, django_assert_num_queries
):
    for number in range(more):
        published(organisation, number=f"{20 + number}/2026", addressees=[{"organisation": organisation}])
    client, page = client_of(youssef), reverse("circulars:list")
    chosen = {"authority": organisation.slug, "theme": stock.slug, "addressee": organisation.slug, "old": "on"}
    client.get(page, chosen)
    with django_assert_num_queries(11):  # one reads the identity of the site, which is kept outside of tests
        client.get(page, chosen)


def test_a_page_far_down_holds_what_the_first_pages_leave(stock, organisation, amina):
    for number in range(10, 40):
        published(organisation, number=f"{number}/2026", signed_on=today().replace(year=2000 + number % 7, day=1))
    found, wanted = listing.Found(amina, {}), plainly(amina, {})
    assert [found[start : start + 7] for start in range(0, 42, 7)] == [
        wanted[start : start + 7] for start in range(0, 42, 7)
    ]
