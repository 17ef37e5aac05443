from types import SimpleNamespace

from django.db.models import F
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page

from core.dates import local_date
from home.acl import acl_of
from home.models import SEARCHED, DiwanPage, pages_visible_to

from ..contract import Record
from .base import Scope, Shown, Text, passages_of


class PageScope(Scope):
    """Pages that editors write: the front page, standard pages, news."""

    kind = "page"
    label = _("page")
    model = Page
    columns = ("title", "url_path", "last_published_at", "published_on")

    def visible_to(self, user):
        return pages_visible_to(user).annotate(published_on=F("newspage__published_on"))

    def documents(self):
        return Page.objects.live().type(*SEARCHED).specific().select_related("locale")

    def record(self, page, version):
        return Record(
            doc_id=self.doc_id(page.pk),
            version=version,
            kind=self.kind,
            acl=acl_of(page),
            passages=passages_of([self._text(page)]),
            dated=_day(page),
        )

    def shown(self, pages, user):
        sites = SimpleNamespace()  # where Wagtail keeps, for all of them, which sites there are
        return {page.pk: Shown(title=page.title, url=_url(page, sites), dated=_day(page)) for page in pages}

    def address(self, page, passage, user, files=()):
        return ""  # a page has no other place than its own

    def keys_of(self, obj):
        return [obj.pk] if isinstance(obj, (Page, DiwanPage)) else []

    def _text(self, page):
        body = getattr(page, "body", None)
        parts = body.stream_block.get_searchable_content(body) if body is not None else []
        intro = getattr(page, "intro", "")
        return Text(page.title, (intro, *map(str, parts)), page.locale.language_code)


def _url(page, sites):
    parts = page.get_url_parts(sites)
    return (parts and parts[2]) or ""


def _day(page):
    if published_on := getattr(page, "published_on", None):
        return published_on
    return local_date(page.last_published_at) if page.last_published_at else None
