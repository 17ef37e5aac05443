"""What stands around every page: identity, languages, menu, footer, theme. Computed only when a template asks."""

from django.conf import settings
from django.core.cache import caches
from django.urls import reverse, translate_url
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import get_language, get_language_from_path, override
from django.utils.translation import gettext as _
from wagtail.models import Page

from core import panels, public
from core.appearance import theme_of
from core.formats import offset_text
from core.organisations.enums import Role
from core.organisations.permissions import roles_of
from home.models import SiteIdentity


def chrome(request):
    return {"chrome": Chrome(request)}


def identity_in(language) -> dict:
    """Name, contact and links of the site in `language`, remembered by this process until something public changes."""
    remembered, key = caches["template_fragments"], "identity:{}:{}:{}".format(language, *public.stamp())
    found = remembered.get(key)
    if found is None:
        row = SiteIdentity.objects.filter(locale__language_code=language).select_related("locale").first()
        row = row or SiteIdentity(name=_("Diwan"))
        found = {"state": row.state, "name": row.name, "contact": row.contact}
        found |= {place: [(link.title, link.url) for link in row.links(place)] for place in ("menu", "footer")}
        remembered.set(key, found)
    return found


class Chrome:
    def __init__(self, request):
        self.request = request

    @property
    def theme(self):
        return theme_of(self.request)

    @property
    def offset(self):
        return offset_text(timezone.now())

    @cached_property
    def is_staff(self):
        user = getattr(self.request, "user", None)
        return user is not None and user.is_authenticated

    @property
    def user_name(self):
        return self.request.user.get_full_name()

    @cached_property
    def edition(self):
        """Which state of what editors and administrators show to strangers; pieces of pages are kept for each."""
        return public.stamp()

    @cached_property
    def identity(self):
        """What editors wrote above and below every page of this language."""
        return identity_in(get_language())

    @property
    def front_url(self):
        return reverse("wagtail_serve", args=[""])

    @property
    def home_url(self):
        return reverse("home:staff") if self.is_staff else self.front_url

    # --- languages ---------------------------------------------------------------------------------------------

    @cached_property
    def languages(self):
        """This very page in each language, with its filters; of a page of the site, its translation."""
        current = get_language()
        return [
            {"code": code, "name": name, "url": self._url_in(code), "is_current": code == current}
            for code, name in settings.LANGUAGES
        ]

    def _url_in(self, code):
        if self._page is not None:
            return self._translations.get(code) or self._front_in(code)
        here = self.request.get_full_path()
        named = get_language_from_path(self.request.path_info)
        if named and self.request.resolver_match is not None:
            return here.replace(f"/{named}/", f"/{code}/", 1)  # no address is written differently in another language
        there = translate_url(here, code)
        if there == here and code != get_language():  # an address without language, or one that leads nowhere
            return self._with_language(code)
        return there

    def _with_language(self, code):
        query = self.request.GET.copy()
        query["lang"] = code
        return f"{self.request.path}?{query.urlencode()}"

    def _front_in(self, code):
        with override(code):
            return self.front_url

    @cached_property
    def _page(self):
        match = self.request.resolver_match
        if match is None or match.url_name != "wagtail_serve":
            return None
        route = Page.route_for_request(self.request, match.args[0] if match.args else match.kwargs.get("path", ""))
        return route[0] if route else None

    @cached_property
    def _translations(self):
        pages = self._page.get_translations(inclusive=True).filter(live=True).select_related("locale")
        return {page.locale.language_code: page.get_url(self.request) for page in pages}

    # --- menus -------------------------------------------------------------------------------------------------

    @cached_property
    def menu(self):
        return self._staff_menu() if self.is_staff else self._links("menu")

    @property
    def is_searching(self):
        """Whether the page itself is a search, so that the bar above it needs none."""
        match = self.request.resolver_match
        return match is not None and match.view_name == "search:results"

    @property
    def here(self):
        """Where in a stranger's menu this page lies: all that makes it differ from one page to the next."""
        return " ".join(item["url"] for item in self.menu if item["is_current"])

    @cached_property
    def footer_links(self):
        return self._links("footer")

    def _links(self, place):
        return [self._item(title, url) for title, url in self.identity[place]]

    def _staff_menu(self):
        items = [self._item(_("My desk"), reverse("home:staff"))]
        items += [self._item(entry.label, entry.url, entry.count) for entry in panels.entries(self.request)]
        if Role.ADMINISTRATOR in roles_of(self.request.user):
            items.append(self._item(_("Administration"), reverse("wagtailadmin_home")))
        return items

    def _item(self, title, url, count=0):
        return {"title": title, "url": url, "count": count, "is_current": self._is_here(url)}

    def _is_here(self, url):
        """The page itself, or the section it lies in; the front page only when it is the page itself."""
        path = self.request.path
        return path == url or (url.count("/") > 2 and path.startswith(url))
