"""Verification for everybody, the receipt's PDF for whoever was shown its address, the label for the clerk."""

import base64
import functools
import hashlib
import re
from pathlib import Path

import segno
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.cache import patch_vary_headers
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.evidence import checkpoints, codes, permissions, seal
from core.evidence.forms import TokenForm
from core.evidence.models import Receipt
from core.registers.enums import EntryState
from core.registers.models import Entry

PROGRAM = "verify_receipt.py"


@login_not_required
@require_safe
def verify(request, token):
    """What a receipt's QR code leads to: number, moment, administration, seal, fingerprints; no name, no subject.

    `?format=json` gives the same to the page that compares files.
    """
    receipt = _receipt(token)
    if receipt is None:
        if request.GET.get("format") == "json":
            return JsonResponse({}, status=404)
        return _check_page(request, TokenForm({"token": token}), status=404)
    if request.GET.get("format") == "json":
        return JsonResponse(_public(receipt))
    edition = receipt.edition
    context = {
        "receipt": receipt,
        "entry": receipt.entry,
        "organisation": receipt.entry.register.organisation,
        "is_valid": receipt.entry.state == EntryState.VALID,
        "edition": edition,
        "editions": receipt.editions.without_content(),
        "files": _files(receipt),
        "position": receipt.event.seq + 1,
        "form": TokenForm(),
        **_program_facts(),
    }
    response = TemplateResponse(request, "evidence/verify.html", context)
    patch_vary_headers(response, ["Accept-Language", "Cookie"])
    return response


@login_not_required
@require_safe
def check(request):
    """Compare a file in the browser, or go to a receipt's page by the code printed on it."""
    form = TokenForm(request.GET if "token" in request.GET else None)
    if form.is_bound and form.is_valid() and _receipt(form.cleaned_data["token"]):
        return redirect("evidence:verify", token=form.cleaned_data["token"])
    return _check_page(request, form)


@login_not_required
@require_safe
def program(request):
    """The stand-alone program, with this installation's root certificate and log key filled in."""
    response = HttpResponse(_program(), content_type="text/x-python; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{PROGRAM}"'
    return response


@login_not_required
@require_safe
@never_cache
def receipt_pdf(request, token):
    """The PDF of a receipt. `token` is the pass of `Receipt.pdf_pass`: made by a page that was allowed to show the
    receipt, good for an hour; the code on the QR opens nothing here. `?edition=1` gives an earlier edition."""
    receipt = Receipt.for_pass(token)
    if receipt is None:
        raise Http404
    number = request.GET.get("edition", "")
    editions = receipt.editions.order_by("-number")
    if number and not re.fullmatch("[1-9][0-9]{0,2}", number):
        raise Http404
    edition = editions.filter(number=number).first() if number else editions.first()
    if edition is None and number:
        raise Http404
    if edition is None or edition.content is None:
        context = {"receipt": receipt, "is_erased": edition is not None}
        return TemplateResponse(request, "evidence/preparing.html", context, status=200 if edition else 202)
    response = HttpResponse(bytes(edition.content), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="wasl-{receipt.entry.number_text}.pdf"'
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_safe
@never_cache
def label(request, number):
    """The label of an entry for the paper itself: number and QR, to be printed at the counter by a clerk."""
    entry = Entry.objects.numbered(number).select_related("register__organisation").first()
    if entry is None or not permissions.can_keep_register(request.user, entry):
        raise Http404
    receipt = Receipt.objects.filter(entry=entry).first()
    context = {
        "entry": entry,
        "organisation": entry.register.organisation,
        "receipt": receipt,
        "qr": _qr(receipt.verification_url) if receipt else "",
    }
    return TemplateResponse(request, "evidence/label.html", context)


def _receipt(token):
    clean = codes.clean_token(token)
    receipts = Receipt.objects.select_related("event__body", "entry__register__organisation")
    return receipts.filter(token=clean).first() if clean else None


def _check_page(request, form, *, status=200):
    if form.is_bound:
        status = 404 if status == 404 else 200
        if form.is_valid():
            form.add_error("token", _("No receipt has this code. Check it on the receipt, under the QR code."))
    return TemplateResponse(request, "evidence/check.html", {"form": form, **_program_facts()}, status=status)


def _files(receipt):
    """Place and fingerprint of each document; their names are nobody's business here."""
    return [{"order": file["order"], "sha256": file["sha256"]} for file in receipt.facts.get("files") or []]


def _public(receipt):
    return {
        "number": receipt.entry.number_text,
        "url": receipt.get_absolute_url(),
        "editions": list(receipt.editions.order_by("number").values("number", "sha256")),
        "files": _files(receipt),
    }


def _qr(text):
    """A QR code as an inline picture, without styles of its own."""
    code = segno.make(text, error="m", micro=False)
    return mark_safe(code.svg_inline(border=0, omitsize=True, svgclass="qr", lineclass=None))  # noqa: S308 - drawn by us


def _program_facts():
    content = _program()
    return {"program_hash": hashlib.sha256(content).hexdigest(), "program_size": len(content)}


def _program():
    return _filled(seal.root_pem(), checkpoints.public_key())


@functools.lru_cache(maxsize=4)
def _filled(root, key):
    source = (Path(settings.BASE_DIR) / "static" / "verify" / PROGRAM).read_text()
    source = re.sub(r'^ROOT_PEM = ""$', lambda _found: f"ROOT_PEM = {root.decode()!r}", source, count=1, flags=re.M)
    text = base64.b64encode(key).decode()
    return re.sub(r'^LOG_KEY = ""$', f'LOG_KEY = "{text}"', source, count=1, flags=re.M).encode()
