"""Legacy stocks in Wagtail's administration: a table, its PDFs, the check with its report, then the import."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.exceptions import BusinessError
from core.organisations.enums import Role
from core.organisations.models import Organisation
from core.organisations.permissions import organisation_ids_of
from core.spreadsheets import MEDIA_TYPES
from home.circulars import operations, permissions, reports
from home.circulars.enums import ImportState, LineState
from home.circulars.forms import ArchiveForm, ImportForm
from home.circulars.legacy import folders
from home.circulars.models import ImportRun

PER_PAGE = 100


@require_http_methods(["GET", "POST"])
def imports(request):
    """The imports of one's administrations, and the form that begins another."""
    form = ImportForm(request.POST or None, request.FILES or None, bodies=_bodies(request.user))
    if request.method == "POST" and form.is_valid():
        table = form.cleaned_data["table"]
        try:
            run = operations.prepare_import(
                table, name=table.name, authority=form.cleaned_data["authority"], by=request.user
            )
        except BusinessError as refused:
            form.add_error("table", str(refused.message))
        else:
            return redirect(run)
    runs = ImportRun.objects.visible_to(request.user).select_related("authority", "by")
    page = Paginator(runs, 20).get_page(request.GET.get("p"))
    return _answer(request, "imports", {"form": form, "page": page})


@require_safe
def show(request, public_id):
    """How far an import is, and the report of its lines; those that were refused first of all."""
    return _show(request, _run(request.user, public_id), ArchiveForm())


@require_POST
def archive(request, public_id):
    """More PDFs."""
    run = _run(request.user, public_id)
    form = ArchiveForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            count = operations.add_archive(run, form.cleaned_data["archive"], by=request.user)
        except BusinessError as refused:
            form.add_error("archive", str(refused.message))
        else:
            said = ngettext("%(count)d PDF file is here now.", "%(count)d PDF files are here now.", count)
            messages.success(request, said % {"count": count})
            return redirect(run)
    return _show(request, run, form)


@require_POST
def check(request, public_id):
    """Have everything checked; nothing is written."""
    return _act(request, public_id, operations.ask_to_check)


@require_POST
def start(request, public_id):
    """Have everything imported that has no fault."""
    return _act(request, public_id, operations.ask_to_bring_in)


@require_safe
def report(request, public_id, kind):
    """Every line with its state and reasons."""
    run = _run(request.user, public_id)
    response = HttpResponse(reports.write(run.lines.all(), kind), content_type=MEDIA_TYPES[kind])
    response["Content-Disposition"] = content_disposition_header(True, f"import-{run.created_at:%Y%m%d-%H%M}.{kind}")
    return response


def _act(request, public_id, verb):
    run = _run(request.user, public_id)
    try:
        verb(run, by=request.user)
    except BusinessError as refused:
        messages.error(request, str(refused.message))
    return redirect(run)


def _show(request, run, form):
    lines = run.lines.all()
    shown = lines.exclude(problems=[]) if run.state != ImportState.CHECKING else lines.none()
    page = Paginator(shown.select_related("circular__authority"), PER_PAGE).get_page(request.GET.get("p"))
    context = {
        "run": run,
        "form": form,
        "pdfs": folders.count(run.public_id) if run.is_open else 0,
        "refusal": reports.refusal(run),
        "told": reports.form(run),
        "counts": reports.counts(list(lines.values_list("state", flat=True))),
        "rows": reports.rows(page),
        "page": page,
        "is_ready": run.state == ImportState.CHECKED and lines.filter(state=LineState.READY).exists(),
        "may_start": permissions.can_bring_in(request.user, run),
        "own": operations.OWN_IMPORT if permissions.is_own_import(request.user, run) else "",
    }
    return _answer(request, "import", context, run)


def _bodies(user):
    """The administrations whose editor or publisher one is; for others there is nothing here."""
    keys = organisation_ids_of(user, role=Role.CIRCULAR_EDITOR) | organisation_ids_of(
        user, role=Role.CIRCULAR_PUBLISHER
    )
    if not keys:
        raise Http404
    return Organisation.objects.filter(pk__in=keys)


def _run(user, public_id) -> ImportRun:
    return get_object_or_404(ImportRun.objects.visible_to(user).select_related("authority", "by"), public_id=public_id)


def _answer(request, name, context, run=None):
    title = _("Import of a legacy stock")
    crumbs = [{"url": reverse("circular_imports:index"), "label": title}]
    crumbs += [{"url": "", "label": run.table_name}] if run else []
    header = {"breadcrumbs_items": crumbs, "header_title": title, "page_title": title, "header_icon": "upload"}
    return TemplateResponse(request, f"circulars/cms/{name}.html", context | header)
