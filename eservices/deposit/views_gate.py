"""The door of the deposit: open to strangers, for posts from our own pages only, and within limits."""

import functools
import ipaddress
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.views.decorators.csrf import csrf_exempt

from core import limits
from core.views import SeeOther
from eservices.deposit import cookies

HOUR = timedelta(hours=1)


def for_everybody(view):
    """Open to strangers, never cached once a draft is there, and posted to only from our own pages.

    Instead of a CSRF token, which expires with what was typed, a POST must come from this site by the browser's own
    word (Sec-Fetch-Site, else Origin); the draft's cookie is SameSite=Lax besides.
    """

    @login_not_required
    @csrf_exempt
    @functools.wraps(view)
    def wrapped(request, *args, **kwargs):
        if request.method == "POST" and not _is_from_here(request):
            raise PermissionDenied
        response = view(request, *args, **kwargs)
        patch_vary_headers(response, ["Cookie"])
        if cookies.tokens(request) or response.cookies or request.method == "POST":
            add_never_cache_headers(response)
        return response

    return wrapped


def _is_from_here(request):
    if site := request.headers.get("Sec-Fetch-Site"):
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.get_host()


def network_of(request) -> str:
    """The neighbourhood of an address: many people share one, and one person has many of IPv6."""
    if not request.client_address:
        return ""
    address = ipaddress.ip_address(request.client_address)
    return str(ipaddress.ip_network((address, 24 if address.version == 4 else 56), strict=False))


def limit(request, scope, *who, limit):
    """At most `limit` an hour of one network for one purpose; 0 in DEPOSITS_PER_HOUR lifts it (load tests)."""
    if settings.DEPOSITS_PER_HOUR:
        limits.check(f"deposit.{scope}", ":".join([network_of(request), *map(str, who)]), limit=limit, per=HOUR)


def see(name, *args, **query):
    url = reverse(f"deposit:{name}", args=args)
    return SeeOther(f"{url}?{'&'.join(f'{key}={value}' for key, value in query.items())}" if query else url)


def to_deposit(deposit, **query):
    return see("done", deposit.number, **query)
