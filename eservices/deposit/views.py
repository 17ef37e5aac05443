"""The pages of the deposit. They work as plain forms: POST, 303, GET; what was typed is kept before it is judged."""

import functools
import ipaddress
import logging
from datetime import date, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect, JsonResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse, translate_url
from django.utils import timezone
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import dates, formats, limits
from core.appearance import remember_theme
from core.context import request_id
from core.evidence.receipts import receipt_for, tracking_code
from core.exceptions import BusinessError
from core.files.enums import MAX_FILES, MAX_TOTAL_BYTES
from core.organisations import calendar
from core.organisations.models import Organisation
from core.registers.numbers import parse_number
from core.text import clean_line
from eservices.correspondence.enums import PartyKind
from eservices.deposit import cookies, operations
from eservices.deposit.enums import DraftState, Step
from eservices.deposit.forms import (
    AddresseeForm,
    CodeForm,
    DeclarationsForm,
    FileForm,
    LinkForm,
    OrganisationForm,
    SenderForm,
    SubjectForm,
    search_organisations,
)
from eservices.deposit.models import Deposit, Draft
from eservices.deposit.wording import refusal_sentence

logger = logging.getLogger(__name__)

LISTED = 20  # administrations shown at once
HOUR = timedelta(hours=1)


class SeeOther(HttpResponseRedirect):
    status_code = 303


def for_everybody(view):
    """Open to strangers, never cached once a draft is there, and posted to only from our own pages.

    Instead of a CSRF token, which expires with what was typed, a POST must come from this site by the browser's own
    word (Sec-Fetch-Site, else Origin); the draft's cookie is SameSite=Lax besides.
    """

    @login_not_required
    @csrf_exempt
    @functools.wraps(view)
    def wrapped(request, *args, **kwargs):
        if request.method == "POST" and not _is_from_here(request):
            raise PermissionDenied
        response = view(request, *args, **kwargs)
        patch_vary_headers(response, ["Cookie"])
        if cookies.tokens(request) or response.cookies or request.method == "POST":
            add_never_cache_headers(response)
        return response

    return wrapped


def _is_from_here(request):
    if site := request.headers.get("Sec-Fetch-Site"):
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.get_host()


def network_of(request) -> str:
    """The neighbourhood of an address: many people share one, and one person has many of IPv6."""
    if not request.client_address:
        return ""
    address = ipaddress.ip_address(request.client_address)
    return str(ipaddress.ip_network((address, 24 if address.version == 4 else 56), strict=False))


def _limit(request, scope, *who, limit):
    """At most `limit` an hour of one network for one purpose; 0 in DEPOSITS_PER_HOUR lifts it (load tests)."""
    if settings.DEPOSITS_PER_HOUR:
        limits.check(f"deposit.{scope}", ":".join([network_of(request), *map(str, who)]), limit=limit, per=HOUR)


def _see(name, *args, **query):
    url = reverse(f"deposit:{name}", args=args)
    return SeeOther(f"{url}?{'&'.join(f'{key}={value}' for key, value in query.items())}" if query else url)


def _to_deposit(deposit, **query):
    return _see("done", deposit.number, **query)


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
    } | _ways()
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
    return cookies.remember(request, _see("addressee"), _start(request))


@for_everybody
@require_POST
def forget(request):
    """Leave nothing in this browser."""
    return cookies.forget(_see("start"))


def _start(request):
    _limit(request, "start", limit=60)
    return operations.start(language=get_language())


# --- the steps -----------------------------------------------------------------------------------------------------


def _steps(draft, current):
    """The bar on top: what is done leads back, the e-mail step shows only where there is an address."""
    shown = [step for step in Step if step != Step.EMAIL or current == Step.EMAIL or (draft and draft.email)]
    here = shown.index(current)
    bar = []
    for place, step in enumerate(shown):
        is_done = current == Step.DONE or (_is_done(draft, step) and place != here)
        url = reverse(f"deposit:{step}") if is_done and current != Step.DONE else ""
        bar.append({"title": step.label, "is_done": is_done, "url": url, "is_current": place == here})
    return bar


