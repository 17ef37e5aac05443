"""The pages of circulars. Addresses below /eli/ are permanent: what once answered there answers for ever."""

from datetime import date

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from core.dates import today
from core.public import public_page
from home.circulars import choices, display, follows, listing, operations, permissions
from home.circulars.enums import ELI_CODES
from home.circulars.forms import FilterForm
from home.circulars.linked_data import describe
from home.circulars.models import Alias, Circular, KnownAddress

PER_PAGE = 20
_ALONE = ("authority", "theme")  # one of them alone can be followed, and has feeds
LANGUAGES = {code: language.value for language, code in ELI_CODES.items()}


class SeeOther(HttpResponseRedirect):
    status_code = 303


@public_page
@login_not_required
@require_safe
def circulars(request):
    """The list: valid ones first of all, the rest behind a visible choice; the address keeps every choice."""
    form = FilterForm(request.GET, user=request.user)
    chosen = form.chosen
    total, counts = listing.counts(request.user, chosen)
    paginator = Paginator(listing.found(request.user, chosen), PER_PAGE)
    paginator.count = total
    page = paginator.get_page(request.GET.get("page"))
    shown = [circular.pk for circular in page]
    mine = Circular.objects.addressed_to(request.user).filter(pk__in=shown) if request.user.is_authenticated else ()
    authority, theme = (values[0] if len(values := chosen.get(name, ())) == 1 else None for name in _ALONE)
    context = {
        "form": form,
        "page_obj": page,
        "rows": [display.row(circular) for circular in page],
        "mine": {circular.pk for circular in mine},
        "facets": choices.facets(form, counts),
        "chips": choices.chips(form, request.GET),
        "ended": sum(number for force, number in counts["force"].items() if force not in listing.VALID),
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
    circular = find_circular(request.user, authority, kind, year, number)
    if (authority, kind, year, number) != circular.eli:  # an old number
        return SeeOther(address_of(circular, LANGUAGES[language]))
    return page_of(request, circular, circular.current, language)


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
    language = LANGUAGES[code]
    if language not in version.content["texts"]:
        return SeeOther(address_of(circular, version.authentic, None if version == circular.current else version))
    with translation.override(language):
        context = display.page(circular, version, language, on=as_of or today(), user=request.user)
        if as_of:
            context |= {"as_of": as_of, "first_day": min(each.day for each in context["versions"])}
        elif version == circular.current:
            reader = display.for_reader(circular, request.user, context["actions"])
            if reader.get("own") is None or reader["own"].opened_at is None:
                operations.open_version(circular, by=request.user)
            context["can_acknowledge"] = permissions.can_acknowledge(request.user, circular)
            context["can_see_reach"] = permissions.can_see_reach(request.user, circular)
            context["can_withdraw"] = permissions.can_withdraw(request.user, circular)
            context |= reader
            context["follow_buttons"] = follows.buttons(
                request.user, circular=circular, authority=circular.authority, themes=circular.themes.all()
            )
        response = TemplateResponse(request, "circulars/page.html", context)
        response.render()
    response.headers["Content-Language"] = language
    return response
