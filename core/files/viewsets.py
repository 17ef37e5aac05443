"""How far the text of all files is known, for administrators: counts and reasons, never a name or a word."""

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext_lazy, ngettext
from wagtail.admin import messages
from wagtail.admin.ui.tables import Column, DateColumn

from core.exceptions import NotAllowed
from core.files import operations_text, reading
from core.files.enums import ReadState
from core.files.models import StoredFile
from core.outbox.viewsets import IndexView, InspectView, OverseenViewSet

AT_ONCE = 1000


class TextsView(IndexView):
    """Counts of all; below, what was looked at and is not readable, or not to its end."""

    template_name = "files/admin/texts.html"
    page_title = gettext_lazy("Texts of files")

    def get_base_queryset(self):
        return StoredFile.objects.not_whole().select_related("organisation").order_by("-read_at", "-pk")

    def get_context_data(self, **kwargs):
        counted = dict(StoredFile.objects.readable().values_list("reading").annotate(Count("pk")).order_by())
        return super().get_context_data(
            counts=[(state.label, counted.get(state.value, 0)) for state in ReadState],
            total=sum(counted.values()),
            looked_at=sum(counted.values()) - counted.get(ReadState.WAITING.value, 0),
            can_recognise=bool(reading.languages()),
            **kwargs,
        )

    def post(self, request, *args, **kwargs):
        files = StoredFile.objects.not_whole().filter(reading=ReadState.NOT_NOW).order_by("pk")[:AT_ONCE]
        return _read_again(self, request, list(files))


class TextView(InspectView):
    """One file, which can be read again."""

    template_name = "files/admin/text.html"

    def get_object(self, queryset=None):
        return get_object_or_404(StoredFile.objects.readable(), pk=unquote(str(self.kwargs["pk"])))

    def get_page_subtitle(self):
        return _reference(self.object)

    def post(self, request, *args, **kwargs):
        return _read_again(self, request, [self.object])


def _read_again(view, request, files):
    try:
        operations_text.read_again(files, by=request.user)
    except NotAllowed as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    said = ngettext("%(count)s file will be read again.", "%(count)s files will be read again.", len(files)) % {
        "count": len(files)
    }
    messages.success(request, said)
    return redirect(view.index_url_name)


def _reference(file) -> str:
    """What stands for a file here: its name may say whom it is about."""
    return str(file.public_id)[:8]


class TextsViewSet(OverseenViewSet):
    model = StoredFile
    name = url_prefix = "file_texts"
    menu_label = gettext_lazy("Texts of files")
    menu_order = 810
    add_to_admin_menu = True
    icon = "doc-full"
    index_view_class = TextsView
    inspect_view_class = TextView
    inspect_view_fields = ("public_id", "organisation", "kind", "size", "pages", "reading", "read_problem", "read_at")
    list_filter = ("reading", "read_problem", "kind", "organisation")
    list_display = (
        Column(_reference, label=gettext_lazy("Reference")),
        Column("organisation", label=gettext_lazy("Organisation")),
        Column("get_kind_display", label=gettext_lazy("Kind")),
        Column("get_reading_display", label=gettext_lazy("State")),
        Column("get_read_problem_display", label=gettext_lazy("Why not")),
        DateColumn("read_at", label=gettext_lazy("Read at")),
    )
