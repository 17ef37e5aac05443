from django.core.paginator import Paginator
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page, PageManager, PageQuerySet, TranslatableMixin

from core.dates import today
from core.organisations.permissions import is_staff_today
from home.blocks import FRONT_BLOCKS, LINE_FEATURES, LINKS, PAGE_BLOCKS, STAFF_BLOCKS
from home.enums import Audience


class DiwanPage(Page):
    """What all our pages share: an audience instead of Wagtail's passwords and groups."""

    audience = models.CharField(_("audience"), max_length=8, choices=Audience, default=Audience.PUBLIC)

    private_page_options = []
    settings_panels = [FieldPanel("audience"), *Page.settings_panels]

    class Meta:
        abstract = True

    @transaction.atomic
    def publish(self, *args, **kwargs):
        """As Wagtail publishes, all or nothing: so that who listens is never told of what did not happen."""
        super().publish(*args, **kwargs)


class FrontPage(DiwanPage):
    """The public front page of one language: root of that language's tree."""

    body = StreamField(FRONT_BLOCKS, verbose_name=_("content"), blank=True)

    template = "home/front_page.html"
    parent_page_types = ["wagtailcore.Page"]
    content_panels = [*Page.content_panels, FieldPanel("body")]

    class Meta:
        verbose_name = _("front page")
        verbose_name_plural = _("front pages")


class StaffHomePage(DiwanPage):
    """“My desk”: what waits for the reader, computed; around it what editors add."""

    body = StreamField(STAFF_BLOCKS, verbose_name=_("content"), blank=True)

    template = "home/staff_home_page.html"
    parent_page_types = ["home.FrontPage"]
    subpage_types = []
    content_panels = [*Page.content_panels, FieldPanel("body")]

    class Meta:
        verbose_name = _("staff home page")
        verbose_name_plural = _("staff home pages")


class StandardPage(DiwanPage):
    intro = models.TextField(_("introduction"), blank=True)
    body = StreamField(PAGE_BLOCKS, verbose_name=_("content"), blank=True)

    template = "home/standard_page.html"
    parent_page_types = ["home.FrontPage", "home.StandardPage"]
    content_panels = [*Page.content_panels, FieldPanel("intro"), FieldPanel("body")]

    class Meta:
        verbose_name = _("standard page")
        verbose_name_plural = _("standard pages")


class NewsIndexPage(DiwanPage):
    intro = models.TextField(_("introduction"), blank=True)

    template = "home/news_index_page.html"
    subpage_types = ["home.NewsPage"]
    parent_page_types = ["home.FrontPage"]
    content_panels = [*Page.content_panels, FieldPanel("intro")]

    def get_context(self, request, *args, **kwargs):
        news = NewsPage.objects.visible_to(request.user).latest_first()
        page = Paginator(news, 10).get_page(request.GET.get("page"))
        return {**super().get_context(request, *args, **kwargs), "page_obj": page}

    class Meta:
        verbose_name = _("list of news")
        verbose_name_plural = _("lists of news")


class NewsPageQuerySet(PageQuerySet):
    def visible_to(self, user):
        """Published news; those for staff only to staff."""
        news = self.live()
        return news if is_staff_today(user) else news.filter(audience=Audience.PUBLIC)

    def latest_first(self):
        """In the active language, the latest first."""
        return self.filter(locale__language_code=get_language()).order_by("-published_on", "-pk")


class NewsPage(DiwanPage):
    published_on = models.DateField(_("date"), default=today)
    intro = models.TextField(_("introduction"))
    body = StreamField(PAGE_BLOCKS, verbose_name=_("content"), blank=True)

    objects = PageManager.from_queryset(NewsPageQuerySet)()

    template = "home/news_page.html"
    parent_page_types = ["home.NewsIndexPage"]
    subpage_types = []
    content_panels = [*Page.content_panels, FieldPanel("published_on"), FieldPanel("intro"), FieldPanel("body")]

    class Meta:
        verbose_name = _("news item")
        verbose_name_plural = _("news items")


SEARCHED = (FrontPage, StandardPage, NewsIndexPage, NewsPage)  # pages that say something by themselves


def pages_visible_to(user):
    """Published pages that say something by themselves; those for staff only to staff."""
    audiences = Audience.values if is_staff_today(user) else [Audience.PUBLIC]
    meant = Q(pk__in=())
    for model in SEARCHED:
        meant |= Q(pk__in=model.objects.filter(audience__in=audiences).values("pk"))
    return Page.objects.live().filter(meant)


class SiteIdentity(TranslatableMixin, models.Model):
    """What stands above and below every page, once per language: who we are, the menu, the footer."""

    state = models.CharField(_("line above the name"), max_length=80, blank=True)
    name = models.CharField(_("name of the administration"), max_length=120)
    contact = RichTextField(_("address and hours"), features=LINE_FEATURES, blank=True)
    menu = StreamField(LINKS, verbose_name=_("menu"), blank=True)
    footer = StreamField(LINKS, verbose_name=_("links of the footer"), blank=True)

    panels = [
        MultiFieldPanel([FieldPanel("state"), FieldPanel("name"), FieldPanel("contact")], heading=_("Identity")),
        FieldPanel("menu"),
        FieldPanel("footer"),
    ]

    class Meta(TranslatableMixin.Meta):
        verbose_name = _("header and footer")
        verbose_name_plural = _("headers and footers")

    def __str__(self):
        return f"{self.name} ({self.locale})"

    def links(self, place):
        """The entries of `menu` or `footer` that lead somewhere here."""
        return [block.value for block in getattr(self, place) if block.value.url]
