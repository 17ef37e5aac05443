"""What was read from the files of drafts, beside their pages, to be compared and put right."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.exceptions import BusinessError
from core.files import previews
from core.files.models import FilePage
from home.circulars import operations, permissions
from home.circulars.forms import ProofForm
from home.circulars.models import CircularFile


@require_safe
def texts(request):
    """The originals of unpublished circulars, those with the most left to compare first."""
    if not permissions.works_on_circulars(request.user):
        raise Http404
    rows = CircularFile.objects.to_proofread(request.user).filter(circular__current=None).with_compared()
    page = Paginator(rows.select_related("circular__authority", "file").order_by("-pk"), 50).get_page(
        request.GET.get("p")
    )
    return _answer(request, "texts", {"page": page})


@require_http_methods(["GET", "POST"])
def text(request, pk):
    """One page as a picture and its text to be put right; saved page by page."""
    row, number = _row(request.user, pk), _number(request)
    read = {page.number: page for page in FilePage.objects.filter(file=row.file)}
    pages = row.file.pages or len(read) or 1
    if not 1 <= number <= pages:
        raise Http404
    parts = operations.page_paragraphs(read[number]) if number in read else []
    form = ProofForm(request.POST or None, initial={"text": "\n\n".join(parts)})
    if request.method == "POST" and form.is_valid():
        try:
            operations.proofread(row, page=number, text=form.cleaned_data["text"], by=request.user)
        except BusinessError as refused:
            form.add_error("text", str(refused.message))
        else:
            messages.success(request, _("Page %(page)s is saved.") % {"page": number})
            return redirect(f"{row.get_text_url()}?page={min(number + 1, pages)}")
    context = {
        "row": row,
        "form": form,
        "number": number,
        "pages": [{"number": n, "is_proofread": n in read and read[n].is_corrected} for n in range(1, pages + 1)],
        "is_there": number in read,
        "is_recognised": any(page.is_recognised for page in read.values()),
        "language": row.language or "ar",
    }
    return _answer(request, "text", context, row)


@require_safe
def picture(request, pk, page):
    """A page as it looks."""
    row = _row(request.user, pk)
    if not 1 <= page <= (row.file.pages or 1) or not row.file.is_openable:
        raise Http404
    response = HttpResponse(previews.preview(row.file, page), content_type="image/png")
    response["Cache-Control"] = "private, max-age=3600"
    return response


@require_POST
def take(request, pk):
    """All pages become the text of the draft."""
    row = _row(request.user, pk)
    try:
        operations.use_as_text(row, by=request.user)
    except BusinessError as refused:
        messages.error(request, str(refused.message))
        return redirect(row.get_text_url())
    messages.success(request, _("The text is in the draft. Read it once more there, then submit it."))
    return redirect(reverse("wagtailsnippets_circulars_circular:edit", args=[row.circular_id]))


def _row(user, pk) -> CircularFile:
    rows = CircularFile.objects.to_proofread(user).select_related("circular__authority", "file")
    return get_object_or_404(rows, pk=pk)


def _number(request):
    number = request.GET.get("page", "1")
    return int(number) if number.isdecimal() and len(number) < 5 else 0


def _answer(request, name, context, row=None):
    title = _("Texts to proof-read")
    crumbs = [{"url": reverse("circular_imports:texts"), "label": title}]
    crumbs += [{"url": "", "label": str(row.circular)}] if row else []
    header = {"breadcrumbs_items": crumbs, "header_title": title, "page_title": title, "header_icon": "doc-full"}
    return TemplateResponse(request, f"circulars/cms/{name}.html", context | header)