def _is_done(draft, step):
    if draft is None:
        return False
    return draft.email == draft.confirmed_email if step == Step.EMAIL else draft.is_done(step)


def _page(request, step, draft, context):
    """The page of a step with the bar on top and what is known of the draft beside it."""
    act_type = draft.act_type() if draft and draft.organisation_id else None
    rows = context["rows"] if "rows" in context else draft.files.all() if act_type else []
    context |= {
        "step": step,
        "steps": _steps(draft, step),
        "draft": draft,
        "act_type": act_type,
        "came_from_check": request.GET.get("back") == "check",
        "back_url": _back_url(step),
        "languages": _languages(),
    }
    context["pieces"] = _pieces(act_type, rows)
    return TemplateResponse(request, f"deposit/{step}.html", context)


def _pieces(act_type, rows):
    """The documents this kind of letter needs, and whether each is in the list."""
    here = {row.piece_id for row in rows if not row.is_refused}
    return [{"piece": piece, "is_here": piece.pk in here} for piece in act_type.needed_pieces()] if act_type else []


def _languages():
    return [{"code": code, "name": name, "is_current": code == get_language()} for code, name in settings.LANGUAGES]


def _back_url(step):
    steps = [Step.ADDRESSEE, Step.SENDER, Step.SUBJECT, Step.DOCUMENTS]
    if step == Step.ADDRESSEE:
        return reverse("deposit:start")
    place = steps.index(step) if step in steps else len(steps)
    return reverse(f"deposit:{steps[place - 1]}")


def _next(request, draft, step):
    if request.GET.get("back") == "check":
        return _see("check")
    following = {Step.ADDRESSEE: Step.SENDER, Step.SENDER: Step.SUBJECT, Step.SUBJECT: Step.DOCUMENTS}
    if step in following:
        return _see(following[step])
    has_email_to_confirm = step == Step.DOCUMENTS and draft.email and draft.email != draft.confirmed_email
    return _see(Step.EMAIL if has_email_to_confirm else Step.CHECK)


def _ended(request, step):
    """Where to go instead when the current draft can no longer be worked on; None to go on.

    After a deposit the first step begins another letter; every other step leads to the receipt. What is posted to a
    draft that has expired is kept in a new one.
    """
    draft = cookies.current_draft(request)
    if draft is None or draft.is_open:
        return None
    if draft.state == DraftState.DEPOSITED and step != Step.ADDRESSEE:
        return _to_deposit(operations.made_of(draft), again=1)
    request._draft = None
    return None


def _form(draft, step, make):
    """The form as it was left: judged when the person asked for it, else only filled in."""
    raw = draft.raw(step) if draft else {}
    if draft and draft.was_tried(step) and not draft.is_done(step):
        return make(data=raw)
    return make(initial={name: value for name, value in raw.items() if value != ""})


def _answer(request, step, make, **about):
    """Keep what was posted to `step`, then judge it: to the next step, or back to the same one with the sentences."""
    draft = cookies.current_draft(request) or _start(request)
    form = make(data=request.POST)
    raw = {name: request.POST.get(name, "") for name in form.fields}
    is_asked = _is_asked(request)
    meaning = form.meaning() if is_asked and form.is_valid() else None
    kept = {"raw": raw, "meaning": meaning, "tried": is_asked, "language": get_language()}
    draft = operations.save_step(draft, step, **kept, **about)
    response = _after_saving(request, draft, step, is_done=bool(meaning))
    return cookies.remember(request, response, draft)


def _is_asked(request):
    """Whether to go on was asked for: not another language or look, nor only to keep what is typed so far."""
    has_other_wish = request.POST.get("language") or request.POST.get("theme")
    return not has_other_wish and request.POST.get("intent", "continue") == "continue"


