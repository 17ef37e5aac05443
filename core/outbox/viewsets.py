"""What waits and what failed, for administrators: names, times and errors, never what a row carries."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet, ModelViewSetGroup

from core.exceptions import BusinessError, NotAllowed
from core.outbox import operations
from core.outbox.enums import MessageState
from core.outbox.models import Job, Message, Worker
from core.outbox.permissions import can_oversee


class OverseenView:
    """Only for those who may oversee; every view of this module starts with it."""

    def dispatch(self, request, *args, **kwargs):
        if not can_oversee(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)


class IndexView(OverseenView, generic.IndexView):
    pass


class InspectView(OverseenView, generic.InspectView):
    def get_last_error_display_value(self):
        return format_html('<pre dir="ltr">{}</pre>', self.object.last_error) if self.object.last_error else "–"


class MessageView(InspectView):
    """One row with its error; a dead one can be given to the workers again."""

    template_name = "outbox/admin/message.html"

    def get_context_data(self, **kwargs):
        return super().get_context_data(is_dead=self.object.state == MessageState.DEAD, **kwargs)

    def post(self, request, *args, **kwargs):
        try:
            operations.retry(self.object, by=request.user)
        except NotAllowed as refusal:
            raise PermissionDenied(str(refusal)) from refusal
        except BusinessError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("The workers will try it again now."))
        return redirect(self.index_url_name)


class OverseenViewSet(ModelViewSet):
    """A list to look at: nothing is added, changed or deleted by hand."""

    index_view_class = IndexView
    inspect_view_enabled = True
    inspect_view_class = InspectView
    copy_view_enabled = False
    add_to_reference_index = False
    search_backend_name = None
    form_fields = ()

    def get_common_view_kwargs(self, **kwargs):
        unused = dict.fromkeys(
            ["history_url_name", "usage_url_name", "delete_url_name", "add_url_name", "edit_url_name"]
        )
        return super().get_common_view_kwargs(**kwargs) | unused

    def get_index_view_kwargs(self, **kwargs):
        return super().get_index_view_kwargs(**kwargs) | {"add_url_name": None, "edit_url_name": None}

    def get_inspect_view_kwargs(self, **kwargs):
        return super().get_inspect_view_kwargs(**kwargs) | {"edit_url_name": None, "delete_url_name": None}

    def get_urlpatterns(self):
        return [
            pattern for pattern in super().get_urlpatterns() if pattern.name in {"index", "index_results", "inspect"}
        ]


class MessageViewSet(OverseenViewSet):
    model = Message
    menu_label = gettext_lazy("Messages and tasks")
    icon = "mail"
    inspect_view_class = MessageView
    inspect_view_fields = ("name", "state", "created_at", "due_at", "attempts", "done_at", "last_error")
    list_filter = ("state", "name")
    list_display = (
        "name",
        Column("get_state_display", label=gettext_lazy("State"), sort_key="state"),
        "attempts",
        DateColumn("created_at", label=gettext_lazy("Asked at"), sort_key="created_at"),
        DateColumn("due_at", label=gettext_lazy("Due at"), sort_key="due_at"),
    )


class JobViewSet(OverseenViewSet):
    model = Job
    menu_label = gettext_lazy("Periodic jobs")
    icon = "time"
    inspect_view_fields = ("name", "due_at", "last_run_at", "failures", "last_error")
    list_display = (
        "name",
        DateColumn("last_run_at", label=gettext_lazy("Last run at")),
        DateColumn("due_at", label=gettext_lazy("Due at")),
        "failures",
    )


class WorkerViewSet(OverseenViewSet):
    model = Worker
    menu_label = gettext_lazy("Workers")
    icon = "cogs"
    inspect_view_fields = ("name", "started_at", "seen_at")
    list_display = (
        "name",
        DateColumn("started_at", label=gettext_lazy("Started at")),
        DateColumn("seen_at", label=gettext_lazy("Last seen")),
    )


class OutboxGroup(ModelViewSetGroup):
    items = (MessageViewSet, JobViewSet, WorkerViewSet)
    menu_label = gettext_lazy("Outbox")
    menu_icon = "mail"
    menu_order = 800
