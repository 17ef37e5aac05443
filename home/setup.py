"""The pages an installation starts with, in three languages. Run again, it adds what is missing and changes nothing."""

import json
from datetime import date
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q
from django.utils.html import format_html, format_html_join
from wagtail.models import Collection, GroupCollectionPermission, GroupPagePermission, Locale, Page, Site

from core.indexing import reindex_after_commit
from core.organisations.enums import Role
from core.organisations.models import Organisation
from core.text import ltr
from home.enums import Audience
from home.models import FrontPage, NewsIndexPage, NewsPage, SiteIdentity, StaffHomePage, StandardPage

TEXTS = Path(__file__).parent / "data" / "pages.json"
PAGE_RIGHTS = Q(content_type__app_label="wagtailcore", codename__in=["add_page", "change_page", "publish_page"])
PICTURE_RIGHTS = Q(content_type__app_label__in=["wagtailimages", "wagtaildocs"]) & (
    Q(codename__startswith="add_") | Q(codename__startswith="change_") | Q(codename__startswith="choose_")
)
SITE_RIGHTS = Q(content_type__app_label="home", codename__in=["change_siteidentity", "view_siteidentity"]) | Q(
    content_type__app_label="simple_translation", codename="submit_translation"
)
STANDARD = ("help", "accessibility", "privacy", "legal")


@transaction.atomic
def create_default_pages():
    """Front page, my desk, news, help and legal pages, header and footer, one tree per language.

    Names the first hosted organisation. What editors changed, moved or unpublished stays as they left it.
    """
    texts = json.loads(TEXTS.read_text())
    root = Page.get_first_root_node()
    for language, _name in settings.LANGUAGES:
        locale, _created = Locale.objects.get_or_create(language_code=language)
        text = texts[language]
        front = _page(FrontPage, root, locale, "front", slug=language, title=text["front"]["title"])
        pages = {name: _page(StandardPage, front, locale, name, slug=name, **text[name]) for name in STANDARD}
        pages["news"] = _page(NewsIndexPage, front, locale, "news", slug="news", **text["news"])
        _page(StaffHomePage, front, locale, "staff", slug="my-desk", audience=Audience.STAFF, **text["staff"])
        if not front.body:
            front.body = json.dumps(_resolved(text["front"]["body"], pages))
            front.search_description = text["front"]["search_description"]
            front.save()
            reindex_after_commit(front)
        _identity(locale, text["identity"], pages)
    _show(FrontPage.objects.get(translation_key=_key("front"), locale__language_code=settings.LANGUAGE_CODE))
    _let_administrators_edit(root)


@transaction.atomic
def create_sample_news():
    """Two news items per language, for the demonstration."""
    texts = json.loads(TEXTS.read_text())
    for index in NewsIndexPage.objects.filter(translation_key=_key("news")).select_related("locale"):
        for name, day, title, intro, body in texts[index.locale.language_code]["news_items"]:
            _page(
                NewsPage,
                index,
                index.locale,
                f"news/{name}",
                slug=name,
                title=title,
                intro=intro,
                body=body,
                published_on=date.fromisoformat(day),
            )


def _key(name):
    """The same page has the same translation key in every language and every installation."""
    return uuid5(NAMESPACE_URL, f"diwan:page:{name}")


def _page(model, parent, locale, name, **fields):
    page = model.objects.filter(translation_key=_key(name), locale=locale).first()
    if page is None:
        if "body" in fields:
            fields["body"] = json.dumps(fields["body"])
        page = model(translation_key=_key(name), locale=locale, **fields)
        parent.add_child(instance=page)
        reindex_after_commit(page, access=True)
    return page


def _resolved(value, pages):
    """The texts with the names of pages replaced by their keys."""
    if isinstance(value, list):
        return [_resolved(item, pages) for item in value]
    if isinstance(value, dict):
        return {
            key: pages[item].pk if key == "page" and item else _resolved(item, pages) for key, item in value.items()
        }
    return value


def _identity(locale, text, pages):
    if SiteIdentity.objects.filter(locale=locale).exists():
        return
    organisation = Organisation.objects.filter(is_hosted=True).order_by("pk").first()
    links = {
        place: json.dumps([{"type": "link", "value": _resolved(link, pages)} for link in text[place]])
        for place in ("menu", "footer")
    }
    SiteIdentity.objects.create(
        translation_key=_key("identity"),
        locale=locale,
        state=text["state"],
        name=_in(organisation, "name", locale) or settings.WAGTAIL_SITE_NAME,
        contact=_contact(organisation, locale, text["hours"]),
        **links,
    )


def _contact(organisation, locale, hours):
    lines = []
    if organisation is not None:
        phone = ltr(organisation.phone.replace(" ", "\N{NO-BREAK SPACE}"))
        lines = [" · ".join(filter(None, (_in(organisation, "address", locale), phone))), ltr(organisation.email)]
    return format_html("{}<p>{}</p>", format_html_join("", "<p>{}</p>", [(line,) for line in lines if line]), hours)


def _in(obj, field, locale):
    """A field of an organisation in that language, in French where English is missing, in Arabic where all is."""
    names = [f"{field}_{code}" for code in (locale.language_code, "fr", "ar")]
    return next((value for name in names if (value := getattr(obj, name, ""))), "")


def _let_administrators_edit(root):
    """Administrators write, publish and translate pages, keep the pictures, change header and footer."""
    group, _created = Group.objects.get_or_create(name=Role.ADMINISTRATOR)
    for permission in Permission.objects.filter(PAGE_RIGHTS):
        GroupPagePermission.objects.get_or_create(group=group, page=root, permission=permission)
    for permission in Permission.objects.filter(PICTURE_RIGHTS):
        collection = Collection.get_first_root_node()
        GroupCollectionPermission.objects.get_or_create(group=group, collection=collection, permission=permission)
    group.permissions.add(*Permission.objects.filter(SITE_RIGHTS))


def _show(front):
    """The site's address opens our front page; Wagtail's welcome page goes."""
    site = Site.objects.filter(is_default_site=True).first() or Site(hostname="localhost", is_default_site=True)
    if site.root_page_id and issubclass(site.root_page.specific_class, FrontPage):
        return
    welcome = site.root_page if site.root_page_id else None
    site.root_page = front
    site.site_name = settings.WAGTAIL_SITE_NAME
    site.save()
    if welcome is not None and welcome.specific_class is Page:
        welcome.delete()
