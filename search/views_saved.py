"""Searches one keeps: a button under the results, and the page that shows them all."""

from django.contrib import messages
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.views import SeeOther

from . import operations_saved, results
from .forms import NameForm, PaceForm, saved_form
from .models import SavedSearch


@require_safe
def saved(request):
    """What the person signed in keeps, with what is new in each; what they removed can be brought back."""
    own = SavedSearch.objects.visible_to(request.user)
    rows = [
        {
            "saved": row,
            "name": NameForm(initial={"name": row.name}, auto_id=f"id_%s_{row.pk}"),
            "pace": PaceForm(initial={"pace": row.pace}, auto_id=f"id_%s_{row.pk}"),
        }
        for row in own.kept()
    ]
    removed = own.exclude(removed_at=None).order_by("-removed_at")
    return TemplateResponse(request, "search/saved.html", {"rows": rows, "removed": removed})


@require_safe
def open_saved(request, pk):
    """Lead to what a saved search finds; that its owner looked is noted."""
    row = get_object_or_404(SavedSearch.objects.visible_to(request.user), pk=pk)
    operations_saved.look_at(row, by=request.user)
    return SeeOther(f"{reverse('search:results')}?{row.query}&sort=newest&stay=1")


@require_POST
def save(request):
    """Keep the search whose choices the form carries."""
    form, name = saved_form(request.POST.get("query", "")), NameForm(request.POST)
    if name.is_valid() and form.words:
        known = results.newest(request.user, form.words, **form.asks)
        operations_saved.save_search(by=request.user, name=name.cleaned_data["name"], query=form.address, known=known)
        messages.success(request, _("The search is kept. News of it will come to you."))
        return SeeOther(reverse("search:saved"))
    _say(request, name)
    return SeeOther(f"{reverse('search:results')}?{form.address}")


@require_POST
def rename(request):
    """Give it another name."""
    row, form = _own(request), NameForm(request.POST)
    if form.is_valid():
        operations_saved.rename_search(row, by=request.user, **form.cleaned_data)
        messages.success(request, _("The new name is kept."))
    else:
        _say(request, form)
    return SeeOther(reverse("search:saved"))


@require_POST
def pace(request):
    """How news of it come by e-mail."""
    row, form = _own(request), PaceForm(request.POST)
    if form.is_valid():
        operations_saved.set_pace(row, by=request.user, **form.cleaned_data)
        messages.success(request, _("Your choice has been saved."))
    else:
        messages.error(request, _("Choose one of the ways listed."))
    return SeeOther(reverse("search:saved"))


@require_POST
def remove(request):
    """No more news of it."""
    operations_saved.remove_search(_own(request), by=request.user)
    messages.success(request, _("The search is removed. You can bring it back below."))
    return SeeOther(reverse("search:saved"))


@require_POST
def restore(request):
    """Bring back what was removed."""
    operations_saved.restore_search(_own(request), by=request.user)
    messages.success(request, _("The search is back."))
    return SeeOther(reverse("search:saved"))


def _own(request):
    which = request.POST.get("saved", "")
    return get_object_or_404(SavedSearch.objects.visible_to(request.user), pk=int(which) if which.isdecimal() else 0)


def _say(request, form):
    for error in form.errors.get("name", [_("Write what is to be looked for.")]):
        messages.error(request, error)
