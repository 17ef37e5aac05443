import feedparser
import pytest
from django.urls import reverse

from core.dates import today
from home.circulars.enums import Audience, Change
from home.circulars.models import Circular, Theme
from tests.factories.circulars import abrogating, add_text, publish, published, written
from tests.factories.organisations import post_for

pytestmark = pytest.mark.django_db
ALL, CHANGES = "/feeds/circulars.ar.atom", "/feeds/circulars/changes.ar.atom"
ELI = "/eli/ma/msp/circular/2026/12-2026"


def read(client, address):
    """The feed as a news reader sees it, which finds no fault in it."""
    answer = client.get(address)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/atom+xml; charset=utf-8")
    feed = feedparser.parse(answer.content)
    assert not feed.bozo, feed.bozo_exception
    assert feed.version == "atom10"
    assert feed.feed.updated_parsed
    assert len({entry.id for entry in feed.entries}) == len(feed.entries)
    assert all(entry.updated_parsed and entry.link and entry.author and entry.title for entry in feed.entries)
    links = {link.rel: link.href for link in feed.feed.links}
    assert links["self"].endswith(address)
    return feed


def ids(client, address):
    return [entry.id.partition("/eli/")[2] for entry in read(client, address).entries]


def test_feed_has_one_entry_a_circular_under_its_permanent_address(client, organisation, settings):
    published(organisation)
    published(organisation, number="13/2026")
    feed = read(client, ALL)
    assert [entry.id for entry in feed.entries] == [
        f"{settings.PUBLIC_URL}{ELI.replace('12-', f'{number}-')}" for number in (13, 12)
    ]
    assert feed.feed.rights == settings.DATA_LICENCE
    assert feed.entries[0].author == organisation.name_ar


def test_identifier_stays_and_the_moment_moves_with_a_new_version(client, organisation):
    circular = published(organisation)
    before = read(client, ALL).entries[0]
    Circular.objects.filter(pk=circular.pk).update(change=Change.MAJOR, office="وزير آخر")
    publish(circular)
    after = read(client, ALL).entries[0]
    assert before.id == after.id
    assert before.published == after.published
    assert before.updated <= after.updated


def test_feed_of_a_language_shows_its_texts_and_names_others(client, organisation):
    circular = written(organisation)
    add_text(circular, "fr", "Dépôt numérique", ["Un"], standing="official", summary="Tout par voie numérique.")
    publish(circular)
    published(organisation, number="13/2026")
    arabic, french = read(client, "/feeds/circulars.fr.atom").entries
    assert (french.link[-4:], arabic.link[-4:]) == ("/fra", "/ara")
    assert (french.title_detail.language, arabic.title_detail.language) == ("fr", "ar")
    assert "Dépôt numérique" in french.title
    assert "Tout par voie numérique." in french.summary


def test_changes_tell_what_happened_and_by_which_act(client, organisation):
    first = published(organisation)
    second = abrogating(first, paragraphs="p3")
    entry = read(client, CHANGES).entries[0]
    assert entry.id == f"tag:localhost,{today()}:{ELI}#force-2"
    assert second.get_absolute_url() in entry.summary
    assert "p3" in entry.summary
    Circular.objects.filter(pk=second.pk).update(audience=Audience.ADDRESSEES)
    assert second.get_absolute_url() not in read(client, CHANGES).entries[0].summary


def test_feeds_are_narrowed(client, organisation, other_organisation, unit, youssef):
    theme = Theme.objects.create(slug="digital", name_ar="الرقمنة", name_fr="Numérique")
    first = published(organisation, addressees=[{"post": youssef.tenures.get().post}])
    first.themes.set([theme])
    first.save()
    published(other_organisation, number="7/2026", addressees=[{"organisation": other_organisation}])
    published(other_organisation, number="8/2026", addressees=[{}])
    feeds = "/feeds/circulars"
    assert ids(client, f"{feeds}/authority/msp.fr.atom") == ["ma/msp/circular/2026/12-2026"]
    assert ids(client, f"{feeds}/theme/digital.ar.atom") == ["ma/msp/circular/2026/12-2026"]
    assert [each[-6:] for each in ids(client, f"{feeds}/addressee/msp.ar.atom")] == ["8-2026", "2-2026"]
    assert [each[-6:] for each in ids(client, f"{feeds}/addressee/commune.ar.atom")] == ["8-2026", "7-2026"]
    assert client.get(f"{feeds}/theme/nothing.ar.atom").status_code == 404
    assert client.get(f"{feeds}.de.atom").status_code == 404


def test_feed_is_what_strangers_see_whoever_asks(client, client_of, unit, youssef):
    post_for(youssef, unit, "circular_editor")
    mine = [{"organisation": unit.organisation}]
    published(unit.organisation, audience=Audience.ADDRESSEES, addressees=mine)
    published(unit.organisation, audience=Audience.STAFF, number="13/2026", addressees=mine)
    for address in (ALL, CHANGES, "/feeds/circulars/authority/msp.ar.atom", "/feeds/circulars/addressee/msp.ar.atom"):
        assert ids(client_of(youssef), address) == ids(client, address) == []


def test_feed_is_the_same_for_everybody_and_sent_once(client, organisation):
    published(organisation)
    answer = client.get(ALL, headers={"accept-language": "fr"})
    assert answer.cookies == {}
    assert answer.headers.get("Vary", "") == ""
    etag, modified = answer.headers["ETag"], answer.headers["Last-Modified"]
    assert client.get(ALL, headers={"if-none-match": etag}).status_code == 304
    assert client.get(ALL, headers={"if-modified-since": modified}).status_code == 304
    published(organisation, number="13/2026")
    assert client.get(ALL, headers={"if-none-match": etag}).status_code == 200


def test_feed_takes_as_many_queries_for_three_as_for_one(client, organisation, django_assert_num_queries):
    published(organisation)
    with django_assert_num_queries(2):
        client.get(ALL)
    for number in ("13/2026", "14/2026"):
        published(organisation, number=number)
    with django_assert_num_queries(2):
        client.get(ALL)


def test_pages_name_their_feeds(client, organisation):
    theme = Theme.objects.create(slug="digital", name_ar="الرقمنة", name_fr="Numérique")
    circular = published(organisation)
    authority = "/feeds/circulars/authority/msp.ar.atom"
    page = client.get(f"{circular.get_absolute_url()}/ara").text
    assert f'type="application/atom+xml" title="منشورات {organisation.name_ar}" href="{authority}"' in page or (
        f'href="{authority}"' in page
    )
    listed = client.get(reverse("circulars:list"), {"authority": "msp", "theme": theme.slug}).text
    assert listed.count(f'href="{authority}"') == 2
    assert listed.count('href="/feeds/circulars/theme/digital.ar.atom"') == 2
    assert listed.count(f'href="{CHANGES}"') == 2
