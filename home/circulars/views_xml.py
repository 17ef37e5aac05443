"""Circulars as Akoma Ntoso, at permanent addresses beside the pages."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.utils import translation
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from core.public import public_page
from core.views import SeeOther
from home.circulars import akoma_ntoso
from home.circulars.views import LANGUAGES, find_circular, find_version


@public_page
@vary_on_headers("Accept-Language")
@login_not_required
@require_safe
def best(request, authority, kind, year, number):
    """On to the document in the language that suits the reader best."""
    circular = find_circular(request.user, authority, kind, year, number)
    return SeeOther(akoma_ntoso.address_of(circular, circular.current, circular.best_language()))


@public_page
@login_not_required
@require_safe
def document(request, authority, kind, year, number, language, day=None):
    """One version in one language as XML."""
    circular = find_circular(request.user, authority, kind, year, number)
    version = find_version(circular, day) if day else circular.current
    code = LANGUAGES[language]
    if code not in version.content["texts"]:
        raise Http404
    with translation.override(code):
        content = akoma_ntoso.document(circular, version, code)
    response = HttpResponse(content, content_type=f"{akoma_ntoso.MEDIA_TYPE}; charset=utf-8")
    response.headers["Content-Language"] = code
    return response
