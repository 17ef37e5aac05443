"""A circular kept as one file: it asks for nothing, says when it was kept, and tells nobody more than its reader."""

import re
from html import unescape

import pytest

from core.dates import today
from home.circulars import offline
from home.circulars.enums import Audience
from tests.factories.circulars import abrogating, add_text, publish, published, written

pytestmark = pytest.mark.django_db
PAGE = "/eli/ma/msp/circular/2026/12-2026"


@pytest.fixture
def circular(organisation):
    circular = written(organisation)
    add_text(circular, "fr", "Dépôt numérique", ["Premier", "Deuxième", "Troisième"], standing="official")
    return publish(circular)


def test_copy_holds_the_act_and_asks_for_nothing(client, circular, settings):
    answer = client.get(f"{PAGE}/fra/offline")
    html = answer.text
    name = f"msp-circular-2026-12-2026-{today()}-fra.html"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert '<html lang="fr" dir="ltr">' in html
    for words in ("Dépôt numérique", "Troisième", circular.current.hash, f"{settings.PUBLIC_URL}{PAGE}"):
        assert words in html
    assert not re.search(r"<(script|img|link|iframe|object|form)\b|@import|url\(", html)
    assert f'content="{offline.POLICY}"' in unescape(html)
    assert f"{PAGE}/fra/offline" in client.get(f"{PAGE}/fra").text


def test_copy_says_how_the_act_stands_that_day(client, circular):
    abrogating(circular, paragraphs="p3")
    html = client.get(f"{PAGE}/ara/offline").text
    assert 'class="paragraph out"' in html
    assert '<html lang="ar" dir="rtl">' in html


def test_copy_is_of_the_current_version_only(client, circular):
    first = circular.current.address
    circular.contact = "secretariat@msp.example"
    circular.save()
    publish(circular)
    assert f"{PAGE}/ara/offline" not in client.get(f"{PAGE}/{first}/ara").text
    assert f"{PAGE}/ara/offline" not in client.get(f"{PAGE}/ara/on?day={today()}").text
    assert f"{today()}.2-ara.html" in client.get(f"{PAGE}/ara/offline").headers["Content-Disposition"]


def test_copy_in_a_language_it_has_not_is_the_authentic_one(client, circular):
    answer = client.get(f"{PAGE}/eng/offline")
    assert (answer.status_code, answer.url) == (303, f"{PAGE}/ara/offline")


def test_restricted_circular_is_kept_by_its_readers_with_a_warning(client_of, organisation, youssef, karim):
    circular = published(organisation, audience=Audience.ADDRESSEES, addressees=[{"organisation": organisation}])
    assert client_of(karim).get(f"{PAGE}/ara/offline").status_code == 404
    assert client_of(None).get(f"{PAGE}/ara/offline").status_code == 404
    reader = client_of(youssef)
    answer = reader.get(f"{PAGE}/ara/offline")
    assert "no-store" in answer.headers["Cache-Control"]
    assert circular.get_audience_display() in answer.text
    assert youssef.get_full_name() not in answer.text


def test_copy_of_a_reader_names_no_act_that_strangers_may_not_read(client_of, organisation, youssef):
    circular = published(organisation)
    staff = {"audience": Audience.STAFF, "number": "99/2026"}
    published(organisation, relations=[{"predicate": "amends", "circular": circular, "paragraphs": "p1"}], **staff)
    reader = client_of(youssef)
    assert "99/2026" in reader.get(f"{PAGE}/ara").text
    assert "99/2026" not in reader.get(f"{PAGE}/ara/offline").text
