"""The buttons below the editor of a circular: what Wagtail offers, less what only a second person does."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail.snippets.action_menu import (
    ActionMenuItem,
    CancelWorkflowMenuItem,
    PublishMenuItem,
    RestartWorkflowMenuItem,
    SubmitForModerationMenuItem,
    UnpublishMenuItem,
    WorkflowMenuItem,
)

from home.circulars import permissions

_REPLACED = (
    PublishMenuItem,
    UnpublishMenuItem,
    WorkflowMenuItem,
    SubmitForModerationMenuItem,
    CancelWorkflowMenuItem,
    RestartWorkflowMenuItem,
)


class SubmitMenuItem(SubmitForModerationMenuItem):
    def get_context_data(self, parent_context):
        return super().get_context_data(parent_context) | {"label": _("Submit for approval")}


class TakeBackMenuItem(CancelWorkflowMenuItem):
    label = _("Take it back to change it")
    icon_name = "undo"


class ReviewMenuItem(ActionMenuItem):
    name = "action-review"
    label = _("Read it and decide")
    icon_name = "success"

    def is_shown(self, context):
        circular = context.get("instance")
        waits = bool(circular and circular.workflow_in_progress)
        return waits and permissions.can_review(context["request"].user, circular)

    def get_url(self, parent_context):
        return reverse("wagtailsnippets_circulars_circular:review", args=[parent_context["instance"].pk])


def arrange(items, context) -> None:
    """Put the buttons of a circular in their place; the list is changed."""
    kept = [item for item in items if not isinstance(item, _REPLACED)]
    own = (ReviewMenuItem(order=0), TakeBackMenuItem(order=40), SubmitMenuItem(order=60))
    shown = [item for item in own if item.is_shown(context)]
    items[:] = sorted([*shown, *kept], key=lambda item: item.order)
