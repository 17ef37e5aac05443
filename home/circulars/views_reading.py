"""The reader's pages about a circular beside its text: what changed between two versions."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_safe

from home.circulars import changes, operations
from home.circulars.enums import ELI_CODES, Kind
from home.circulars.views import LANGUAGES, SeeOther, find_circular, find_version


@login_not_required
@require_safe
def compare(request, authority, kind, year, number):
    """Two versions were chosen: on to what differs; without a choice, the last two."""
    circular = find_circular(request.user, authority, kind, year, number)
    last = list(circular.versions.order_by("-number")[:2])
    before, after = (
        find_version(circular, request.GET[name]) if name in request.GET else version
        for name, version in (("before", last[-1]), ("after", last[0]))
    )
    return SeeOther(comparison_address(circular, before, after, circular.best_language()))


@login_not_required
@require_safe
def comparison(request, authority, kind, year, number, before, after, language):
    """What the later of two versions says differently, word by word; an addressee has seen it then."""
    circular = find_circular(request.user, authority, kind, year, number)
    pair = find_version(circular, before), find_version(circular, after)
    first, last = sorted(pair, key=lambda version: version.number)
    wanted = LANGUAGES[language]
    code = changes.in_both(first, last, wanted)
    if (first, last) != pair or code != wanted:
        return redirect(comparison_address(circular, first, last, code))
    if last.pk == circular.current_id:
        operations.see_changes(circular, by=request.user)
    with translation.override(code):
        context = {
            "circular": circular,
            "kind": Kind(last.content["facts"]["kind"]).label,
            "before": first,
            "after": last,
            "title": last.text(code)["title"],
            "versions": circular.versions.order_by("-number"),
            "languages": [
                {"code": one, "url": comparison_address(circular, first, last, one), "is_current": one == code}
                for one, _eli in last.eli_languages
                if one in first.content["texts"]
            ],
            **changes.between(first, last, code),
        }
        response = TemplateResponse(request, "circulars/comparison.html", context)
        response.render()
    response.headers["Content-Language"] = code
    return response


def comparison_address(circular, before, after, language) -> str:
    places = [*circular.eli, before.address, after.address, ELI_CODES[language]]
    return reverse("circulars:comparison", args=places)
