"""Header, menu and footer: drawn once for all strangers, until an editor changes them."""

import pytest
from django.core.cache import caches

from core import public
from home.models import SiteIdentity
from home.setup import create_default_pages


@pytest.fixture
def kept(settings, tmp_path, db):
    settings.PUBLIC_STAMP = tmp_path / "public.stamp"
    settings.CACHES = {
        **settings.CACHES,
        "template_fragments": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "test-chrome"},
    }
    create_default_pages()
    yield
    caches["template_fragments"].clear()


def page(client, path="/fr/deposit/"):
    return client.get(path).content.decode()


def test_header_and_footer_are_read_once_and_drawn_once(client, kept, django_assert_num_queries):
    first = page(client)

    with django_assert_num_queries(1):  # whether an administration takes deposits
        assert page(client) == first


def test_what_an_editor_changes_shows_with_the_next_page(client, kept):
    page(client)
    identity = SiteIdentity.objects.get(locale__language_code="fr")
    identity.name, identity.footer = "Commune d’Oued Zitoun", []
    identity.save()
    public.renew()  # what the commit does

    after = page(client)

    assert after.count("Commune d’Oued Zitoun") == 2
    assert "/fr/legal/" not in after


def test_menu_marks_where_each_page_lies(client, kept):
    page(client, "/fr/")

    assert '<a href="/fr/deposit/" aria-current="page">' in page(client)
    assert '<a href="/fr/deposit/" aria-current="page">' not in page(client, "/fr/track/")


def test_staff_are_never_shown_a_strangers_header(client, client_of, amina, kept):
    stranger = page(client)
    own = page(client_of(amina))

    assert page(client) == stranger
    assert amina.get_full_name() in own
    assert amina.get_full_name() not in stranger
