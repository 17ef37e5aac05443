"""The door (`/`), the signs of life, and the pages that say what went wrong: they need neither database nor session."""

import sys

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.context import request_id
from core.outbox.models import Worker

RETRY_AFTER = 10  # seconds
_LANGUAGES = {code for code, _name in settings.LANGUAGES}


def language_of(request) -> str:
    """The reader's language where the address does not say: asked for, the person's own, the browser's, Arabic."""
    asked = request.GET.get("lang", "")
    if asked in _LANGUAGES:
        return asked
    if settings.SESSION_COOKIE_NAME in request.COOKIES and hasattr(request, "user"):
        try:
            own = getattr(request.user, "language", "")
        except DatabaseError:  # the page that says so must still come in some language
            own = ""
        if own in _LANGUAGES:
            return own
    return translation.get_language_from_request(request)


@login_not_required
@require_safe
def root(request):
    """Lead to the front page in the reader's language."""
    response = HttpResponseRedirect(f"/{language_of(request)}/")
    patch_vary_headers(response, ["Accept-Language", "Cookie"])
    add_never_cache_headers(response)
    return response


@login_not_required
@require_safe
def healthz(request):
    """The process answers; asks nobody else."""
    return HttpResponse("ok\n", content_type="text/plain", headers={"Cache-Control": "no-store"})


@login_not_required
@require_safe
def readyz(request):
    """Whether this process can serve: database there and migrated. A silent worker is reported, not a reason to stop.

    Deposits are registered while the worker is away; what it owes waits in the outbox.
    """
    answer = {"database": "ok", "migrations": "ok", "worker": "ok"}
    try:
        if not _is_migrated():
            answer["migrations"] = "missing"
        elif not Worker.objects.alive().exists():
            answer["worker"] = "silent"
    except DatabaseError:
        answer = {"database": "away", "migrations": "unknown", "worker": "unknown"}
    is_ready = answer["database"] == "ok" and answer["migrations"] == "ok"
    return JsonResponse(answer, status=200 if is_ready else 503, headers={"Cache-Control": "no-store"})


_migrated = False


def _is_migrated():
    """Once all migrations are applied they stay so: later calls only ask the database whether it is there."""
    global _migrated  # noqa: PLW0603 — a fact about this process
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    if not _migrated:
        executor = MigrationExecutor(connection)
        _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _migrated


# --- pages that say what went wrong ----------------------------------------------------------------------------------


def refused(request, error, *, status):
    """The sentence of a BusinessError."""
    return _page(request, status, sentence=str(error))


def too_large(request):
    megabytes = settings.MAX_REQUEST_BYTES // 1_000_000
    return _page(
        request,
        413,
        sentence=_("What you sent is larger than %(size)s MB. Send fewer or smaller files.") % {"size": megabytes},
    )


def database_down(request, exception):
    """What was committed is safe; what was just sent may be sent again."""
    connection.close()
    response = _page(request, 503, was_sent=request.method == "POST")
    response["Retry-After"] = str(RETRY_AFTER)
    return response


def bad_request(request, exception=None):
    if isinstance(exception, RequestDataTooBig):
        return too_large(request)
    return _page(request, 400)


def permission_denied(request, exception=None):
    return _page(request, 403)


def page_not_found(request, exception=None):
    return _page(request, 404, around=request)


def server_error(request):
    exception = sys.exc_info()[1]
    if isinstance(exception, (OperationalError, InterfaceError)):
        return database_down(request, exception)
    return _page(request, 500)


def csrf_failure(request, reason=""):
    """The form was older than the session, or cookies are off: what was typed is still in the browser."""
    return _page(request, 403, template="403_csrf.html")


def _page(request, status, *, template="", around=None, sentence="", was_sent=False):
    """`templates/<status>.html` in the reader's language, also where no middleware has found it out.

    `around`: the request, for the page that has menu and footer; the others need neither database nor session.
    """
    if not translation.get_language_from_path(request.path_info):
        translation.activate(language_of(request))
    context = {
        "sentence": sentence,
        "reference": request_id.get(),
        "was_sent": was_sent,
        "retry_url": request.get_full_path() if request.method in {"GET", "HEAD"} else "",
        "status": status,
    }
    html = render_to_string(template or f"{status}.html", context, request=around)
    response = HttpResponse(html, status=status)
    add_never_cache_headers(response)
    return response
