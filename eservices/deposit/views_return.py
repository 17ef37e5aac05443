"""Coming back to a draft: its code, the mailed link, and the page that gives both."""

from django.template.response import TemplateResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core import limits
from eservices.deposit import cookies, operations
from eservices.deposit.enums import Step
from eservices.deposit.forms import (
    CodeForm,
    LinkForm,
)
from eservices.deposit.models import Draft
from eservices.deposit.views_gate import HOUR, for_everybody, network_of, see


@for_everybody
@require_http_methods(["GET", "HEAD", "POST"])
def later(request):
    """The code to come back with, and a link by mail for those who want one."""
    draft = cookies.current_draft(request)
    if draft is None or not draft.is_open:
        return see("start")
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
        return cookies.keep_typed(see("later", wrong=1), request.POST.get("email", ""))
    limits.check("deposit.link", draft.public_id.hex, limit=5, per=HOUR)
    operations.send_link(draft, to=form.cleaned_data["email"], language=get_language())
    return see("later", sent=1)


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
        return cookies.remember(request, see(found.first_open_step()), found)
    return cookies.keep_typed(see("resume", wrong=1), request.POST.get("code", ""))


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
        return see("resume", gone=1)
    return cookies.remember(request, see(draft.first_open_step()), draft)
