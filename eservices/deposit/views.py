"""The pages of the deposit. They work as plain forms: POST, 303, GET; what was typed is kept before it is judged.

Here are the opening and the steps with questions; documents, deposit and coming back have files of their own.
"""

import functools

from django.conf import settings
from django.template.response import TemplateResponse
from django.urls import reverse, translate_url
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_POST, require_safe

from core import dates, limits, sql
from core.organisations import calendar
from core.organisations.models import ACCEPTING_DEPOSITS, Organisation
from core.public import public_page
from core.text import clean_line
from core.views import SeeOther
from eservices.correspondence.enums import PartyKind
from eservices.deposit import cookies, operations
from eservices.deposit.enums import DraftState, Step
from eservices.deposit.forms import (
    AddresseeForm,
    CodeForm,
    OrganisationForm,
    SenderForm,
    SubjectForm,
    search_organisations,
)
from eservices.deposit.views_gate import HOUR, for_everybody, see
from eservices.deposit.views_steps import answer, kept_form, page, questions, same_page, start_draft, step_page

LISTED = 20  # administrations shown at once

# --- 0 what a deposit is -------------------------------------------------------------------------------------------


@for_everybody
@require_safe
def start(request):
    """What the page takes, what a deposit now means, and the ways back to an earlier draft."""
    draft = cookies.current_draft(request)
    offices = Organisation.objects.accepting_deposits().order_by("name_fr")[:2]
    office = offices[0] if len(offices) == 1 else None
    context = {
        "draft": draft if draft and draft.is_open else None,
        "deposit": operations.made_of(draft) if draft and draft.state == DraftState.DEPOSITED else None,
        "has_expired": bool(draft and draft.state != DraftState.DEPOSITED and not draft.is_open),
        "expired_on": draft.expires_at if draft else None,
        "office": office,
        "opening": _opening(office) if office else None,
        "gone": "gone" in request.GET,
    }
    if context["draft"]:
        context["go_on_url"] = reverse(f"deposit:{draft.first_open_step()}")
    return TemplateResponse(request, "deposit/start.html", context)


def _opening(organisation):
    """Whether the office is open now and from which day a deposit made now counts."""
    days, now = calendar.Calendar(organisation), timezone.now()
    return {
        "hours": days.hours_on(days.next_working_day(dates.local_date(now))),
        "is_open": days.is_open(now),
        "counts_from": days.effective_on(now),
    }


@for_everybody
@require_POST
def new(request):
    """Begin another draft; the earlier one stays until it ends and can be resumed with its code."""
    return cookies.remember(request, see("addressee"), start_draft(request))


@for_everybody
@require_POST
def forget(request):
    """Leave nothing in this browser."""
    return cookies.forget(see("start"))


# --- 1 addressee ---------------------------------------------------------------------------------------------------


@public_page
@step_page(Step.ADDRESSEE)
def addressee(request):
    """Which administration, which service, what kind of letter."""
    draft = cookies.current_draft(request)
    organisation = _organisation(request, draft)
    if organisation is None:
        return _choose_organisation(request, draft)
    make = functools.partial(AddresseeForm, organisation=organisation)
    if request.method == "POST":
        return answer(request, Step.ADDRESSEE, make, organisation=organisation)
    kept = draft if draft and draft.organisation_id == organisation.pk else None
    form = kept_form(kept, Step.ADDRESSEE, make)
    has_choice = len(sql.find_all(Organisation, at_most=2, **ACCEPTING_DEPOSITS)) > 1
    context = {"form": form, "organisation": organisation, "has_choice": has_choice, "types": _types(form)}
    return page(request, Step.ADDRESSEE, draft, context)


def _organisation(request, draft):
    """The administration named in the address, else that of the draft, else the only one there is."""
    if "find" in request.GET:  # a new search, whatever was ticked before
        return None
    if slug := request.GET.get("organisation"):
        return sql.find(Organisation, slug=clean_line(slug), **ACCEPTING_DEPOSITS)
    if "choose" in request.GET:
        return None
    if draft and draft.organisation_id:
        return sql.find(Organisation, id=draft.organisation_id, **ACCEPTING_DEPOSITS)
    only = sql.find_all(Organisation, at_most=2, **ACCEPTING_DEPOSITS)
    return only[0] if len(only) == 1 else None


def _choose_organisation(request, draft):
    query = request.GET.get("q", "")[:100]
    found, count = search_organisations(query, limit=LISTED)
    is_asked = "find" not in request.GET and ("organisation" in request.GET or "next" in request.GET)
    data = request.GET if is_asked else None
    initial = {"organisation": draft.organisation} if draft else None
    context = {
        "form": OrganisationForm(data, found=found, initial=initial),
        "query": query,
        "count": count,
        "more": max(0, count - LISTED),
    }
    response = page(request, Step.ADDRESSEE, draft, context)
    response.template_name = "deposit/organisation.html"
    return response


def _types(form):
    """The radio buttons of the kinds of letter, each with its legal time and the documents it needs."""
    rows = {row.code: row for row in form.types}
    return [{"option": option, "act_type": rows.get(option.data["value"])} for option in form["act_type"]]


# --- 2 sender, 3 subject -------------------------------------------------------------------------------------------


@step_page(Step.SENDER)
def sender(request):
    """Who deposits."""
    if request.method == "POST":
        return answer(request, Step.SENDER, SenderForm)
    draft = cookies.current_draft(request)
    return page(request, Step.SENDER, draft, questions(draft, Step.SENDER, SenderForm))


@step_page(Step.SUBJECT)
def subject(request):
    """What the letter is about."""
    draft = cookies.current_draft(request)
    is_administration = bool(draft) and draft.raw(Step.SENDER).get("kind") == PartyKind.ADMINISTRATION
    make = functools.partial(SubjectForm, is_administration=is_administration)
    if request.method == "POST":
        return answer(request, Step.SUBJECT, make)
    context = {"is_administration": is_administration}
    return page(request, Step.SUBJECT, draft, context | questions(draft, Step.SUBJECT, make))


# --- 5 e-mail address ----------------------------------------------------------------------------------------------


@step_page(Step.EMAIL)
def email(request):
    """Confirm the e-mail address with a code; it can always be passed over."""
    draft = cookies.current_draft(request)
    if draft is None or not draft.email:
        return see(Step.CHECK if draft else "start")
    if request.method != "POST":
        return _email_page(request, draft, CodeForm(length=operations.CODE_LENGTH))
    if request.POST.get("language") in dict(settings.LANGUAGES):
        return SeeOther(translate_url(same_page(request), request.POST["language"]))
    if request.POST.get("intent") == "send":
        limits.check("deposit.code", draft.public_id.hex, limit=5, per=HOUR)
        operations.send_email_code(draft, language=get_language())
        return see(Step.EMAIL, sent=1)
    form = CodeForm(request.POST, length=operations.CODE_LENGTH)
    if form.is_valid() and operations.confirm_email(draft, form.cleaned_data["code"]):
        return see(Step.CHECK)
    return see(Step.EMAIL, wrong=1)


def _email_page(request, draft, form):
    is_pending = draft.email_code_for == draft.email and bool(draft.email_code_hash)
    tries_left = operations.CODE_TRIES - draft.email_code_tries if is_pending else 0
    has_errors = "wrong" in request.GET and is_pending
    context = {
        "form": form,
        "is_pending": is_pending and tries_left > 0 and draft.email_code_expires_at > timezone.now(),
        "is_confirmed": draft.email == draft.confirmed_email,
        "has_errors": has_errors,
        "tries_left": tries_left,
    }
    return page(request, Step.EMAIL, draft, context)
