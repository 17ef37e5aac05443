"""Public pages: no cookie, nothing to vary on but the language, kept until something they show changes."""

import itertools

import pytest
from django.db import transaction
from django.test import Client

from core import public
from core.organisations.models import Organisation
from home.circulars import operations
from home.circulars.models import CircularText
from tests.factories.circulars import publish, published

LIST = "/ar/circulars/"


@pytest.fixture
def keeping(settings, tmp_path):
    settings.PUBLIC_CACHE_BYTES = 1_000_000
    settings.PUBLIC_STAMP = tmp_path / "public.stamp"
    public.renew()


@pytest.fixture
def circular(organisation):
    return published(organisation)


def text_of(circular):
    return f"{circular.get_absolute_url()}/ara"


@pytest.mark.django_db
def test_public_pages_set_no_cookie_and_vary_on_nothing(circular):
    for address in ("/ar/", "/fr/", LIST, text_of(circular), f"{circular.get_absolute_url()}.jsonld"):
        response = Client().get(address)
        assert (address, response.status_code, len(response.cookies)) == (address, 200, 0)
        assert (address, response.headers.get("Vary")) == (address, None)
        assert response["Cache-Control"] == "no-cache, public"


@pytest.mark.django_db
def test_address_of_the_act_varies_on_the_language_alone(circular):
    for language, code in (("ar", "ara"), ("fr", "ara")):  # there is no French text
        response = Client().get(circular.get_absolute_url(), headers={"accept-language": language})
        assert response.status_code == 303
        assert response["Location"].endswith(code)
        assert response["Vary"] == "Accept-Language"


@pytest.mark.django_db
def test_what_the_signed_in_see_is_private_and_never_kept(circular, amina, keeping):
    client = Client()
    client.get(text_of(circular))
    client.force_login(amina)
    response = client.get(text_of(circular))
    assert "no-store" in response["Cache-Control"]
    assert "private" in response["Cache-Control"]
    assert amina.get_full_name() in response.content.decode()
    client.logout()
    client.cookies.clear()
    assert amina.get_full_name() not in client.get(text_of(circular)).content.decode()


@pytest.mark.django_db
def test_second_stranger_costs_no_query(circular, keeping, django_assert_num_queries):
    client = Client()
    first = client.get(text_of(circular))
    with django_assert_num_queries(0):
        second = client.get(text_of(circular))
    assert second.content == first.content
    assert second["ETag"] == first["ETag"]
    assert second["X-Request-ID"] != first["X-Request-ID"]


@pytest.mark.django_db
def test_who_has_it_already_gets_304(circular, keeping):
    client = Client()
    etag = client.get(text_of(circular))["ETag"]
    response = client.get(text_of(circular), headers={"if-none-match": etag})
    assert (response.status_code, response.content) == (304, b"")


@pytest.mark.django_db
def test_head_has_the_headers_and_no_content(circular, keeping):
    client = Client()
    whole = client.get(text_of(circular))
    response = client.head(text_of(circular))
    assert response.content == b""
    assert response["ETag"] == whole["ETag"]


@pytest.mark.django_db
def test_light_and_dark_are_kept_apart_and_private(circular, keeping):
    client = Client()
    light = client.get(text_of(circular))
    client.cookies["theme"] = "dark"
    dark = client.get(text_of(circular))
    assert 'data-bs-theme="dark"' in dark.content.decode()
    assert 'data-bs-theme="dark"' not in light.content.decode()
    assert "private" in dark["Cache-Control"]


@pytest.mark.django_db(transaction=True)
def test_publication_is_seen_at_once_by_every_process(circular, keeping):
    processes = [Client(), Client()]
    for process in processes:
        assert "عنوان بعد التصحيح" not in process.get(text_of(circular)).content.decode()
    CircularText.objects.filter(circular=circular).update(title="عنوان بعد التصحيح")
    publish(circular)
    for process in processes:
        assert "عنوان بعد التصحيح" in process.get(text_of(circular)).content.decode()


@pytest.mark.django_db(transaction=True)
def test_withdrawal_is_seen_at_once(circular, keeping, monkeypatch):
    client = Client()
    client.get(text_of(circular))
    monkeypatch.setattr("home.circulars.permissions.can_withdraw", lambda user, circular: True)
    operations.withdraw(circular, by=None, reason="صدر خطأ")
    assert "صدر خطأ" in client.get(text_of(circular)).content.decode()


@pytest.mark.django_db(transaction=True)
def test_name_of_the_administration_is_seen_at_once(circular, keeping):
    client = Client()
    client.get(text_of(circular))
    authority = Organisation.objects.get(pk=circular.authority_id)
    authority.name_ar = "وزارة الخدمات"
    authority.save()
    assert "وزارة الخدمات" in client.get(text_of(circular)).content.decode()


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_changes_nothing(keeping):
    before = public.stamp()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        public.changed()
        raise ZeroDivisionError
    assert public.stamp() == before


@pytest.mark.django_db
def test_page_made_before_a_change_is_not_kept(circular, keeping, monkeypatch, django_assert_num_queries):
    client = Client()
    stamps = itertools.chain([(1, 1)], itertools.repeat((2, 2)))
    monkeypatch.setattr("core.public.stamp", lambda: next(stamps))
    client.get(text_of(circular))
    client.get(text_of(circular))
    with django_assert_num_queries(0):
        client.get(text_of(circular))


@pytest.mark.django_db
def test_least_used_pages_go_first(circular, keeping, settings):
    client = Client()
    first = client.get(text_of(circular))
    settings.PUBLIC_CACHE_BYTES = len(first.content) + 100
    client.get(LIST)
    assert client.get(text_of(circular)).content == first.content


@pytest.mark.django_db
def test_htmx_and_drafts_are_never_answered_from_what_is_kept(circular, keeping):
    client = Client()
    client.get(text_of(circular))
    for response in (
        client.get(text_of(circular), headers={"hx-request": "true"}),
        client.get(text_of(circular), headers={"cookie": "draft=abc"}),
    ):
        assert "public" not in response.headers.get("Cache-Control", "")
