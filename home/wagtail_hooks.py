from django.http import Http404
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from core.organisations.permissions import is_staff_today
from home.enums import Audience
from home.models import SiteIdentity


@hooks.register("before_serve_page")
def check_audience(page, request, args, kwargs):
    """A page for staff does not exist for anybody else."""
    if getattr(page, "audience", Audience.PUBLIC) == Audience.STAFF and not is_staff_today(request.user):
        raise Http404


@hooks.register("insert_global_admin_css")
def admin_css():
    return format_html('<link rel="stylesheet" href="{}">', static("admin.css"))


@hooks.register("construct_help_menu")
def keep_help_in_the_house(request, menu_items):
    """Wagtail's news and guide lead to another site, in the language of whoever asked for the menu first."""
    menu_items[:] = [item for item in menu_items if item.url.startswith(("/", "#"))]


class SiteIdentityViewSet(SnippetViewSet):
    model = SiteIdentity
    icon = "site"
    menu_label = _("Header and footer")
    menu_order = 250
    add_to_admin_menu = True
    list_display = ["name", "locale"]


register_snippet(SiteIdentityViewSet)
