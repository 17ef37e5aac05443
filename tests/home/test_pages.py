import re

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override
from wagtail.models import Locale, Page, Site

from core.organisations.models import Organisation
from core.organisations.operations import make_role_groups, sync_groups
from home.blocks import LinkBlock
from home.enums import Audience
from home.models import FrontPage, NewsPage, SiteIdentity, StandardPage
from home.setup import create_default_pages, create_sample_news
from intranet.context_processors import Chrome

DIRECTIONS = [("ar", "rtl"), ("fr", "ltr"), ("en", "ltr")]
NAMES = {"ar": "وزارة الخدمات العمومية", "fr": "Ministère des services publics", "en": "Ministry of Public Services"}


def text_of(answer):
    return answer.content.decode()


@pytest.mark.parametrize(("language", "direction"), DIRECTIONS)
def test_public_pages_in_each_language(client, pages, language, direction):
    for path in ("", "help/", "accessibility/", "privacy/", "legal/", "news/", "news/time/"):
        answer = client.get(f"/{language}/{path}")

        assert answer.status_code == 200, path
        assert f'<html lang="{language}" dir="{direction}"' in text_of(answer)
        assert NAMES[language] in text_of(answer)


def test_public_pages_set_no_cookie(client, pages):
    for path in ("/ar/", "/fr/help/", "/ar/news/"):
        assert not client.get(path).cookies


def test_front_page_takes_few_queries(client, pages):
    client.get("/ar/")  # what Wagtail keeps in the cache

    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get("/ar/")

    assert len(queries) <= 14


def test_news_take_the_same_queries_for_two_and_for_five(client, pages):
    index = Page.objects.get(url_path="/ar/news/").specific
    client.get("/ar/news/")
    with CaptureQueriesContext(connection) as two:
        client.get("/ar/news/")
    for number in range(3):
        index.add_child(instance=NewsPage(title=f"خبر {number}", slug=f"n{number}", intro="مقدمة", locale=index.locale))

    with CaptureQueriesContext(connection) as five:
        client.get("/ar/news/")

    assert len(five) == len(two)


def test_language_switch_keeps_the_page_and_its_filters(client, pages):
    html = text_of(client.get("/ar/help/"))
    assert re.findall(r'<a href="([^"]+)" lang="(\w\w)"', html) == [
        ("/ar/help/", "ar"),
        ("/fr/help/", "fr"),
        ("/en/help/", "en"),
    ]

    html = text_of(client.get("/fr/account/login/?next=/fr/my-desk/"))
    assert '<a href="/ar/account/login/?next=/fr/my-desk/" lang="ar"' in html


def test_language_switch_of_a_page_not_translated_leads_to_the_front(client, pages):
    Page.objects.get(url_path="/en/help/").unpublish()

    assert '<a href="/en/" lang="en"' in text_of(client.get("/ar/help/"))


def test_page_for_staff_does_not_exist_for_strangers(client, client_of, amina, pages):
    page = StandardPage.objects.get(slug="help", locale__language_code="ar")
    page.audience = Audience.STAFF
    page.save_revision().publish()

    assert client.get("/ar/help/").status_code == 404
    assert client_of(amina).get("/ar/help/").status_code == 200


def test_page_for_staff_does_not_exist_for_accounts_without_post(client_of, expired_delegate, pages):
    page = StandardPage.objects.get(slug="help", locale__language_code="ar")
    page.audience = Audience.STAFF
    page.save_revision().publish()

    assert client_of(expired_delegate).get("/ar/help/").status_code == 404


def test_news_for_staff_are_listed_for_staff_only(client, client_of, amina, pages):
    item = NewsPage.objects.get(slug="time", locale__language_code="fr")
    item.audience = Audience.STAFF
    item.save_revision().publish()

    for path in ("/fr/", "/fr/news/"):
        assert item.title not in text_of(client.get(path))
        assert item.title in text_of(client_of(amina).get(path))


def test_empty_news_say_so(client, organisation):
    create_default_pages()

    assert 'class="empty"' in text_of(client.get("/fr/news/"))


def test_menu_names_where_one_is(client, pages):
    html = text_of(client.get("/fr/news/time/"))

    assert '<a href="/fr/news/" aria-current="page">' in html
    assert '<a href="/fr/" aria-current="page">' not in html


