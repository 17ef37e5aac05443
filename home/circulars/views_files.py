"""The files of circulars: at permanent addresses for whoever may read the circular, and for its editors before that."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import translation
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from core.dates import today
from core.files.models import StoredFile
from core.files.views import answer
from core.public import public_page
from core.views import SeeOther
from home.circulars import attached, operations, permissions
from home.circulars import offline as offline_pages
from home.circulars.enums import ELI_CODES
from home.circulars.views import LANGUAGES, address_of, find_circular, find_version


@login_not_required
@require_safe
def file(request, authority, kind, year, number, day, place):
    """A file of one version, to be saved, or to be read where `page` is in the address, as a result of a search has it.

    NotOpenable while the virus scan does not let it be opened.
    """
    circular = find_circular(request.user, authority, kind, year, number)
    stored = attached.stored_file(find_version(circular, day), place)
    if stored is None:
        raise Http404
    return answer(request, stored, inline="page" in request.GET)


@login_not_required
@require_safe
def pdf(request, authority, kind, year, number, language, day=None):
    """The circular as it stands, or one version of it, as a sealed PDF; made now if it was not yet."""
    circular = find_circular(request.user, authority, kind, year, number)
    version = find_version(circular, day) if day else circular.current
    wanted = LANGUAGES[language]
    if wanted not in version.content["texts"]:
        return SeeOther(attached.pdf_url(circular, version.authentic, version if day else None))
    made = operations.current_print(version, wanted)
    if made is None:
        operations.ask_for_prints(version)
        context = {"circular": circular, "text_url": address_of(circular, wanted, version if day else None)}
        return TemplateResponse(request, "circulars/being_made.html", context, status=202)
    return answer(request, made.file, inline=True)


@public_page
@vary_on_headers("Accept-Language")
@login_not_required
@require_safe
def best_pdf(request, authority, kind, year, number, day=None):
    """The PDF in the language that suits the reader best."""
    circular = find_circular(request.user, authority, kind, year, number)
    version = find_version(circular, day) if day else None
    return SeeOther(attached.pdf_url(circular, circular.best_language(version=version), version))


@public_page
@login_not_required
@require_safe
def offline(request, authority, kind, year, number, language):
    """The circular as it stands today in one file, to be kept and read without a network."""
    circular = find_circular(request.user, authority, kind, year, number)
    wanted = LANGUAGES[language]
    if wanted not in circular.current.content["texts"]:
        return SeeOther(reverse("circulars:offline", args=[*circular.eli, ELI_CODES[circular.current.authentic]]))
    with translation.override(wanted):
        response = HttpResponse(offline_pages.page(circular, wanted, on=today()))
    name = offline_pages.name_of(circular, circular.current, wanted)
    response.headers["Content-Disposition"] = content_disposition_header(True, name)
    return response


@require_safe
def draft_file(request, public_id):
    """A file as the editor's screen links it."""
    stored = get_object_or_404(StoredFile, public_id=public_id)
    if not permissions.can_open_draft(request.user, stored):
        raise Http404
    return answer(request, stored)
