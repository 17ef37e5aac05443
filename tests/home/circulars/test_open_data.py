import csv
import json
from datetime import datetime

import pytest

from core.dates import CASABLANCA, today
from home.circulars import open_data
from home.circulars.enums import Audience
from home.circulars.models import Circular, ExternalAct
from tests.factories.circulars import abrogating, add_text, publish, published, written

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path / "data"


def read(client):
    """The rows of the table and of the tree, as a stranger gets them."""
    table = b"".join(client.get("/data/circulars.csv")).decode()
    tree = json.loads(b"".join(client.get("/data/circulars.json")))
    return list(csv.DictReader(table.splitlines())), tree


def test_files_hold_facts_addresses_fingerprints_and_relations(client, organisation, settings):
    first = written(organisation)
    add_text(first, "fr", "=Dépôt numérique", ["Un"], standing="official")
    first = publish(first)
    abrogating(first, paragraphs="p3")
    decree = ExternalAct.objects.create(kind="decree", number="2.18.855")
    published(organisation, number="16/2026", relations=[{"predicate": "applies", "external": decree}])

    assert open_data.write() == 3
    rows, tree = read(client)

    address = f"{settings.PUBLIC_URL}{first.get_absolute_url()}"
    assert (rows[0]["address"], rows[0]["sha256"], rows[0]["force"]) == (address, first.current.hash, "partly")
    assert rows[0]["version_address"] == f"{address}/{today()}"
    assert (rows[0]["title_ar"], rows[0]["title_fr"]) == ("إلزامية الإيداع الرقمي", "'=Dépôt numérique")
    assert [row["relations"] for row in rows] == ["", f"abrogates {address}", "applies decree 2.18.855"]
    assert [each["number"] for each in tree["circulars"]] == [row["number"] for row in rows]
    assert tree["circulars"][1]["relations"][0]["paragraphs"] == ["p3"]
    assert tree["licence"] == settings.DATA_LICENCE
    assert datetime.fromisoformat(tree["made_at"])


def test_nothing_is_in_them_that_a_stranger_may_not_read(client, organisation, youssef):
    post = [{"post": youssef.tenures.get().post}] if youssef.tenures.exists() else []
    public = published(organisation)
    hidden = abrogating(public, audience=Audience.ADDRESSEES, addressees=post)
    citing = [{"predicate": "cites", "circular": hidden}]
    published(organisation, number="16/2026", audience=Audience.STAFF)
    published(organisation, number="17/2026", relations=citing)
    written(organisation, number="18/2026")
    open_data.write()
    everything = "".join(open_data.path_of(name).read_text() for name in open_data.NAMES)
    rows, _tree = read(client)
    assert [row["number"] for row in rows] == ["12/2026", "17/2026"]
    assert "15/2026" not in everything
    assert "15-2026" not in everything
    assert "16/2026" not in everything


def test_files_are_replaced_whole_and_answered_once(client, organisation):
    assert client.get("/data/circulars.csv").status_code == 404
    published(organisation)
    open_data.write()
    answer = client.get("/data/circulars.csv")
    assert answer.cookies == {}
    assert "Vary" not in answer.headers
    assert 'rel="license"' in answer.headers["Link"]
    before = b"".join(answer)
    etag = answer.headers["ETag"]
    again = client.get("/data/circulars.csv", headers={"if-none-match": etag})
    assert again.status_code == 304
    published(organisation, number="13/2026")
    open_data.write()
    fresh = client.get("/data/circulars.csv", headers={"if-none-match": etag})
    assert b"".join(fresh).startswith(before)
    assert {path.name for path in open_data.path_of("").iterdir()} == set(open_data.NAMES)


def test_files_are_described(client, organisation, settings):
    open_data.write()
    found = json.loads(b"".join(client.get("/data/circulars.jsonld")))
    assert found["dct:license"]["@id"] == settings.DATA_LICENCE
    assert len(found["dcat:distribution"]) == 2


def test_files_are_written_once_a_night(organisation, monkeypatch):
    import os

    assert open_data.is_due()
    open_data.write()
    assert not open_data.is_due()
    os.utime(open_data.path_of(open_data.NAMES[-1]), (0, datetime(2026, 11, 21, 1, 5, tzinfo=CASABLANCA).timestamp()))
    for hour, due in ((0, False), (1, True)):
        monkeypatch.setattr(
            open_data.timezone, "now", lambda hour=hour: datetime(2026, 11, 22, hour, 0, tzinfo=CASABLANCA)
        )
        assert open_data.is_due() == due


def test_open_data_takes_as_many_queries_for_three_as_for_one(organisation, django_assert_num_queries):
    first = published(organisation)
    abrogating(first)
    with django_assert_num_queries(5):
        open_data.write()
    for number in ("13/2026", "14/2026"):
        published(organisation, number=number, relations=[{"predicate": "cites", "circular": first}])
    with django_assert_num_queries(5):
        open_data.write()
    assert Circular.objects.count() == 4
