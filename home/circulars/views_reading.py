"""The reader's pages beside the text of a circular: what changed between versions, deadlines, what is to be done."""

from datetime import date

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.dates import today
from core.public import public_page
from core.views import SeeOther
from home.circulars import changes, deadlines, display, operations
from home.circulars import todo as waiting
from home.circulars.enums import ELI_CODES, Kind
from home.circulars.forms import ToDoForm
from home.circulars.views import LANGUAGES, PER_PAGE, address_of, find_circular, find_version, page_of


@login_not_required
@require_safe
def compare(request, authority, kind, year, number):
    """Two versions were chosen: on to what differs; without a choice, the last two. `language`: the one to read."""
    circular = find_circular(request.user, authority, kind, year, number)
    last = list(circular.versions.order_by("-number")[:2])
    before, after = (
        find_version(circular, request.GET[name]) if name in request.GET else version
        for name, version in (("before", last[-1]), ("after", last[0]))
    )
    language = circular.best_language(request.GET.get("language", ""), version=after)
    return SeeOther(comparison_address(circular, before, after, language))


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


@public_page
@login_not_required
@require_safe
def on_day(request, authority, kind, year, number, language):
    """The text and its force as they were, or will be, on a day; without a day, on to the text."""
    circular = find_circular(request.user, authority, kind, year, number)
    try:
        day = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return SeeOther(address_of(circular, LANGUAGES[language]))
    return page_of(request, circular, display.as_of(circular, day), language, as_of=day)


@public_page
@login_not_required
@require_safe
def beside(request, authority, kind, year, number, first, second):
    """Two languages side by side; on to the text where there is only one."""
    circular = find_circular(request.user, authority, kind, year, number)
    version, codes = circular.current, [LANGUAGES[first], LANGUAGES[second]]
    if first == second or not set(codes) <= version.content["texts"].keys():
        return SeeOther(address_of(circular, version.authentic))
    with translation.override(codes[0]):
        context = display.side_by_side(circular, version, codes, on=today(), user=request.user)
        response = TemplateResponse(request, "circulars/beside.html", context)
        response.render()
    response.headers["Content-Language"] = ", ".join(codes)
    return response


@login_not_required
@require_safe
def calendar(request, authority, kind, year, number, language, place=None):
    """The deadlines of the current version for a calendar: all of them, or that of the n-th action."""
    circular = find_circular(request.user, authority, kind, year, number)
    version, code = circular.current, LANGUAGES[language]
    actions = version.content["actions"]
    wanted = actions if place is None else actions[place - 1 : place] if place else []
    wanted = [action for action in wanted if action["due_on"] and "key" in action]
    if not wanted:
        raise Http404
    with translation.override(code):
        content = deadlines.as_calendar([deadlines.of_action(circular, version, each, code) for each in wanted])
    return _download(content, "-".join(str(part) for part in (*circular.eli, place) if part))


@require_safe
def todo(request):
    """What circulars ask of the person signed in: what waits by day, or what they have done."""
    form = ToDoForm(request.GET)
    chosen = form.chosen
    page = Paginator(waiting.keys(request.user, **chosen), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page_obj": page,
        "rows": waiting.items(request.user, page.object_list),
        "is_done": chosen.get("state") == "done",
        "is_narrowed": bool(chosen),
        "today": today(),
    }
    return TemplateResponse(request, "circulars/todo.html", context)


@require_safe
def todo_calendar(request):
    """The days of all that waits for the person signed in."""
    rows = waiting.items(request.user, waiting.keys(request.user))
    return _download(waiting.calendar(rows), "diwan")


@require_POST
def do(request, authority, kind, year, number, place):
    """Note that an action was carried out."""
    circular = find_circular(request.user, authority, kind, year, number)
    operations.do_action(circular, _key(request, circular, place), by=request.user)
    messages.success(request, _("Noted as done."))
    return SeeOther(_back(request, circular))


@require_POST
def undo(request, authority, kind, year, number, place):
    """Take back that an action was carried out."""
    circular = find_circular(request.user, authority, kind, year, number)
    operations.undo_action(circular, _key(request, circular, place), by=request.user)
    messages.success(request, _("This waits for you again."))
    return SeeOther(_back(request, circular))


def _key(request, circular, place):
    """The action in that place of the version whose hash the form carries; 0 if there is another version now."""
    actions = circular.current.content["actions"]
    is_same = request.POST.get("hash") == circular.current.hash and 0 < place <= len(actions)
    return actions[place - 1].get("key", 0) if is_same else 0


def _back(request, circular) -> str:
    if request.POST.get("back") == "list":
        return reverse("circulars:todo")
    return address_of(circular, circular.best_language()) + "#todo-title"


def _download(content, name) -> HttpResponse:
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.ics"'
    return response
