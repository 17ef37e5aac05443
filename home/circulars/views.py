"""The pages of circulars. Addresses below /eli/ are permanent: what once answered there answers for ever."""

from datetime import date

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from core.dates import today
from core.public import public_page
from core.views import SeeOther
from home.circulars import choices, display, follows, listing, operations, sheets
from home.circulars.enums import ELI_CODES
from home.circulars.forms import FilterForm
from home.circulars.linked_data import describe
from home.circulars.models import Alias, Circular, KnownAddress
from home.circulars.reader import for_reader
from home.circulars.sheets import Sheet

PER_PAGE = 20
_ALONE = ("authority", "theme")  # one of them alone can be followed, and has feeds
LANGUAGES = {code: language.value for language, code in ELI_CODES.items()}


@public_page
@login_not_required
@require_safe
def circulars(request):
    """The list: valid ones first of all, the rest behind a visible choice; the address keeps every choice."""
    form = FilterForm(request.GET, user=request.user)
    chosen = form.chosen
    found = listing.Found(request.user, chosen)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    authority, theme = (values[0] if len(values := chosen.get(name, ())) == 1 else None for name in _ALONE)
    context = {
        "form": form,
        "page_obj": page,
        "rows": [display.row(circular) for circular in page],
        "mine": found.addressed_to_reader(page),
        "facets": choices.facets(form, found),
        "chips": choices.chips(form, request.GET),
        "ended": sum(number for force, number in found.counts["force"].items() if force not in listing.VALID),
        "authority": authority,
        "theme": theme,
        "follow_buttons": follows.buttons(
            request.user,
            authority=authority,
            themes=filter(None, [theme]),
            units=follows.own_units(request.user),
        ),
    }
    return TemplateResponse(request, "circulars/list.html", context)


@public_page
@vary_on_headers("Accept-Language")
@login_not_required
@require_safe
def page(request, authority, kind, year, number):
    """The address of the act itself: on to the text in the language that suits the reader best."""
    circular = find_circular(request.user, authority, kind, year, number)
    return SeeOther(address_of(circular, circular.best_language()))


@public_page
@login_not_required
@require_safe
def text(request, authority, kind, year, number, language):
    """The circular as it stands, in one language."""
    address, spoken = (authority, kind, year, number), LANGUAGES[language]
    place = sheets.Place(request.user, address, spoken)
    if (sheet := place.sheet) is None:
        circular = find_circular(request.user, *address)
        if circular.eli != address:  # an old number
            return SeeOther(address_of(circular, spoken))
        if spoken not in circular.current.content["texts"]:
            return SeeOther(address_of(circular, circular.current.authentic))
        sheet = place.fill(circular)
    return _as_it_stands(request, sheet)


@public_page
@vary_on_headers("Accept-Language")
@login_not_required
@require_safe
def version(request, authority, kind, year, number, day):
    """The address of a version: on to its text."""
    circular = find_circular(request.user, authority, kind, year, number)
    found = find_version(circular, day)
    return SeeOther(address_of(circular, circular.best_language(version=found), found))


@public_page
@login_not_required
@require_safe
def version_text(request, authority, kind, year, number, day, language):
    """One version, as it was published, in one language."""
    circular = find_circular(request.user, authority, kind, year, number)
    found = find_version(circular, day)
    if (authority, kind, year, number) != circular.eli:  # an old number
        return SeeOther(address_of(circular, LANGUAGES[language], found))
    return page_of(request, circular, found, language)


@public_page
@login_not_required
@require_safe
def linked_data(request, authority, kind, year, number):
    """The facts for machines: schema.org/Legislation as JSON-LD."""
    circular = find_circular(request.user, authority, kind, year, number)
    return JsonResponse(describe(circular, user=request.user), content_type="application/ld+json")


@public_page
@login_not_required
@require_safe
def html(request, authority, kind, year, number, **text):
    """The same page by its name as a file."""
    find_circular(request.user, authority, kind, year, number)
    match = request.resolver_match
    return SeeOther(reverse(f"circulars:{match.url_name.removesuffix('_html')}", kwargs=match.kwargs))


@require_POST
def acknowledge(request, authority, kind, year, number):
    """Confirm having read the version whose hash the form carries."""
    circular = find_circular(request.user, authority, kind, year, number)
    operations.acknowledge(circular, by=request.user, hash=request.POST.get("hash", ""))
    messages.success(request, _("Your acknowledgement is recorded."))
    return SeeOther(address_of(circular, circular.best_language()))


def find_circular(user, authority, kind, year, number) -> Circular:
    """The act at that address, for those who may read it; also at one it was once published at or is known by."""
    circulars = Circular.objects.visible_to(user).select_related("authority", "current")
    keys = [number, number.replace("-", "/")]
    here = circulars.filter(authority__slug=authority, kind=kind, signed_on__year=year, number_key__in=keys).first()
    once = KnownAddress.objects.filter(authority=authority, kind=kind, year=year, number=number)
    alias = Alias.objects.filter(kind=kind, year=year, number_key__in=keys, circular__authority__slug=authority)
    formerly = Q(known_addresses__in=once) | Q(aliases__in=alias)
    found = here or circulars.filter(formerly).order_by("pk").first()
    if found is None:
        raise Http404
    return found


def find_version(circular, address):
    """The version of that day, as permanent addresses write it."""
    day, _dot, of_day = address.partition(".")
    try:
        return get_object_or_404(circular.versions, day=date.fromisoformat(day), of_day=int(of_day or 1))
    except ValueError as error:
        raise Http404 from error


def address_of(circular, language, version=None) -> str:
    """The address of a text: as it stands, or of one version."""
    code = ELI_CODES[language]
    if version is None:
        return reverse("circulars:text", args=[*circular.eli, code])
    return reverse("circulars:version_text", args=[*circular.eli, version.address, code])


def page_of(request, circular, version, code, *, as_of=None):
    """The page around a version, in the language of its text; with a day, as things stood then."""
    language, is_current = LANGUAGES[code], version == circular.current
    if language not in version.content["texts"]:
        return SeeOther(address_of(circular, version.authentic, None if is_current else version))
    more = {"as_of": as_of, "first_day": circular.versions.earliest("day").day} if as_of else {}
    sheet = Sheet(circular, version, language, on=as_of or today(), user=request.user, **more)
    return _as_it_stands(request, sheet) if is_current and not as_of else _drawn(request, sheet, {})


def _as_it_stands(request, sheet):
    """The page of a current text, with what is the reader's own."""
    circular, user = sheet.circular, request.user
    with translation.override(sheet.language):
        own = for_reader(circular, user, sheet.to_do["actions"])
        own["follow_buttons"] = follows.buttons(
            user, circular=circular, authority=circular.authority, themes=sheet.themes
        )
    return _drawn(request, sheet, own)


def _drawn(request, sheet, own):
    """The page around a sheet, in the language of its text."""
    context = {"sheet": sheet, "circular": sheet.circular, "version": sheet.version, **sheet.to_do, **own}
    with translation.override(sheet.language):
        response = TemplateResponse(request, "circulars/page.html", context).render()
    sheet.settle()
    response.headers["Content-Language"] = sheet.language
    return response