def _after_saving(request, draft, step, *, is_done):
    intent, language, theme = (request.POST.get(name, "") for name in ("intent", "language", "theme"))
    if language in dict(settings.LANGUAGES):
        return SeeOther(translate_url(_same(request), language))
    if theme:
        return remember_theme(request, SeeOther(_same(request)), theme)
    if intent == "save":
        return JsonResponse(
            {"saved": _("Saved at %(time)s") % {"time": formats.time_text(draft.saved_at, seconds=False)}}
        )
    if intent == "later":
        return _see("later")
    return _next(request, draft, step) if is_done else SeeOther(_same(request))


def _same(request):
    """This page again, without what only began it."""
    query = request.GET.copy()
    for name in ("organisation", "q", "choose"):
        query.pop(name, None)
    return f"{request.path}?{query.urlencode()}" if query else request.path


def step_page(step):
    """A view of one step: an ended draft leads elsewhere, one that ends meanwhile is asked for again."""

    def decorate(view):
        @for_everybody
        @require_http_methods(["GET", "HEAD", "POST"])
        @functools.wraps(view)
        def wrapped(request):
            if elsewhere := _ended(request, step):
                return elsewhere
            try:
                return view(request)
            except operations.DraftGone:
                return SeeOther(_same(request))

        return wrapped

    return decorate


# --- 1 addressee ---------------------------------------------------------------------------------------------------


@step_page(Step.ADDRESSEE)
def addressee(request):
    """Which administration, which service, what kind of letter."""
    draft = cookies.current_draft(request)
    organisation = _organisation(request, draft)
    if organisation is None:
        return _choose_organisation(request, draft)
    make = functools.partial(AddresseeForm, organisation=organisation)
    if request.method == "POST":
        return _answer(request, Step.ADDRESSEE, make, organisation=organisation)
    kept = draft if draft and draft.organisation_id == organisation.pk else None
    form = _form(kept, Step.ADDRESSEE, make)
    has_choice = Organisation.objects.accepting_deposits().exclude(pk=organisation.pk).exists()
    context = {"form": form, "organisation": organisation, "has_choice": has_choice, "types": _types(form)}
    return _page(request, Step.ADDRESSEE, draft, context)


def _organisation(request, draft):
    """The administration named in the address, else that of the draft, else the only one there is."""
    accepting = Organisation.objects.accepting_deposits()
    if "find" in request.GET:  # a new search, whatever was ticked before
        return None
    if slug := request.GET.get("organisation"):
        return accepting.filter(slug=clean_line(slug)).first()
    if "choose" in request.GET:
        return None
    if draft and draft.organisation_id:
        return accepting.filter(pk=draft.organisation_id).first()
    only = list(accepting[:2])
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
    response = _page(request, Step.ADDRESSEE, draft, context)
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
        return _answer(request, Step.SENDER, SenderForm)
    draft = cookies.current_draft(request)
    return _page(request, Step.SENDER, draft, {"form": _form(draft, Step.SENDER, SenderForm)})


@step_page(Step.SUBJECT)
def subject(request):
    """What the letter is about."""
    draft = cookies.current_draft(request)
    is_administration = bool(draft) and draft.raw(Step.SENDER).get("kind") == PartyKind.ADMINISTRATION
    make = functools.partial(SubjectForm, is_administration=is_administration)
    if request.method == "POST":
        return _answer(request, Step.SUBJECT, make)
    return _page(request, Step.SUBJECT, draft, {"form": _form(draft, Step.SUBJECT, make)})


# --- 4 documents ---------------------------------------------------------------------------------------------------


@step_page(Step.DOCUMENTS)
def documents(request):
    """The list of documents: one more, one less, another order, what each one is."""
    draft = cookies.current_draft(request)
    if request.method != "POST":
        return _documents_page(request, draft)
    request._draft = draft = draft or _start(request)
    uploads = request.FILES.getlist("file")
    added = [
        operations.add_file(draft, upload, name=upload.name, declared_type=upload.content_type or "")
        for upload in uploads
    ]
    is_from_script = bool(uploads) and request.headers.get("Accept") == "application/json"
    answer = _added(request, draft, added) if is_from_script else _described(request, draft)
    return cookies.remember(request, answer, draft)