def test_editors_change_menu_and_footer(client, pages):
    identity = SiteIdentity.objects.get(locale__language_code="ar")
    identity.name = "جماعة واد الزيتون"
    identity.menu = [("link", {"label": "تجربة", "page": None, "service": "", "address": "https://example.ma/"})]
    identity.footer = []
    identity.save()

    html = text_of(client.get("/ar/"))

    assert "جماعة واد الزيتون" in html
    assert '<a href="https://example.ma/">تجربة</a>' in html
    assert "footer-cols" in html


def test_link_to_a_page_taken_down_disappears(client, pages):
    Page.objects.get(url_path="/ar/legal/").unpublish()

    assert "/ar/legal/" not in text_of(client.get("/ar/"))


def test_frame_stands_without_identity(client, pages):
    SiteIdentity.objects.all().delete()

    assert "<strong>Diwan</strong>" in text_of(client.get("/en/"))


# --- what an installation starts with ---------------------------------------------------------------------------------


def test_default_pages_made_twice_are_made_once(pages):
    def state():
        return list(Page.objects.order_by("path").values_list("path", "url_path", "latest_revision_id"))

    before = state()
    create_default_pages()
    create_sample_news()

    assert state() == before
    assert SiteIdentity.objects.count() == Locale.objects.count() == FrontPage.objects.count() == 3


def test_default_pages_keep_what_editors_changed(pages):
    page = StandardPage.objects.get(slug="help", locale__language_code="fr")
    page.title = "Mode d’emploi"
    page.save_revision().publish()
    identity = SiteIdentity.objects.get(locale__language_code="fr")
    identity.name = "Commune"
    identity.save()

    create_default_pages()

    page.refresh_from_db()
    identity.refresh_from_db()
    assert (page.title, identity.name) == ("Mode d’emploi", "Commune")


def test_default_pages_replace_the_welcome_page(pages):
    site = Site.objects.get()

    assert site.root_page.specific == FrontPage.objects.get(locale__language_code="ar")
    assert not Page.objects.filter(slug="home").exists()
    assert FrontPage.objects.get(locale__language_code="fr").get_translation(Locale.objects.get(language_code="ar"))


def test_default_pages_without_organisation(client, db):
    Organisation.objects.all().delete()

    create_default_pages()

    assert "الديوان" in text_of(client.get("/ar/"))


def test_service_cards_lead_to_the_services(client, pages):
    for language in ("ar", "fr", "en"):
        html = text_of(client.get(f"/{language}/"))

        cards = re.findall(r'<article class="service-card">.*?<a href="([^"]+)"', html, re.DOTALL)
        assert cards
        assert {path: client.get(path, follow=True).status_code for path in cards} == dict.fromkeys(cards, 200)


def test_administrators_edit_pages_header_and_footer(client_of, nadia, pages):
    make_role_groups()
    sync_groups()
    page = FrontPage.objects.get(locale__language_code="ar")
    identity = SiteIdentity.objects.get(locale__language_code="ar")
    administrator = client_of(nadia)

    for path in (
        "/cms/",
        f"/cms/pages/{page.pk}/edit/",
        f"/cms/pages/{page.pk}/add_subpage/",
        f"/cms/snippets/home/siteidentity/edit/{identity.pk}/",
    ):
        assert administrator.get(path).status_code == 200, path


def test_clerks_do_not_edit_pages(client_of, amina, pages):
    make_role_groups()
    sync_groups()
    page = FrontPage.objects.get(locale__language_code="ar")

    assert client_of(amina).get(f"/cms/pages/{page.pk}/edit/").status_code == 404


def test_command_sets_the_site_up(db, capsys):
    call_command("setup_site")

    assert capsys.readouterr().out == "The pages of the site are in place.\n"
    assert FrontPage.objects.count() == 3


def test_link_leads_where_this_installation_has_something():
    block = LinkBlock()

    assert block.to_python({"service": "nowhere:start"}).url == ""
    assert block.to_python({"address": "https://example.ma/"}).url == "https://example.ma/"
    assert block.to_python({}).title == ""


def test_link_to_a_page_takes_its_title(pages):
    page = StandardPage.objects.get(slug="help", locale__language_code="fr")

    link = LinkBlock().to_python({"page": page.pk})

    assert (link.title, link.url) == ("Aide", "/fr/help/")


def test_address_without_language_is_asked_for_in_another(rf, db):
    request = rf.get("/v/7H2KQ9M4XW8T/?lang=ar")
    request.resolver_match = None

    with override("ar"):
        urls = [language["url"] for language in Chrome(request).languages]

    assert urls == ["/v/7H2KQ9M4XW8T/?lang=ar", "/v/7H2KQ9M4XW8T/?lang=fr", "/v/7H2KQ9M4XW8T/?lang=en"]
