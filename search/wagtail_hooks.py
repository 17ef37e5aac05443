from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from search import views_admin
from search.permissions import can_tune


class TuningItem(MenuItem):
    def is_shown(self, request):
        return can_tune(request.user)


@hooks.register("register_admin_urls")
def urls():
    return [
        path("search-tuning/", views_admin.tune, name="search_tuning"),
        path("search-tuning/<int:key>/restore/", views_admin.restore, name="search_tuning_restore"),
    ]


@hooks.register("register_settings_menu_item")
def menu_item():
    return TuningItem(_("Search"), reverse("search_tuning"), icon_name="search", order=700)
