"""The page of results. Everything chosen stands in the address; strangers find what is public."""

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from core import limits
from core.organisations.permissions import is_staff_today
from core.text import ltr

from . import asking, operations_saved, scopes
from . import results as found
from .contract import EngineAway
from .forms import NameForm, SearchForm

PER_PAGE = 10
MINUTE = timedelta(minutes=1)
MOST = 1_000  # results that can be paged through: beyond them one narrows
LEAST = 2  # letters from which titles are proposed


@vary_on_headers("HX-Request")
@cache_control(no_cache=True)
@login_not_required
@require_safe
def results(request):
    """What the reader finds. One document's own number leads straight to it, unless `stay` is in the address.

    Strangers may ask so often only (TooMany).
    """
    _limit(request, "search")
    form = SearchForm(request.GET, is_stranger=not request.user.is_authenticated)
    context = {"form": form, "words": form.words, "chosen": form.chosen, "asked": None, "is_away": False}
    status = 200
    if form.words:
        try:
            context |= _found(request.user, form, request.GET)
        except EngineAway:
            context["is_away"], status = True, 503
        else:
            meant = _straight_to(request, form, context)
            if meant:
                return meant
            _note_empty(form, context)
    template = "search/_results.html" if request.htmx else "search/page.html"
    return TemplateResponse(request, template, context, status=status)


@cache_control(no_cache=True)
@login_not_required
@require_safe
def suggest(request):
    """Titles and numbers that begin as what is being typed, as a fragment for the box. Strangers: so often only."""
    _limit(request, "search.suggest")
    typed = " ".join(request.GET.get("q", "")[:100].split())
    try:
        objects = asking.suggest(request.user, typed) if len(typed) >= LEAST else {}
    except EngineAway:  # nobody has asked for proposals: the search itself will say so
        objects = {}
    lines = scopes.shown(objects, request.user)
    rows = [{"line": lines[doc_id], "kind": scopes.scope_of(doc_id).label} for doc_id in objects]
    return TemplateResponse(request, "search/_suggestions.html", {"rows": rows})


def _limit(request, scope):
    """A stranger's address has SEARCHES_PER_MINUTE of each kind; 0 lifts it (load tests)."""
    if settings.SEARCHES_PER_MINUTE and request.GET.get("q") and not request.user.is_authenticated:
        limits.check(scope, request.client_address, limit=settings.SEARCHES_PER_MINUTE, per=MINUTE)


def _found(user, form, data) -> dict:
    perhaps = found.perhaps_meant(form.words)
    asked, page = _asked(user, form, data.get("page", ""), perhaps)
    meant, meant_total = found.correction(asked, perhaps)
    return {
        "asked": asked,
        "rows": found.rows(asked, user),
        "facets": found.facets(asked),
        "chips": found.chips(data, form.chosen, since=asked.question.since, until=asked.question.until),
        "page_obj": page,
        "is_cut": asked.answer.total > MOST,
        "meant": meant,
        "meant_total": meant_total,
        "unnarrowed": 0 if meant else found.without_choices(asked, form.words),
        "name_form": NameForm(initial={"name": form.words[:100]}) if is_staff_today(user) else None,
    }


def _asked(user, form, page, perhaps):
    """The answer for a page that is there, and that page; no number means the first, too high a one the last."""
    number = min(int(page), MOST // PER_PAGE) if page.isdecimal() and int(page) else 1
    while True:
        start = (number - 1) * PER_PAGE
        asked = asking.ask(user, form.words, **form.asks, start=start, size=PER_PAGE, next_text=perhaps)
        paginator = Paginator(range(min(asked.answer.total, MOST)), PER_PAGE)
        if number <= paginator.num_pages:
            return asked, paginator.get_page(number)
        number = paginator.num_pages


def _straight_to(request, form, context):
    if "stay" in request.GET or form.chosen or context["page_obj"].number > 1:
        return None
    meant = found.only_one_meant(context["asked"], context["rows"])
    if meant is None or not meant.url:
        return None
    if request.user.is_authenticated:  # a stranger's browser is given no cookie for this
        data = request.GET.copy()
        data["stay"] = "1"
        words = _("This is the only document of the number %(number)s.") % {"number": ltr(meant.number)}
        back = f"{reverse('search:results')}?{data.urlencode()}"
        messages.info(request, format_html('{} <a href="{}">{}</a>', words, back, _("Show all results instead")))
    return redirect(meant.url)


def _note_empty(form, context):
    asked = context["asked"]
    if not (asked.answer.total or form.chosen or asked.question.since or asked.question.until):
        operations_saved.note_empty(asked.query.words)