def _documents_page(request, draft):
    rows = _rows(draft) if draft else []
    forms = _file_forms(draft, rows, is_judged=bool(draft) and draft.was_tried(Step.DOCUMENTS))
    context = {
        "rows": rows,
        "files": _listed(rows, forms),
        "summary": _summary(rows, forms),
        "has_errors": any(form.errors for form in forms if not form.row.is_refused) or any(r.is_refused for r in rows),
    }
    return _page(request, Step.DOCUMENTS, draft, context | _room(rows))


def _rows(draft):
    return list(draft.files.select_related("file", "piece"))


def _file_forms(draft, rows, data=None, *, is_judged=False):
    act_type = draft.act_type() if draft else None
    pieces = act_type.needed_pieces() if act_type else []
    return [FileForm(data, row=row, pieces=pieces, is_judged=is_judged and not row.is_refused) for row in rows]


def _listed(rows, forms):
    """The lines of the list as the template shows them."""
    last = len(rows) - 1
    return [
        {
            "row": row,
            "form": form,
            "sentence": refusal_sentence(row) if row.is_refused else "",
            "is_first": place == 0,
            "is_last": place == last,
        }
        for place, (row, form) in enumerate(zip(rows, forms, strict=True))
    ]


def _summary(rows, forms):
    """What is wrong with the list, each with the place to put it right."""
    found = [
        {"target": f"file-{row.public_id.hex}", "sentence": refusal_sentence(row)} for row in rows if row.is_refused
    ]
    for form in forms:
        found += [{"target": form["label"].id_for_label, "sentence": error} for error in form.errors.get("label", [])]
    return found


def _room(rows):
    """How many files and bytes are used, and whether another one fits."""
    received = [row for row in rows if not row.is_refused]
    return {
        "used_files": len(received),
        "used_bytes": sum(row.size for row in received),
        "max_files": MAX_FILES,
        "max_bytes": MAX_TOTAL_BYTES,
        "has_room": len(received) < MAX_FILES,
    }


def _described(request, draft):
    """What the buttons of the list ask for; what was typed is kept whichever was pressed."""
    intent, _colon, public_id = request.POST.get("intent", "continue").partition(":")
    is_asked = _is_asked(request)
    rows = _rows(draft)
    forms = _file_forms(draft, rows, data=request.POST)
    is_done = is_asked and all(not form.row.is_refused and form.is_valid() for form in forms)
    typed = [(form.row, *form.typed()) for form in forms]
    draft = operations.describe_files(draft, typed, is_done=is_done, tried=is_asked, language=get_language())
    named = next((row for row in rows if row.public_id.hex == public_id), None)
    if named and intent == "remove":
        operations.remove_file(draft, named.public_id)
    elif named and intent in ("up", "down"):
        operations.move_file(draft, named.public_id, by_places=-1 if intent == "up" else 1)
    return _after_saving(request, draft, Step.DOCUMENTS, is_done=is_done)


def _added(request, draft, added):
    """The new lines of the list, for a browser that sends each file by script and stays on the page."""
    rows = _rows(draft)
    listed = {line["row"].pk: line for line in _listed(rows, _file_forms(draft, rows))}
    context = {"draft": draft} | _room(rows)
    return JsonResponse(
        {
            "files": [
                {
                    "html": render_to_string("deposit/_file.html", context | {"line": listed[row.pk]}, request),
                    "sentence": listed[row.pk]["sentence"],
                    "is_refused": row.is_refused,
                }
                for row in added
            ],
            "room": render_to_string("deposit/_room.html", context, request),
        }
    )


# --- 5 e-mail address ----------------------------------------------------------------------------------------------


