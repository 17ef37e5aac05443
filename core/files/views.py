import re

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.signing import BadSignature
from django.http import FileResponse, Http404, HttpResponse
from django.template.response import TemplateResponse
from django.utils.encoding import iri_to_uri
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.files import links, previews
from core.files.enums import ScanState
from core.files.models import StoredFile
from core.files.permissions import can_read
from core.files.refusals import NotOpenable

_RANGE = re.compile(r"^bytes=(\d*)-(\d*)$")


@login_not_required  # a depositor has no account: the app that holds the file knows the cookie or the scope
@require_safe
def serve(request, signed):
    """The bytes as they came. Attached unless the address says otherwise, and never able to do anything here."""
    file, link = _wanted(request, signed)
    return answer(request, file, inline=link.is_inline)


def answer(request, file, *, inline=False):
    """The bytes of a file its app lets this reader have; NotOpenable while the virus scan does not."""
    if not file.is_openable:
        raise NotOpenable(_why_not(file))
    inline = inline and file.has_pages
    response = _redirected(file) if settings.ACCEL_REDIRECT else _streamed(request, file)
    response["Content-Type"] = file.media_type
    response["Content-Disposition"] = content_disposition_header(not inline, file.name)
    return _harmless(response)


@login_not_required
@require_safe
def preview(request, signed, page):
    """One page as a picture, drawn apart."""
    file, _link = _wanted(request, signed)
    if not file.has_pages or not 1 <= page <= (file.pages or 1):
        raise Http404
    return _harmless(HttpResponse(previews.preview(file, page), content_type="image/png"))


@login_not_required
@require_safe
def text(request, signed):
    """What an office file says, with the way to the file itself."""
    file, link = _wanted(request, signed)
    if file.has_pages:
        raise Http404
    user = request.user if link.user_id else None
    response = TemplateResponse(
        request,
        "files/text.html",
        {
            "file": file,
            "lines": [line for line in previews.text(file).splitlines() if line.strip()],
            "download_url": links.url_for(file, user, link.scope),
        },
    )
    response["Cache-Control"] = "private, no-store"
    return response


def _wanted(request, signed):
    """The file an address stands for, if it was made for this person and they still may read it."""
    try:
        link = links.read(signed)
    except (BadSignature, ValueError) as error:
        raise Http404 from error
    file = StoredFile.objects.filter(public_id=link.file_id).first()
    if file is None or not link.is_for(request.user):
        raise Http404
    if not can_read(request.user, file, link.scope, request=request):
        raise Http404
    if not file.is_openable:
        raise NotOpenable(_why_not(file))
    return file, link


def _why_not(file):
    if file.scan_state == ScanState.INFECTED:
        return _("A virus was found in this file. It cannot be opened.")
    return _("This file has not been checked for viruses yet. Try again in a few minutes.")


def _redirected(file):
    response = HttpResponse()
    response["X-Accel-Redirect"] = iri_to_uri(f"{settings.ACCEL_REDIRECT.rstrip('/')}/{file.key}")
    return response


def _streamed(request, file):
    try:
        stream = file.open_stream()
    except FileNotFoundError as error:
        raise Http404 from error
    wanted = _RANGE.match(request.headers.get("Range", ""))
    if not wanted or "If-Range" in request.headers or wanted.groups() == ("", ""):
        response = FileResponse(stream)
        response["Accept-Ranges"] = "bytes"
        return response
    return _part(stream, file.size, *wanted.groups())


def _part(stream, size, first, last):
    """A range, as PDF readers ask for it."""
    if first:
        begin, end = int(first), min(int(last), size - 1) if last else size - 1
    else:
        begin, end = max(0, size - int(last)), size - 1
    if begin > end or begin >= size:
        stream.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    stream.seek(begin)
    response = HttpResponse(stream.read(end - begin + 1), status=206)
    stream.close()
    response["Content-Range"] = f"bytes {begin}-{end}/{size}"
    response["Accept-Ranges"] = "bytes"
    return response


def _harmless(response):
    """Whatever the bytes are, a browser can only show or save them, and nobody keeps a copy on the way."""
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    return response
