"""The register as a book: lists, print, export, one line with its history, and what clerks may do to it."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from core.evidence import book, exports, operations, permissions
from core.evidence.forms_book import AskAnnulmentForm, BookFilter, RectifyForm
from core.exceptions import BusinessError
from core.registers.models import Entry, Register
from core.spreadsheets import MEDIA_TYPES

PRINTED_AT_ONCE = 200
_CUT = "<!-- lines -->"


@require_GET
def registers(request):
    """The registers a person may open, and the annulments that wait for a second clerk."""
    context = {"registers": book.registers_of(request.user), "requests": book.waiting_requests(request.user)}
    return _only_for_readers(request, "list.html", context)


@require_GET
def register(request, organisation, year, direction):
    """One register, narrowed by the filters in the address, as of a day if one is given."""
    row = _register(request, organisation, year, direction)
    form = BookFilter(request.GET)
    values = form.values()
    page = Paginator(book.select(row, values), book.PAGE).get_page(request.GET.get("page"))
    context = {"register": row, "slug": direction, "filter": form, "values": values, "page": page}
    return TemplateResponse(request, f"registers/{'_book.html' if request.htmx else 'book.html'}", context)


@require_GET
def print_register(request, organisation, year, direction):
    """Every line on A4, annulled ones struck; sent as it is read, however long the year was."""
    row = _register(request, organisation, year, direction)
    values = BookFilter(request.GET).values()
    context = {"register": row, "values": values, "cut": _CUT}
    before, after = render_to_string("registers/print.html", context, request).split(_CUT)
    lines = book.select(row, values).iterator(PRINTED_AT_ONCE)
    return StreamingHttpResponse(_printed(before, lines, after, get_language()))


@require_GET
def export_register(request, organisation, year, direction, kind):
    """The filtered register as CSV or XLSX."""
    row = _register(request, organisation, year, direction)
    entries = book.select(row, BookFilter(request.GET).values())
    media_type = MEDIA_TYPES[kind]
    headers = {"Content-Disposition": f'attachment; filename="{row}.{kind}"'}
    if kind == "xlsx":
        return HttpResponse(exports.as_xlsx(entries), media_type, headers=headers)
    lines = _in_language(exports.as_csv(entries), get_language())
    return StreamingHttpResponse(lines, content_type=media_type, headers=headers)


@require_GET
def entry(request, number):
    """One line: its words, state and links, what happened to it, and what the reader may do."""
    row = _entry(request, number)
    asked = permissions.open_request(row)
    context = {
        "entry": row,
        "labels": {column: book.label(column, getattr(row, column)) for column in ("nature", "channel", "support")},
        "slug": book.direction_slug(row.direction),
        "history": book.history(row),
        "asked": asked,
        "may_ask": permissions.can_ask_annulment(request.user, row),
        "may_rectify": permissions.can_rectify(request.user, row) and not row.body.is_erased and not row.is_masked,
        "may_decide": permissions.can_decline_annulment(request.user, row),
    }
    return TemplateResponse(request, "registers/entry.html", context)


@require_http_methods(["GET", "POST"])
def ask_annulment(request, number):
    """Ask another clerk to annul the line."""
    row = _kept(request, number)
    form = AskAnnulmentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        done = _("The annulment is asked for. Another clerk must confirm it.")
        if _did(request, lambda: operations.ask_annulment(row, by=request.user, **form.cleaned_data), done):
            return redirect("registers:entry", row.number_text)
    return _act(request, "annul.html", row, form)


@require_http_methods(["GET", "POST"])
def decide_annulment(request, number):
    """Confirm or decline the annulment a clerk asked for."""
    row = _kept(request, number)
    if request.method == "POST":
        if request.POST.get("decision") == "confirm":
            act, done = operations.confirm_annulment, _("The entry is annulled. Its line stays in the register.")
        else:
            act, done = operations.decline_annulment, _("The annulment is declined. The entry stays valid.")
        _did(request, lambda: act(row, by=request.user), done)
        return redirect("registers:entry", row.number_text)
    asked = permissions.open_request(row)
    if asked is None:
        return redirect("registers:entry", row.number_text)
    context = {
        "asked": asked,
        "note": asked.asked_event.body.personal.get("note", "") if hasattr(asked.asked_event, "body") else "",
        "may_confirm": permissions.can_confirm_annulment(request.user, row),
    }
    return _act(request, "decide.html", row, None, **context)


@require_http_methods(["GET", "POST"])
def rectify(request, number):
    """Correct a typing error: the line stays and names the new one, which shows what changed."""
    row = _kept(request, number)
    if row.body.is_erased or row.is_masked:
        raise Http404
    form = RectifyForm(request.POST or None, entry=row)
    if request.method == "POST" and form.is_valid():
        try:
            reason = form.cleaned_data["reason"]
            new = operations.rectify(row, by=request.user, changes=form.changes(), reason=reason)
        except BusinessError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The entry is rectified by %(number)s.") % {"number": new.number_text})
            return redirect("registers:entry", new.number_text)
    return _act(request, "rectify.html", row, form)


def _only_for_readers(request, template, context):
    if not book.may_read(request.user):
        raise Http404
    return TemplateResponse(request, f"registers/{template}", context)


def _register(request, organisation, year, direction):
    registers = Register.objects.visible_to(request.user).select_related("organisation")
    return get_object_or_404(
        registers, organisation__code=organisation, year=year, direction=book.SLUGS[direction].value
    )


def _entry(request, number):
    return get_object_or_404(book.lines(Entry.objects.visible_to(request.user).numbered(number)))


def _kept(request, number):
    """An entry of a register the person keeps; auditors only read."""
    row = _entry(request, number)
    if not permissions.can_keep_register(request.user, row):
        raise Http404
    return row


def _act(request, template, row, form, **context):
    context |= {"entry": row, "form": form, "slug": book.direction_slug(row.direction)}
    return TemplateResponse(request, f"registers/{template}", context)


def _did(request, act, done) -> bool:
    """Whether the operation was done; a refusal is said at the top of the page."""
    try:
        act()
    except BusinessError as refusal:
        messages.error(request, str(refusal))
        return False
    messages.success(request, done)
    return True


def _printed(before, lines, after, language):
    """The page in pieces; each is rendered in the reader's language, which the request has left by then."""
    yield before
    batch = []
    for line in lines:
        batch.append(line)
        if len(batch) == PRINTED_AT_ONCE:
            yield _printed_lines(batch, language)
            batch = []
    yield _printed_lines(batch, language)
    yield after


def _printed_lines(batch, language):
    with override(language):
        return render_to_string("registers/_print_lines.html", {"lines": batch})


def _in_language(pieces, language):
    while True:
        with override(language):
            piece = next(pieces, None)
        if piece is None:
            return
        yield piece