@step_page(Step.EMAIL)
def email(request):
    """Confirm the e-mail address with a code; it can always be passed over."""
    draft = cookies.current_draft(request)
    if draft is None or not draft.email:
        return _see(Step.CHECK if draft else "start")
    if request.method != "POST":
        return _email_page(request, draft, CodeForm(length=operations.CODE_LENGTH))
    if request.POST.get("language") in dict(settings.LANGUAGES):
        return SeeOther(translate_url(_same(request), request.POST["language"]))
    if request.POST.get("intent") == "send":
        limits.check("deposit.code", draft.public_id.hex, limit=5, per=HOUR)
        operations.send_email_code(draft, language=get_language())
        return _see(Step.EMAIL, sent=1)
    form = CodeForm(request.POST, length=operations.CODE_LENGTH)
    if form.is_valid() and operations.confirm_email(draft, form.cleaned_data["code"]):
        return _see(Step.CHECK)
    return _see(Step.EMAIL, wrong=1)


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
    return _page(request, Step.EMAIL, draft, context)


# --- 6 check, 7 done -----------------------------------------------------------------------------------------------


@step_page(Step.CHECK)
def check(request):
    """Everything once more, the declarations, and the button that deposits."""
    draft = cookies.current_draft(request)
    if draft is None:
        return _see("start", gone=1)
    if request.method == "POST":
        return _deposit(request, draft)
    rows = _rows(draft)
    tried = "declarations" in request.GET
    form = DeclarationsForm(data={} if tried else None)
    problems, failed = operations.problems(draft, rows), request.GET.get("failed", "")[:64]
    context = {
        "rows": rows,
        "form": form,
        "problems": problems,
        "missing": operations.missing_pieces(draft, rows),
        "failed": failed,
        "has_errors": bool(problems or failed),
        "answers": _answers(draft),
    }
    return _page(request, Step.CHECK, draft, context)


def _answers(draft):
    """The answers as people read them."""
    addressee, sender, subject = (draft.clean(step) for step in (Step.ADDRESSEE, Step.SENDER, Step.SUBJECT))
    unit = draft.organisation.units.filter(pk=addressee.get("unit")).first() if draft.organisation_id else None
    return {
        "unit": unit,
        "reply_to": addressee.get("reply_to", ""),
        "sender": sender,
        "sender_kind": PartyKind(sender["kind"]).label if sender else "",
        "phone": draft.raw(Step.SENDER).get("phone", ""),
        "reference_on": _day(sender.get("reference_on")),
        "subject": subject,
        "own_reference_on": _day(subject.get("own_reference_on")),
    }


def _day(text):
    return date.fromisoformat(text) if text else None


def _deposit(request, draft):
    """Deposit, and whatever happens afterwards say what the database knows."""
    if request.POST.get("language") in dict(settings.LANGUAGES):
        return SeeOther(translate_url(_same(request), request.POST["language"]))
    form = DeclarationsForm(request.POST)
    if not form.is_valid():
        return _see("check", declarations=1)
    _limit(request, "deposit", draft.organisation_id, limit=settings.DEPOSITS_PER_HOUR)
    try:
        made = operations.deposit(draft, declarations=form.accepted(), language=get_language())
    except BusinessError:
        return _see("check")
    except Exception:  # the reader must learn what the database knows, whatever broke
        logger.exception("deposit.failed")
        deposit = operations.made_of(draft)
        return _to_deposit(deposit) if deposit else _see("check", failed=request_id.get())
    return _to_deposit(made.deposit, again=1) if made.is_again else _to_deposit(made.deposit)


@for_everybody
@require_safe
def done(request, number):
    """The receipt at its lasting address, to the browser it was made in; to others how to find theirs."""
    deposit = _own_deposit(request, number)
    if deposit is None:
        return TemplateResponse(request, "deposit/elsewhere.html", _ways(), status=404)
    letter = deposit.item.correspondence
    context = {
        "deposit": deposit,
        "steps": _steps(deposit.draft, Step.DONE),
        "is_again": "again" in request.GET,
        "email": letter.party.email,
    }
    return TemplateResponse(request, "deposit/done.html", context | _receipt(deposit) | _ways())


@for_everybody
@require_safe
def pdf(request, number):
    """The way to the PDF on the page “deposited”: asked for again until the worker has made it."""
    deposit = _own_deposit(request, number)
    if deposit is None:
        return TemplateResponse(request, "deposit/elsewhere.html", _ways(), status=404)
    if not request.htmx:
        return _to_deposit(deposit)
    return TemplateResponse(request, "deposit/_pdf.html", _receipt(deposit))


