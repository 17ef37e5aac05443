"""Public pages leave without asking the database again, until `core.public` says that something has changed.

Proxies and browsers may keep them too, but ask each time whether they are still right: the answer carries an ETag and
`no-cache`, no cookie, and varies on nothing but the language where the address names none.
"""

import hashlib
from collections import OrderedDict
from threading import Lock
from typing import NamedTuple

from django.conf import settings
from django.http import HttpResponse
from django.urls import ResolverMatch
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import parse_http_date_safe, quote_etag

from core import public
from core.appearance import theme_of
from core.dates import local

_INDIFFERENT = {"theme", "csrftoken"}  # the one is part of the key, the other no public page looks at


class Kept(NamedTuple):
    content: bytes
    headers: dict[str, str]
    match: ResolverMatch


class PublicPagesMiddleware:
    """Keeps answers of public pages to strangers, each process up to PUBLIC_CACHE_BYTES, the least used go first."""

    def __init__(self, get_response):
        self.get_response = get_response
        self.kept: OrderedDict[tuple, Kept] = OrderedDict()
        self.size = 0
        self.stamp = None
        self.lock = Lock()

    def __call__(self, request):
        if not _is_stranger(request):
            return self.get_response(request)
        key, stamp = _key(request), public.stamp()
        kept = self._find(key, stamp)
        if kept is None:
            response = self.get_response(request)
            kept = _as_public(request, response)
            if kept is None:
                return response
            if response.status_code != 200:
                return response
            if "Vary" not in kept.headers:
                self._keep(key, kept, stamp)
        request.resolver_match = kept.match
        response = HttpResponse(b"" if request.method == "HEAD" else kept.content, headers=kept.headers)
        modified = parse_http_date_safe(kept.headers.get("Last-Modified", ""))
        return get_conditional_response(request, kept.headers["ETag"], modified, response)

    def _find(self, key, stamp):
        with self.lock:
            if stamp != self.stamp:
                self.kept.clear()
                self.size, self.stamp = 0, stamp
            if key in self.kept:
                self.kept.move_to_end(key)
            return self.kept.get(key)

    def _keep(self, key, kept, stamp):
        """What was made before the last change is not kept: it may show the state before."""
        with self.lock:
            if stamp != self.stamp or key in self.kept:
                return
            self.kept[key] = kept
            self.size += len(kept.content)
            while self.size > settings.PUBLIC_CACHE_BYTES:
                _key, gone = self.kept.popitem(last=False)
                self.size -= len(gone.content)


def _is_stranger(request) -> bool:
    """Nothing in the request but the address decides about the answer."""
    return (
        request.method in ("GET", "HEAD")
        and not request.COOKIES.keys() - _INDIFFERENT
        and "HTTP_HX_REQUEST" not in request.META
        and "HTTP_RANGE" not in request.META
    )


def _key(request) -> tuple:
    """The address as it was asked for, the look, and the day: pages change at midnight by themselves."""
    now = local(timezone.now())
    return (
        request.scheme,
        request.META.get("HTTP_HOST"),
        request.get_full_path(),
        theme_of(request),
        now.date(),
        now.utcoffset(),
    )


def _as_public(request, response) -> Kept | None:
    """The answer with the headers of a public page; None for anything else than a finished public page."""
    match = getattr(request, "resolver_match", None)
    is_public = match is not None and getattr(match.func, "is_public_page", False)
    if not is_public or response.status_code not in (200, 303) or response.streaming or response.cookies:
        return None
    patch_cache_control(response, no_cache=True, **{"private" if theme_of(request) else "public": True})
    response.headers["ETag"] = quote_etag(hashlib.sha256(response.content).hexdigest()[:32])
    varies = [name.strip() for name in response.headers.get("Vary", "").split(",")]
    left = [name for name in varies if name and name != "Cookie"]
    del response.headers["Vary"]
    if left:
        response.headers["Vary"] = ", ".join(left)
    return Kept(response.content, dict(response.headers), match)
