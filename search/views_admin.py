"""The administrator's page of search: what people did not find, and settings tried side by side before they count."""

from django.core.exceptions import PermissionDenied
from django.db.models import Sum
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from wagtail.admin import messages

from core.dates import today
from core.exceptions import BusinessError

from . import judging, operations_tuning, scopes, tuning
from .asking import ask
from .forms_admin import APART, TuningForm
from .permissions import can_tune
from .reader_models import EmptySearch
from .results import rows
from .tuning_models import JudgedQuery, Tuning

DAYS, SHOWN, FORMER = 90, 30, 10
PIN, LEAVE_OUT, JUDGE = "pin:", "leave-out:", "judge:"


@require_http_methods(["GET", "POST"])
def tune(request):
    """Settings, a trial of them beside what counts now, and their effect on judged queries. Saved by a button alone."""
    _must_tune(request)
    intent = request.POST.get("intent", "")
    form = TuningForm(_with_line(request.POST, intent) if request.method == "POST" else None, row=tuning.latest())
    words = form.data.get("q", "").strip() if form.is_bound else request.GET.get("q", "").strip()
    if intent.startswith(JUDGE) and words:
        _judge(request, words, intent.removeprefix(JUDGE))
    if form.is_bound and form.is_valid() and intent == "save":
        try:
            operations_tuning.save_tuning(form.draft(), by=request.user, seen=form.cleaned_data["seen"] or 0)
        except BusinessError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("These settings count from now on."))
            return redirect("search_tuning")
    return TemplateResponse(request, "search/cms/tuning.html", _page(request, form, words))


@require_POST
def restore(request, key):
    """Take former settings back."""
    _must_tune(request)
    operations_tuning.restore_tuning(get_object_or_404(Tuning, pk=key), by=request.user)
    messages.success(request, _("The former settings count again."))
    return redirect("search_tuning")


def _page(request, form, words):
    draft = tuning.tuned(form.draft()) if form.is_bound and form.is_valid() else tuning.tuned(form.row)
    judged = {query.text: query.wanted for query in JudgedQuery.objects.all()}
    return {
        "form": form,
        "words": words,
        "empty": _empty(),
        "pins": _named(form.lines("pins"), request.user),
        "exclusions": _named(form.lines("exclusions"), request.user),
        "trial": _trial(request.user, words, draft) if words else None,
        "wanted": judged.get(words, []),
        "judged": judged,
        "effect": judging.effect(request.user, tuning.current(), draft) if form.is_bound and judged else None,
        "former": Tuning.objects.select_related("saved_by")[1 : FORMER + 1],
        "header_title": _("How search answers"),
        "breadcrumbs_items": [{"url": reverse("wagtailadmin_home"), "label": _("Home")}, {"label": _("Search")}],
    }


def _trial(user, words, draft):
    """Two lists beside each other: what counts now, and the draft."""
    return [
        {"title": title, "total": asked.answer.total, "rows": rows(asked, user)}
        for title, asked in (
            (_("Now"), ask(user, words)),
            (_("With these settings"), ask(user, words, tuned=draft)),
        )
    ]


def _with_line(data, intent):
    """What was sent, with the line a button of the trial adds."""
    words = data.get("q", "").strip()
    for prefix, name in ((PIN, "pins"), (LEAVE_OUT, "exclusions")):
        if intent.startswith(prefix) and words:
            data = data.copy()
            data.appendlist(name, APART.join([words, intent.removeprefix(prefix)]))
    return data


def _judge(request, words, doc_id):
    """The other way round than it was: wanted, or no longer."""
    judged = JudgedQuery.objects.filter(text=words).first()
    wanted = list(judged.wanted) if judged else []
    wanted = [each for each in wanted if each != doc_id] if doc_id in wanted else [*wanted, doc_id]
    operations_tuning.judge(words, wanted, by=request.user)


def _named(lines, user):
    """Lines with the title of their document, as far as the administrator may read it."""
    names = scopes.shown(scopes.found((doc_id for _words, doc_id in lines), user), user)
    return [
        {
            "words": words,
            "title": names[doc_id].title if doc_id in names else _("A document you may not read"),
            "value": APART.join([words, doc_id]),
        }
        for words, doc_id in lines
    ]


def _empty():
    """What was looked for and not found, the most frequent first."""
    since = today().toordinal() - DAYS
    recent = EmptySearch.objects.filter(day__gte=today().fromordinal(since))
    return recent.values("words").annotate(times=Sum("count")).order_by("-times", "words")[:SHOWN]


def _must_tune(request):
    if not can_tune(request.user):
        raise PermissionDenied