def _own_deposit(request, number):
    """The deposit with this number, if it was made in this browser."""
    parsed = parse_number(number)
    if parsed is None:
        return None
    deposits = Deposit.objects.select_related("draft", "item__correspondence__entry", "item__correspondence__party")
    found = deposits.filter(item__correspondence__entry__number_text=parsed.text).first()
    return found if found and cookies.holds(request, found.draft) else None


def _receipt(deposit):
    """What the page says of the receipt: its facts at once, the PDF as soon as the worker has made it."""
    receipt = receipt_for(deposit.entry)
    facts = receipt.facts or {}
    return {
        "receipt": receipt,
        "facts": facts,
        "moment": deposit.entry.registered_at,
        "effective_on": _day(facts.get("effective_on")),
        "due_on": _day(facts.get("due_on")),
        "tracking_code": tracking_code(receipt),
        "pdf_url": reverse("evidence:receipt_pdf", args=[receipt.pdf_pass]),
        "is_pdf_ready": receipt.edition is not None,
        "poll_url": reverse("deposit:pdf", args=[deposit.number]),
    }


def _ways():
    """Where else a depositor may want to go."""
    return {"track_url": reverse("correspondence:track"), "verify_url": reverse("evidence:check")}


# --- coming back ---------------------------------------------------------------------------------------------------


@for_everybody
@require_http_methods(["GET", "HEAD", "POST"])
def later(request):
    """The code to come back with, and a link by mail for those who want one."""
    draft = cookies.current_draft(request)
    if draft is None or not draft.is_open:
        return _see("start")
    if request.method == "POST":
        return _send_link(request, draft)
    known = draft.email or draft.raw(Step.SENDER).get("email", "")
    typed = cookies.typed(request) if "wrong" in request.GET else None
    form = LinkForm(initial={"email": known}) if typed is None else LinkForm({"email": typed})
    context = {"draft": draft, "form": form, "is_sent": "sent" in request.GET}
    return TemplateResponse(request, "deposit/later.html", context)


def _send_link(request, draft):
    form = LinkForm(request.POST)
    if not form.is_valid():
        return cookies.keep_typed(_see("later", wrong=1), request.POST.get("email", ""))
    limits.check("deposit.link", draft.public_id.hex, limit=5, per=HOUR)
    operations.send_link(draft, to=form.cleaned_data["email"], language=get_language())
    return _see("later", sent=1)


@for_everybody
@require_http_methods(["GET", "HEAD", "POST"])
def resume(request):
    """Take a draft up again with its eight characters; unknown, deposited and expired ones answer alike."""
    if request.method != "POST":
        return _resume_page(request)
    limits.check("deposit.resume", network_of(request), limit=20, per=HOUR)
    form = CodeForm(request.POST, length=8)
    found = Draft.objects.open().with_code(form.cleaned_data["code"]).first() if form.is_valid() else None
    if found:
        return cookies.remember(request, _see(found.first_open_step()), found)
    return cookies.keep_typed(_see("resume", wrong=1), request.POST.get("code", ""))


def _resume_page(request):
    typed = cookies.typed(request) if "wrong" in request.GET else None
    form = CodeForm(length=8) if typed is None else CodeForm({"code": typed}, length=8)
    if typed is not None and form.is_valid():
        form.add_error("code", _("There is no open draft with this code. Check it; a draft ends after 30 days."))
    return TemplateResponse(request, "deposit/resume.html", {"form": form, "gone": "gone" in request.GET})


@for_everybody
@require_http_methods(["GET", "HEAD", "POST"])
def resume_link(request, token):
    """The page a mailed link leads to; only its button takes the draft up, so that mail scanners cannot."""
    if request.method != "POST":
        return TemplateResponse(request, "deposit/resume_link.html", {})
    limits.check("deposit.resume", network_of(request), limit=20, per=HOUR)
    draft = operations.take_up_link(token)
    if draft is None:
        return _see("resume", gone=1)
    return cookies.remember(request, _see(draft.first_open_step()), draft)
