"""What happens around every view: identity of the request, limits, language, refusals in words, privacy of answers."""

import ipaddress
import logging
import re
import time
import uuid

from allauth.mfa.utils import is_mfa_enabled
from csp.constants import HEADER, HEADER_REPORT_ONLY
from csp.middleware import CheckableLazyObject, CSPMiddleware
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.locale import LocaleMiddleware
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy

from core.context import request_id
from core.exceptions import BusinessError, NotAllowed
from core.limits import TooMany
from intranet import views

logger = logging.getLogger("diwan.access")
security = logging.getLogger("diwan.security")

_FOREIGN_ID = re.compile(r"^[A-Za-z0-9._-]{8,64}$")
_READ_AT_MOST = 2  # times the limit: what is read of a body that is too large, so that the browser shows our answer
_CMS = "/cms/"
_NO_LANGUAGE = (_CMS, "/v/", "/eli/", "/feeds/", "/data/")
_RELAXED = {  # Wagtail's administration has inline scripts and styles, and shows previews in a frame
    "default-src": ["'self'"],
    "script-src": ["'self'", "'unsafe-inline'"],
    "style-src": ["'self'", "'unsafe-inline'"],
    "img-src": ["'self'", "data:", "blob:"],
    "font-src": ["'self'", "data:"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-src": ["'self'"],
    "frame-ancestors": ["'self'"],
}


class RequestIdMiddleware:
    """Names the request, finds who asks behind trusted proxies, and writes one line about it without personal data."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request_id.set(_identify(request))  # until the thread's next request: Django logs after the last middleware
        request.client_address = client_address(request)
        began = time.perf_counter()
        response = self.get_response(request)
        response["X-Request-ID"] = request_id.get()
        if not request.path_info.startswith(settings.STATIC_URL):
            self._log(request, response, began)
        return response

    def _log(self, request, response, began):
        match = getattr(request, "resolver_match", None)
        data = {
            "method": request.method if request.method in {"GET", "HEAD", "POST"} else "other",
            "route": match.route if match else "",
            "status": response.status_code,
            "milliseconds": round((time.perf_counter() - began) * 1000, 1),
        }
        logger.info("request", extra=data)


def client_address(request) -> str:
    """The address that asked: the one our outermost trusted proxy saw, never one a client claims."""
    address = request.META.get("REMOTE_ADDR", "")
    if settings.TRUSTED_PROXIES:
        hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
        if len(hops) >= settings.TRUSTED_PROXIES:
            address = hops[-settings.TRUSTED_PROXIES]
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return ""


def _identify(request):
    given = request.META.get("HTTP_X_REQUEST_ID", "")
    if settings.TRUSTED_PROXIES and _FOREIGN_ID.match(given):
        return given
    return uuid.uuid4().hex[:12]


class DatabaseDownMiddleware:
    """While the database is away, says so and how to go on (503); `views.server_error` does it for other middleware."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if isinstance(exception, (OperationalError, InterfaceError)):
            return views.database_down(request, exception)
        return None


class BodySizeMiddleware:
    """Refuses bodies above MAX_REQUEST_BYTES before anything reads them (413)."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        try:
            length = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            length = 0
        if length <= settings.MAX_REQUEST_BYTES:
            return self.get_response(request)
        self._swallow(request, length)
        translation.activate(views.language_of(request))
        return views.too_large(request)

    @staticmethod
    def _swallow(request, length):
        """A server that answers before it has read makes most browsers show a broken connection instead."""
        left = min(length, _READ_AT_MOST * settings.MAX_REQUEST_BYTES)
        stream = request.META.get("wsgi.input")
        while stream is not None and left > 0 and (chunk := stream.read(min(left, 1 << 16))):
            left -= len(chunk)


class PolicyMiddleware(CSPMiddleware):
    """django-csp, which would write out the policy of the settings for every answer: nearly all carry that one."""

    def process_response(self, request, response):
        is_special = HEADER in response or any(name.startswith("_csp") for name in (*vars(response), *vars(request)))
        if is_special or settings.DEBUG:
            return super().process_response(request, response)
        for name, policy in self._usual.items():
            response.headers[name] = policy
        request.csp_nonce = CheckableLazyObject(self._csp_nonce_post_response)
        return response

    @cached_property
    def _usual(self):
        """What an answer gets that says nothing of its policy itself."""
        answer = super().process_response(HttpRequest(), HttpResponse())
        return {name: answer[name] for name in (HEADER, HEADER_REPORT_ONLY) if name in answer}


class AdminMiddleware:
    """Wagtail's administration, and nothing else, gets a content security policy that lets it work.

    For those who have nothing to do there it does not exist: Wagtail would send them to sign in, which they have done.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.path_info.startswith(_CMS) and not hasattr(response, "_csp_config"):
            response._csp_config = _RELAXED
        return response

    def process_view(self, request, view_func, view_args, view_kwargs):
        user = request.user
        if (
            request.path_info.startswith(_CMS)
            and user.is_authenticated
            and not user.has_perm("wagtailadmin.access_admin")
        ):
            raise Http404


class ReaderLocaleMiddleware(LocaleMiddleware):
    """The language of the address; without one, of `?lang=`, the person signed in, the browser. Arabic by default.

    An address that names its language is never looked at further, so public pages stay the same for everybody.
    """

    def process_request(self, request):
        named = translation.get_language_from_path(request.path_info)
        translation.activate(named or views.language_of(request))
        request.LANGUAGE_CODE = translation.get_language()

    def process_response(self, request, response):
        if request.path_info.startswith(_NO_LANGUAGE):  # what is not there is not looked for under a language
            return response
        response = super().process_response(request, response)
        if not translation.get_language_from_path(request.path_info):
            patch_vary_headers(response, ["Cookie"])
        return response


class PrivateAnswersMiddleware:
    """What a person who is signed in sees is stored by nobody else, nor shown again after signing out."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            patch_cache_control(response, private=True, no_store=True)
        return response


class SignInMiddleware(LoginRequiredMiddleware):
    """As Django's, yet of an open view it does not ask who is there: its answer then varies on no cookie."""

    def process_view(self, request, view_func, view_args, view_kwargs):
        if not getattr(view_func, "login_required", True):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)


class StaffMfaMiddleware:
    """Where MFA_REQUIRED, an account without a second factor can do nothing but set one up."""

    MESSAGE = gettext_lazy("Your administration asks for a second factor. Set one up to go on.")

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view_func, view_args, view_kwargs):
        if not settings.MFA_REQUIRED or settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return None
        if not request.user.is_authenticated or self._is_open(request, view_func) or is_mfa_enabled(request.user):
            return None
        messages.warning(request, self.MESSAGE)
        return HttpResponseRedirect(reverse("mfa_index"))

    @staticmethod
    def _is_open(request, view_func):
        """Public pages, and those of the account itself."""
        route = request.resolver_match.route if request.resolver_match else ""
        return not getattr(view_func, "login_required", True) or "account/" in route.split("<")[0]


class RefusalMiddleware:
    """A refusal no view dealt with becomes a page with its sentence: 403, 429 or 409."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if isinstance(exception, BusinessError):
            security.info("refused", extra={"code": exception.code, "route": request.resolver_match.route})
        if isinstance(exception, NotAllowed):
            return views.refused(request, exception, status=403)
        if isinstance(exception, TooMany):
            response = views.refused(request, exception, status=429)
            response["Retry-After"] = str(exception.retry_after)
            return response
        if isinstance(exception, BusinessError):
            return views.refused(request, exception, status=409)
        return None
