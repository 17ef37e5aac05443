"""What is withdrawn, or no longer for everybody, leaves what strangers are shown at once: pages, feeds, open data."""

import json
import threading

import pytest
from django.test import Client

from core.outbox.operations import run_pending
from home.circulars import open_data, operations
from home.circulars.enums import Audience
from home.circulars.models import Circular
from tests.factories.circulars import publish, published

pytestmark = pytest.mark.django_db(transaction=True)
TITLE = "إلزامية الإيداع الرقمي"
FEEDS = ("/feeds/circulars.ar.atom", "/feeds/circulars/changes.ar.atom", "/feeds/circulars/authority/msp.ar.atom")
LIST = "/ar/circulars/"


@pytest.fixture(autouse=True)
def _keeping(settings, tmp_path):
    settings.PUBLIC_CACHE_BYTES = 1_000_000
    settings.PUBLIC_STAMP = tmp_path / "public.stamp"
    settings.DATA_DIR = tmp_path / "data"


@pytest.fixture
def circular(organisation):
    circular = published(organisation)
    published(organisation, number="13/2026", relations=[{"predicate": "cites", "circular": circular}])
    publish_again(circular, change_note="تصحيح", office="الوزير المنتدب")
    open_data.write()
    return Circular.objects.get(pk=circular.pk)


def publish_again(circular, **changes):
    Circular.objects.filter(pk=circular.pk).update(**changes)
    return publish(circular)


def addresses_of(circular):
    base = circular.get_absolute_url()
    versions = [version.address for version in circular.versions.all()]
    rest = ("", "/ara", ".jsonld", ".xml", ".pdf", "/compare", *(f"/{address}/ara" for address in versions))
    return [f"{base}{name}" for name in rest]


def said_of(circular, client):
    """Where a stranger's browser still meets the address of this circular."""
    address, found = circular.get_absolute_url(), set()
    other = Circular.objects.exclude(pk=circular.pk).get()
    for place in (*FEEDS, LIST, f"{other.get_absolute_url()}/ara"):
        if address in client.get(place).content.decode():
            found.add(place)
    for name in open_data.NAMES[:2]:
        if address in b"".join(client.get(f"/data/{name}")).decode():
            found.add(name)
    return found


def test_circular_no_longer_for_everybody_leaves_everything(circular):
    client = Client()
    for address in addresses_of(circular):
        assert (address, client.get(address).status_code) in {(address, 200), (address, 303), (address, 202)}
    assert len(said_of(circular, client)) == 7

    publish_again(circular, audience=Audience.STAFF)
    run_pending()

    assert {client.get(address).status_code for address in addresses_of(circular)} == {404}
    assert said_of(circular, client) == set()
    rows = json.loads(open_data.path_of("circulars.json").read_text())["circulars"]
    assert [row["number"] for row in rows] == ["13/2026"]


def test_withdrawal_is_told_at_once(circular, tarik):
    client = Client()
    assert len(said_of(circular, client)) == 7
    operations.withdraw(circular, by=tarik, reason="صدر خطأ")
    run_pending()
    rows = json.loads(open_data.path_of("circulars.json").read_text())["circulars"]
    assert {row["number"]: (row["force"], row["withdrawal_reason"]) for row in rows} == {
        "12/2026": ("withdrawn", "صدر خطأ"),
        "13/2026": ("in_force", ""),
    }
    assert "صدر خطأ" in client.get(f"{circular.get_absolute_url()}/ara").content.decode()
    assert "صدر خطأ" in client.get(FEEDS[0]).content.decode()


def test_open_data_that_do_not_name_it_are_left_alone(circular, organisation):
    hidden = published(organisation, number="1/2026", audience=Audience.STAFF)
    publish_again(hidden, office="الوزير المنتدب")
    before = open_data.path_of("circulars.csv").stat()
    run_pending()
    assert open_data.path_of("circulars.csv").stat().st_ino == before.st_ino


def test_open_data_that_are_not_there_stay_away(organisation):
    circular = published(organisation)
    assert not open_data.write_without(circular)
    assert not open_data.path_of("circulars.csv").exists()


def test_old_address_is_known_too(circular):
    publish_again(circular, number="112/2026", number_key="112/2026", audience=Audience.ADDRESSEES)
    run_pending()
    rows = json.loads(open_data.path_of("circulars.json").read_text())["circulars"]
    assert [row["number"] for row in rows] == ["13/2026"]


def test_two_writers_wait_for_each_other(circular, monkeypatch):
    """The one of the night, which read the circular before it was restricted, does not win over the correction."""
    written, begun, go_on = [], threading.Event(), threading.Event()
    whole = open_data._write

    def slowly():
        if not written:
            written.append("night")
            begun.set()
            go_on.wait(5)
        else:
            written.append("correction")
        return 0

    monkeypatch.setattr(open_data, "_write", slowly)
    night = threading.Thread(target=open_data.write)
    night.start()
    begun.wait(5)
    known = Circular.objects.prefetch_related("known_addresses").get(pk=circular.pk)  # threads ask no database
    correction = threading.Thread(target=open_data.write_without, args=[known])
    correction.start()
    correction.join(0.3)
    assert (written, correction.is_alive()) == (["night"], True)
    go_on.set()
    night.join(5)
    correction.join(5)
    assert written == ["night", "correction"]
    assert whole() == 2
