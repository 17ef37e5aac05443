"""Atom feeds of public circulars, in the language their address names: for strangers, whoever asks."""

from datetime import UTC, datetime

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.contrib.syndication.views import Feed
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.organisations.models import Organisation
from core.public import public_page
from core.text import ltr
from home.circulars.enums import ELI_CODES, OccurrenceKind
from home.circulars.models import Addressee, Occurrence, Theme

ENTRIES = 50
NEVER = datetime(2026, 1, 1, tzinfo=UTC)


class InLanguages(Atom1Feed):
    """Each entry says its own language: a circular without a text in the feed's is shown in the authentic one."""

    def item_attributes(self, item):
        return {"xml:lang": item["language"]}

    def latest_post_date(self):
        """Of an empty feed a moment that does not move, so that it stays the same feed."""
        return super().latest_post_date() if self.items else NEVER


class Circulars(Feed):
    """One entry a circular, the latest published first; its identifier is the permanent address."""

    feed_type = InLanguages
    summary_template = "circulars/feed/circular.html"
    author_name = settings.WAGTAIL_SITE_NAME

    def get_object(self, request, **choice):
        return choice | {"address": settings.PUBLIC_URL + request.path}

    def title(self, choice):
        return _("Circulars")

    def link(self, choice):
        return settings.PUBLIC_URL + reverse("circulars:list")

    def feed_url(self, choice):
        return choice["address"]

    feed_guid = feed_url

    def feed_copyright(self, choice):
        return settings.DATA_LICENCE

    def items(self, choice):
        return self.chosen(choice).filter(kind=OccurrenceKind.PUBLISHED)[:ENTRIES]

    def chosen(self, choice):
        found = Occurrence.objects.visible_to(AnonymousUser())
        found = found.select_related("circular__authority", "circular__current", "act__authority", "act__current")
        return found.prefetch_related("circular__themes").order_by("-at", "-pk")

    def item_title(self, item):
        circular = item.circular
        name = _("%(kind)s no. %(number)s") % {"kind": circular.get_kind_display(), "number": ltr(circular.number)}
        return f"{name} · {circular.current.title}"

    def item_description(self, item):
        """Rendered without the request: nothing of a reader's session may get into a feed."""
        return render_to_string(self.summary_template, {"obj": item, "site_url": settings.PUBLIC_URL})

    def item_link(self, item):
        circular = item.circular
        code = ELI_CODES[circular.best_language()]
        return settings.PUBLIC_URL + reverse("circulars:text", args=[*circular.eli, code])

    def item_guid(self, item):
        return settings.PUBLIC_URL + item.circular.get_absolute_url()

    def item_author_name(self, item):
        return item.circular.authority.name

    def item_pubdate(self, item):
        return item.at

    def item_updateddate(self, item):
        return max(filter(None, (item.circular.current.published_at, item.circular.withdrawn_at)))

    def item_categories(self, item):
        return [item.circular.kind, *(theme.slug for theme in item.circular.themes.all())]

    def item_extra_kwargs(self, item):
        return {"language": item.circular.best_language()}


class OfAuthority(Circulars):
    def get_object(self, request, slug):
        return super().get_object(request, of=get_object_or_404(Organisation, slug=slug))

    def title(self, choice):
        return _("Circulars of %(name)s") % {"name": choice["of"].name}

    def link(self, choice):
        return f"{super().link(choice)}?authority={choice['of'].slug}"

    def chosen(self, choice):
        return super().chosen(choice).filter(circular__authority=choice["of"])


class OfTheme(OfAuthority):
    def get_object(self, request, slug):
        return Circulars.get_object(self, request, of=get_object_or_404(Theme, slug=slug))

    def title(self, choice):
        return _("Circulars about: %(theme)s") % {"theme": choice["of"].name}

    def link(self, choice):
        return f"{Circulars.link(self, choice)}?theme={choice['of'].slug}"

    def chosen(self, choice):
        return Circulars.chosen(self, choice).filter(circular__themes=choice["of"])


class ToOrganisation(OfAuthority):
    def title(self, choice):
        return _("Circulars addressed to %(name)s") % {"name": choice["of"].name}

    def link(self, choice):
        return Circulars.link(self, choice)

    def chosen(self, choice):
        addressed = Addressee.objects.of_organisation(choice["of"]).values("circular")
        return Circulars.chosen(self, choice).filter(circular__in=addressed)


class Changes(Circulars):
    """One entry for everything that happened: new versions, other acts, what the calendar brought."""

    summary_template = "circulars/feed/change.html"

    def title(self, choice):
        return _("Circulars: what changed")

    def items(self, choice):
        return self.chosen(choice).changes()[:ENTRIES]

    def item_title(self, item):
        return f"{item.get_kind_display()} · {super().item_title(item)}"

    def item_guid(self, item):
        host = settings.PUBLIC_URL.partition("//")[2].partition(":")[0]
        return f"tag:{host},{item.day}:{item.circular.get_absolute_url()}#{item.key.replace(' ', '-')}"

    def item_updateddate(self, item):
        return item.at


def _as_view(feed):
    @public_page
    @login_not_required
    @require_safe
    def view(request, language, **choice):
        with translation.override(language):
            return feed(request, **choice)

    return view


circulars, changes = _as_view(Circulars()), _as_view(Changes())
of_authority, of_theme, to_organisation = _as_view(OfAuthority()), _as_view(OfTheme()), _as_view(ToOrganisation())
