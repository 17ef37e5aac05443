from wagtail import hooks

from home.circulars import action_menu, viewsets  # noqa: F401  viewsets registers the lists of the administration
from home.circulars.models import Circular


@hooks.register("construct_snippet_action_menu")
def arrange_buttons(menu_items, request, context):
    if context["model"] is Circular:
        action_menu.arrange(menu_items, context)
