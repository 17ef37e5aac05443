"""The desk: the list of letters, a letter with the document beside the act, the counter."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.evidence.receipts import receipt_for
from core.exceptions import BusinessError
from core.files import links
from core.files.operations import receive
from core.organisations.enums import Role
from core.organisations.models import Organisation
from core.organisations.permissions import organisation_ids_of, unit_ids_of
from core.registers.numbers import parse_number
from core.text import clean_line
from eservices.correspondence import desk, export, forms, history, operations, permissions, sender
from eservices.correspondence.enums import Channel, Event, OutgoingEvent, Support
from eservices.correspondence.models import CallTask, Party, WorkItem


@dataclass(frozen=True)
class Act:
    """One act of the desk: its form and operation; `files` names the fields whose uploads are stored first."""

    form: type
    operation: Any
    done: Any
    files: tuple[str, ...] = ()


def _acts():
    return {
        Event.ASSIGN: Act(forms.AssignForm, operations.assign, _("The letter is assigned.")),
        Event.TAKE: Act(forms.TakeForm, operations.take, _("Your unit has taken charge of the letter.")),
        Event.REASSIGN: Act(forms.ReassignForm, operations.reassign, _("The letter is assigned to another unit.")),
        Event.SEND_BACK: Act(forms.SendBackForm, operations.send_back, _("The letter is back at the registry office.")),
        Event.REQUEST_PIECES: Act(
            forms.RequestPiecesForm, operations.request_pieces, _("The sender is asked for the missing documents.")
        ),
        Event.PIECES_RECEIVED: Act(
            forms.PiecesReceivedForm, operations.receive_pieces, _("The documents are added."), files=("files",)
        ),
        Event.EXTEND: Act(forms.ExtendForm, operations.extend, _("The time limit is extended.")),
        Event.REDIRECT: Act(forms.RedirectForm, operations.redirect, _("The letter is redirected.")),
        Event.NO_ACTION: Act(forms.NoActionForm, operations.no_action, _("The letter is closed.")),
        Event.DUPLICATE: Act(forms.DuplicateForm, operations.mark_duplicate, _("The letter is closed as a duplicate.")),
        Event.REOPEN: Act(forms.ReopenForm, operations.reopen, _("The letter is open again.")),
        OutgoingEvent.DISPATCH_ANSWER: Act(
            forms.AnswerForm, operations.dispatch_answer, _("The answer is numbered and sent."), files=("pdf",)
        ),
    }


@require_GET
def inbox(request):
    """The list of letters a person may see, narrowed by the filters in the address."""
    values = desk.DeskFilter(request.GET).values()
    listed = desk.listed(request.user, values, request.GET.get("page", "1"))
    context = {
        "filter": desk.DeskFilter(values),
        "values": values,
        "tabs": desk.tabs(listed.counts, values, request),
        "page": listed.page,
        "is_cut": listed.is_cut,
        "sorts": desk.sort_links(values, request),
        "assign_form": _bulk_form(request, listed.page),
        "registries": _kept_registries(request.user),
    }
    template = "_desk_list.html" if request.htmx else "desk.html"
    return TemplateResponse(request, f"correspondence/{template}", context)


@require_GET
def export_list(request, kind):
    """The whole filtered list as CSV or XLSX, trimmed like the page."""
    values = desk.DeskFilter(request.GET).values()
    visible = WorkItem.objects.visible_to(request.user)
    items = desk.select(desk.narrow(visible, values), values, request.user).for_display()
    content, media_type = export.write(items, kind)
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="diwan-desk.{kind}"'
    return response


@require_POST
def bulk_assign(request):
    """Assign every marked letter to one unit; what could not be assigned is said letter by letter."""
    visible = WorkItem.objects.visible_to(request.user).for_display()
    numbers = [number.text for number in map(parse_number, request.POST.getlist("n")) if number]
    items = list(visible.numbered(*numbers))
    back = redirect(f"{reverse('correspondence:desk')}?{request.POST.get('list', '')}")
    if not items:
        messages.error(request, _("Mark at least one letter of the list."))
        return back
    form = forms.BulkAssignForm(request.POST, item=items[0])
    if not form.is_valid():
        messages.error(request, _("Choose the unit and the instruction."))
        return back
    done = 0
    for item in items:
        try:
            operations.assign(item, by=request.user, **form.cleaned_data)
            done += 1
        except BusinessError as refusal:
            messages.error(request, f"{item.correspondence.number}: {refusal}")
    if done:
        messages.success(request, _("Assigned: %(count)s.") % {"count": done})
    return back


def _item(request, number):
    items = (
        WorkItem.objects.visible_to(request.user)
        .for_display()
        .select_related(
            "correspondence__act_type__unit",
            "correspondence__addressee_unit",
            "organisation",
            "taken_by",
            "coordinator",
        )
    )
    return get_object_or_404(items.numbered(number))


@require_GET
def item(request, number):
    """A letter with its document beside the acts that are open to the reader; opening marks their copy as read."""
    found = _item(request, number)
    for copy in found.copies.filter(read_at=None, unit__in=unit_ids_of(request.user)):
        operations.read_copy(copy, by=request.user)
    return TemplateResponse(request, "correspondence/item.html", _item_context(request, found))


@require_http_methods(["GET", "POST"])
def act(request, number, event):
    """One act on a letter; a refusal keeps what was typed, success opens the next letter that waits."""
    found = _item(request, number)
    chosen = _acts().get(event)
    if chosen is None:
        return redirect(found)
    form = chosen.form(*_sent(request), item=found)
    if request.method == "POST" and form.is_valid():
        try:
            with_files = {name: _stored(form, name, found.organisation) for name in chosen.files}
            chosen.operation(found, by=request.user, **{**form.cleaned_data, **with_files})
        except BusinessError as refusal:
            form.add_error(None, str(refusal))
            found.refresh_from_db()
        else:
            messages.success(request, chosen.done)
            return redirect(desk.next_waiting(request.user, after=found) or reverse("correspondence:desk"))
    context = _item_context(request, found, event=event, form=form)
    return TemplateResponse(request, "correspondence/item.html", context)


def _sent(request):
    """What a form is bound to: nothing unless it was sent (a form without fields sends nothing either)."""
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)


def _stored(form, name, organisation):
    """The uploads of a field, stored and checked: one file, or a list of (file, label)."""
    value = form.cleaned_data[name]
    if not isinstance(value, list):
        return receive(value, name=value.name, declared_type=value.content_type, organisation=organisation)
    return [
        (receive(one, name=one.name, declared_type=one.content_type, organisation=organisation), "") for one in value
    ]


def _item_context(request, found, *, event=None, form=None):
    letter = found.correspondence
    attachments = list(letter.attachments.select_related("file"))
    return {
        "item": found,
        "letter": letter,
        "acts": _open_acts(request.user, found, event, form),
        "attachments": attachments,
        "document": desk.shown_document(attachments, request.GET.get("file"), request.user),
        "history": history.lines(found),
        "replies": _replies(letter, request.user),
        "sees_sender": permissions.can_see_sender(request.user, found),
        "can_reissue_code": permissions.can_reissue_code(request.user, found) and receipt_for(letter.entry),
        "next": desk.next_waiting(request.user, after=found),
        "has_errors": bool(form and form.errors),
    }


def _replies(letter, user):
    """The outgoing letters to its sender, with the files of each as links for `user`."""
    replies = letter.replies.filter(entry__isnull=False).select_related("entry", "current_entry")
    return [
        {"letter": reply, "files": [links.shown(one.file, user=user) for one in reply.attachments.all()]}
        for reply in replies.prefetch_related("attachments__file").order_by("pk")
    ]


def _open_acts(user, found, event, form):
    """(event, label, form) of every act open to `user`, the one being filled in first."""
    events = list(permissions.treatment.permitted(user, found))
    if permissions.can_dispatch_answer(user, found):
        events.insert(0, OutgoingEvent.DISPATCH_ANSWER)
    acts = _acts()
    shown = [
        {"event": name, "label": name.label, "form": form if name == event else acts[name].form(item=found)}
        for name in events
        if name in acts
    ]
    if form is not None and event not in events:  # refused meanwhile: what was typed stays on the page
        shown.insert(0, {"event": event, "label": "", "form": form, "is_refused": True})
    return shown


def _bulk_form(request, page):
    first = next(iter(page.object_list), None)
    return forms.BulkAssignForm(item=first) if first is not None else None


def _kept_registries(user):
    return Organisation.objects.filter(pk__in=organisation_ids_of(user, role=Role.CLERK))


@require_http_methods(["GET", "POST"])
def register_paper(request, code):
    """Register a paper letter from the counter: number, receipt and label at once."""
    organisation = get_object_or_404(_kept_registries(request.user), code=code)
    form = forms.PaperForm(*_sent(request), organisation=organisation)
    duplicates = []
    if request.method == "POST" and form.is_valid():
        try:
            scan = _stored(form, "scan", organisation) if form.cleaned_data["scan"] else None
            duplicates = desk.likely_duplicates(
                organisation, form.cleaned_data["sender"], form.cleaned_data["subject"], scan
            )
            if not duplicates or form.cleaned_data["confirmed"]:
                return _registered(request, organisation, form, scan)
        except BusinessError as refusal:
            form.add_error("scan" if refusal.code not in ("not_allowed",) else None, str(refusal))
    context = {"form": form, "organisation": organisation, "duplicates": duplicates}
    return TemplateResponse(request, "correspondence/register.html", context)


def _registered(request, organisation, form, scan):
    data = form.cleaned_data
    letter = operations.Letter(
        organisation,
        form.party(),
        data["subject"],
        nature=data["nature"],
        channel=data["channel"] or Channel.COUNTER,
        support=Support.PAPER,
        own_reference=data["own_reference"],
        document_date=data["document_date"],
        attachments=[(scan, "")] if scan else [],
    )
    done = operations.register_incoming(letter, by=request.user, role="clerk", assurance="at_counter")
    if data["to_unit"]:
        operations.assign(done.item, to_unit=data["to_unit"], by=request.user)
    request.session["counter_code"] = {done.item.correspondence.number: done.tracking_code}
    return redirect("correspondence:registered", number=done.item.correspondence.number)


@require_GET
def registered(request, number):
    """What the clerk hands over: number, label, receipt, and the tracking code once."""
    found = _item(request, number)
    code = request.session.get("counter_code", {}).get(number, "")
    receipt = receipt_for(found.correspondence.entry)
    context = {"item": found, "letter": found.correspondence, "code": code, "receipt": receipt}
    return TemplateResponse(request, "correspondence/registered.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def code(request, number):
    """A new tracking code for a sender who lost theirs, after the identity check; shown once, to be handed over."""
    found = _item(request, number)
    receipt = receipt_for(found.correspondence.entry)
    if receipt is None or not permissions.can_reissue_code(request.user, found):
        raise Http404
    form = forms.CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        new = operations.reissue_code(found, by=request.user, **form.cleaned_data)
        request.session["new_code"] = {number: new}
        return redirect("correspondence:code", number=number)
    new = request.session.pop("new_code", {}).get(number) if request.method == "GET" else None
    context = {"item": found, "letter": found.correspondence, "form": form, "code": new, "receipt": receipt}
    return TemplateResponse(request, "correspondence/code.html", context)


@require_GET
def senders(request, code):
    """Names the clerks of this registry wrote before, for the sender field."""
    organisation = get_object_or_404(_kept_registries(request.user), code=code)
    query = clean_line(request.GET.get("q", ""))
    known = Party.objects.known_to(organisation).filter(name__icontains=query) if len(query) > 1 else []
    return JsonResponse({"names": sorted({party.name for party in known[:50]})[:12]})


@require_http_methods(["GET", "POST"])
def calls(request):
    """Senders who left only a phone and must be called; a call is ticked off with one button."""
    visible = WorkItem.objects.visible_to(request.user)
    tasks = CallTask.objects.filter(done_at=None, item__in=visible).select_related(
        "item__correspondence__entry", "item__correspondence__current_entry", "item__correspondence__party", "notice"
    )
    if request.method == "POST":
        named = request.POST.get("task", "")
        task = get_object_or_404(tasks, pk=named if named.isdecimal() else 0)
        try:
            operations.finish_call(task, by=request.user)
            messages.success(request, _("Noted: the sender was called."))
        except BusinessError as refusal:
            messages.error(request, str(refusal))
        return redirect("correspondence:calls")
    page = Paginator(tasks, desk.PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "calls": [(task, sender.wording(task.notice)) for task in page]}
    return TemplateResponse(request, "correspondence/calls.html", context)
