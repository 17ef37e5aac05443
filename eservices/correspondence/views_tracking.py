"""Following a letter without an account: its story, the missing documents, the answer."""

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from core import dates, limits
from core.evidence.receipts import find_by_tracking, receipt_for
from core.exceptions import BusinessError
from core.files import links
from core.files.operations import receive
from eservices.correspondence import operations, sender, tracking
from eservices.correspondence.forms import SupplyForm, TrackForm, WithdrawForm
from eservices.correspondence.models import Correspondence, Delivery, TrackingLink

TRIES = {"limit": 20, "per": timedelta(minutes=10)}  # wrong codes of one network
TRIES_OF_A_NUMBER = {"limit": 10, "per": timedelta(hours=1)}


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def track(request):
    """Number and code lead to the story; unknown number and wrong code get the same answer, and tries are limited.

    A refused pair is shown again by the POST itself, the way of Django's forms: nothing happened that reloading could
    repeat, and what was typed, the code among it, goes into no address and no cookie.
    """
    form = TrackForm(request.POST or None, initial={"number": request.GET.get("number", "")})
    if request.method == "POST" and form.is_valid():
        number = form.cleaned_data["number"]
        limits.check("track", request.client_address, **TRIES)
        limits.check("track-number", number, **TRIES_OF_A_NUMBER)
        receipt = find_by_tracking(number, form.cleaned_data["code"])
        if receipt is not None:
            response = redirect("correspondence:story", number=receipt.entry.number_text)
            tracking.remember(request, response, receipt.entry.number_text)
            return response
        form.add_error(None, _("Number and code do not belong together. Check both on the receipt."))
    known = tracking.tracked(request)
    return TemplateResponse(request, "correspondence/track.html", {"form": form, "known": known[::-1]})


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def track_link(request, token):
    """The link of a mail: a button lets this browser follow the letter, once."""
    link = get_object_or_404(
        TrackingLink.objects.usable().select_related("item__correspondence__entry"), **TrackingLink.of(token)
    )
    if request.method == "POST" and operations.use_link(link):
        number = link.item.correspondence.number
        response = redirect("correspondence:story", number=number)
        tracking.remember(request, response, number)
        return response
    return TemplateResponse(request, "correspondence/track_link.html", {})


def _tracked(request, number):
    item = tracking.item_for(request, number)
    if item is None:
        raise Http404
    return item


@login_not_required
@never_cache
@require_GET
def story(request, number):
    """Where the letter stands, in plain words: what is asked of the sender, the clock, every step, the answers."""
    item = tracking.item_for(request, number)
    if item is None:  # proved too long ago, or in another browser: the number is kept, the code must be typed again
        response = redirect("correspondence:track")
        response["Location"] += f"?number={number}"
        return response
    return TemplateResponse(request, "correspondence/story.html", _story(number, item))


def _story(number, item, *, supply=None):
    """What the page shows; `number` is the one this browser proved, which its links go on using."""
    steps = tracking.chain(item)
    current = steps[-1]
    notices = [(notice, sender.wording(notice)) for one in steps for notice in one.sender_notices.all()]
    letters = Correspondence.objects.filter(
        reply_to__in=[one.correspondence_id for one in steps], entry__isnull=False
    ).select_related("entry", "current_entry")
    return {
        "number": number,
        "item": item,
        "current": current,
        "letter": item.correspondence,
        "receipt": receipt_for(item.correspondence.entry),
        "notices": notices,
        "answers": letters.order_by("pk"),
        "supply": supply or (SupplyForm() if current.state == "on_hold" else None),
        "clock": _clock(current),
        "today": dates.today(),
        "can_withdraw": current.is_open and current.withdrawal_asked_at is None,
        "has_errors": bool(supply and supply.errors),
    }


def _clock(item):
    """Days gone and left of the legal time, or None where none runs or the matter is closed."""
    due_on = item.legal_due_on() if item.is_open else None  # a nearer day asked inside the house is not the sender's
    if due_on is None:
        return None
    today = dates.today()
    whole, left = max((due_on - item.started_on).days, 1), (due_on - today).days
    return {
        "starts_on": item.started_on,
        "due_on": due_on,
        "whole": whole,
        "left": min(max(left, 0), whole),
        "gone": min(max(whole - left, 0), whole),
        "is_paused": item.state == "on_hold",
        "is_over": left < 0,
        "act_type": item.correspondence.act_type,
    }


@login_not_required
@never_cache
@require_http_methods(["POST"])
def supply(request, number):
    """The missing documents, once: files are stored and checked, then the office goes on and the clock runs."""
    item = _tracked(request, number)
    current = tracking.chain(item)[-1]
    form = SupplyForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            files = [
                (receive(one, name=one.name, declared_type=one.content_type, organisation=current.organisation), "")
                for one in form.cleaned_data["files"]
            ]
            operations.receive_pieces(current, files=files, message=form.cleaned_data["message"])
        except BusinessError as refusal:
            form.add_error("files", str(refusal))
        else:
            messages.success(request, _("Your documents have arrived. The time limit runs again."))
            return redirect("correspondence:story", number=number)
    return TemplateResponse(request, "correspondence/story.html", _story(number, item, supply=form))


@login_not_required
@never_cache
@require_GET
def answer(request, number, reply):
    """An outgoing letter to the sender; its first opening is evidence."""
    item = _tracked(request, number)
    letters = [one.correspondence_id for one in tracking.chain(item)]
    delivery = get_object_or_404(
        Delivery.objects.select_related(
            "correspondence__entry", "correspondence__current_entry", "correspondence__organisation"
        ),
        correspondence__in=Correspondence.objects.numbered(reply).filter(reply_to__in=letters),
    )
    operations.open_delivery(delivery)
    letter = delivery.correspondence
    context = {
        "number": number,
        "letter": letter,
        "files": [
            links.shown(one.file, scope=f"{tracking.SCOPE}{number}")
            for one in letter.attachments.select_related("file")
        ],
    }
    return TemplateResponse(request, "correspondence/answer.html", context)


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def withdraw(request, number):
    """The sender's wish to withdraw the letter; the entry stays, the office decides."""
    item = _tracked(request, number)
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            operations.ask_withdrawal(tracking.chain(item)[-1], message=form.cleaned_data["message"])
        except BusinessError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("Your wish to withdraw the letter reached the registry office."))
        return redirect("correspondence:story", number=number)
    return TemplateResponse(request, "correspondence/withdraw.html", {"number": number, "form": form})
