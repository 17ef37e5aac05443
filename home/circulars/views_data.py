"""The nightly files of open data, at fixed addresses; a web server in front may give them out of DATA_DIR itself."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, quote_etag
from django.views.decorators.http import require_safe

from home.circulars import open_data

_MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "jsonld": "application/ld+json",
}


@login_not_required
@require_safe
def data(request, form):
    """One of the files, as last night left it; 304 to whoever has it."""
    path = open_data.path_of(f"circulars.{form}")
    try:
        facts = path.stat()
    except FileNotFoundError as error:
        raise Http404 from error
    etag = quote_etag(f"{facts.st_mtime_ns:x}-{facts.st_size:x}")
    response = get_conditional_response(request, etag, int(facts.st_mtime))
    if response is None:
        response = FileResponse(path.open("rb"), content_type=_MEDIA[form])
    response.headers["Last-Modified"] = http_date(facts.st_mtime)
    response.headers["ETag"] = etag
    response.headers["Link"] = f'<{settings.DATA_LICENCE}>; rel="license"'
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
