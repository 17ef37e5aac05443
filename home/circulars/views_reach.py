"""The issuer's page: whom a version reached, reminders, and proofs under the seal. Nobody else knows it exists."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from core.files.views import answer
from core.spreadsheets import MEDIA_TYPES
from core.text import ltr
from core.views import SeeOther
from home.circulars import operations, permissions, reached
from home.circulars.models import ReachProof
from home.circulars.views import find_circular

PER_PAGE = 50


@require_safe
def reach(request, **act):
    """Counts for all, names along one's own chain; the address keeps the version."""
    circular = _issued(request, **act)
    version = _version(request, circular)
    page = Paginator(operations.named(circular, version, to=request.user), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "circular": circular,
        "version": version,
        "versions": reached.asking_versions(circular),
        "is_asked": permissions.is_asked(circular),
        "is_current": version.meaning_hash == circular.current.meaning_hash,
        "page_obj": page,
        "proofs": ReachProof.objects.filter(version__circular=circular).select_related("version", "file", "by"),
        "act": circular.eli,
        **reached.page(circular, version),
    }
    return TemplateResponse(request, "circulars/reach.html", context)


@require_safe
def table(request, kind_of_table, **act):
    """The same as a table for spreadsheets."""
    circular = _issued(request, **act)
    version = _version(request, circular)
    content = reached.table(circular, version, kind_of_table, to=request.user)
    response = HttpResponse(content, content_type=MEDIA_TYPES[kind_of_table])
    name = "-".join(map(str, circular.eli))
    response["Content-Disposition"] = f'attachment; filename="{name}-reach.{kind_of_table}"'
    return response


@require_POST
def remind(request, **act):
    """Remind those who have not acknowledged."""
    circular = _issued(request, **act)
    people = operations.remind(circular, by=request.user)
    if people:
        said = ngettext("%(people)s person is reminded.", "%(people)s people are reminded.", people)
        messages.success(request, said % {"people": ltr(people)})
    else:
        messages.info(request, _("Nobody is left to remind today."))
    return SeeOther(_address(circular))


@require_POST
def prove(request, **act):
    """Have the counts of this moment sealed."""
    circular = _issued(request, **act)
    operations.attest(circular, _version(request, circular), by=request.user)
    messages.success(request, _("The counts of this moment are fixed. The sealed PDF is being made."))
    return SeeOther(_address(circular))


@require_safe
def proof(request, place, **act):
    """The PDF of a proof, once it is made."""
    circular = _issued(request, **act)
    found = get_object_or_404(ReachProof.objects.select_related("file"), version__circular=circular, number=place)
    if found.file is None:
        context = {"circular": circular, "text_url": _address(circular)}
        return TemplateResponse(request, "circulars/being_made.html", context, status=202)
    return answer(request, found.file, inline=True)


def _issued(request, authority, kind, year, number):
    """The circular at that address, if the reader works for its issuer."""
    circular = find_circular(request.user, authority, kind, year, number)
    if not permissions.can_see_reach(request.user, circular):
        raise Http404
    return circular


def _version(request, circular):
    """The version whose number the address gives, else the current one."""
    number = request.GET.get("version", "")
    return get_object_or_404(circular.versions, number=int(number)) if number.isdecimal() else circular.current


def _address(circular):
    return reverse("circulars:reach", args=[*circular.eli])
