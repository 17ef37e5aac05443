"""The last look at all answers, the deposit itself, and the page that says “deposited”."""

import logging
from datetime import date

from django.conf import settings
from django.template.response import TemplateResponse
from django.urls import reverse, translate_url
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from core import sql
from core.context import request_id
from core.evidence.receipts import has_edition, receipt_for, tracking_code
from core.exceptions import BusinessError
from core.views import SeeOther
from eservices.correspondence.enums import PartyKind
from eservices.deposit import cookies, operations
from eservices.deposit.enums import Step
from eservices.deposit.forms import (
    DeclarationsForm,
)
from eservices.deposit.views_gate import for_everybody, limit, see, to_deposit
from eservices.deposit.views_steps import page, progress, same_page, step_page

logger = logging.getLogger(__name__)


@step_page(Step.CHECK)
def check(request):
    """Everything once more, the declarations, and the button that deposits."""
    draft = cookies.current_draft(request)
    if draft is None:
        return see("start", gone=1)
    if request.method == "POST":
        return _deposit(request, draft)
    sql.load(draft, "organisation")
    rows = operations.rows_of(draft)
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
    return page(request, Step.CHECK, draft, context)


def _answers(draft):
    """The answers as people read them."""
    addressee, sender, subject = (draft.clean(step) for step in (Step.ADDRESSEE, Step.SENDER, Step.SUBJECT))
    pk = addressee.get("unit")
    unit = draft.organisation.units.filter(pk=pk).first() if draft.organisation_id and pk else None
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
        return SeeOther(translate_url(same_page(request), request.POST["language"]))
    form = DeclarationsForm(request.POST)
    if not form.is_valid():
        return see("check", declarations=1)
    limit(request, "deposit", draft.organisation_id, limit=settings.DEPOSITS_PER_HOUR)
    try:
        made = operations.deposit(draft, declarations=form.accepted(), language=get_language())
    except BusinessError:
        return see("check")
    except Exception:  # the reader must learn what the database knows, whatever broke
        logger.exception("deposit.failed")
        deposit = operations.made_of(draft)
        return to_deposit(deposit) if deposit else see("check", failed=request_id.get())
    return to_deposit(made.deposit, again=1) if made.is_again else to_deposit(made.deposit)


@for_everybody
@require_safe
def done(request, number):
    """The receipt at its lasting address, to the browser it was made in; to others how to find theirs."""
    deposit = operations.deposit_made_with(cookies.tokens(request), number)
    if deposit is None:
        return TemplateResponse(request, "deposit/elsewhere.html", status=404)
    letter = deposit.item.correspondence
    context = {
        "deposit": deposit,
        "is_again": "again" in request.GET,
        "email": letter.party.email,
    }
    return TemplateResponse(
        request, "deposit/done.html", context | progress(deposit.draft, Step.DONE) | _receipt(deposit)
    )


@for_everybody
@require_safe
def pdf(request, number):
    """The way to the PDF on the page “deposited”: asked for again until the worker has made it."""
    deposit = operations.deposit_made_with(cookies.tokens(request), number)
    if deposit is None:
        return TemplateResponse(request, "deposit/elsewhere.html", status=404)
    if not request.htmx:
        return to_deposit(deposit)
    return TemplateResponse(request, "deposit/_pdf.html", _receipt(deposit))


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
        "is_pdf_ready": has_edition(receipt),
        "poll_url": reverse("deposit:pdf", args=[deposit.number]),
    }
