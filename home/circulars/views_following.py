"""Following: one button on a page and in a list, and the page that shows all that one follows."""

from django.contrib import messages
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.organisations.models import Organisation
from core.views import SeeOther
from home.circulars import follows, operations
from home.circulars.forms import PaceForm
from home.circulars.models import Circular, Follow, Theme


@require_safe
def following(request):
    """What the person signed in follows, how news of each come, and the units they could follow."""
    circulars = Circular.objects.visible_to(request.user).select_related("authority", "current")
    followed = Follow.objects.visible_to(request.user).values("circular")
    units = follows.buttons(request.user, units=follows.own_units(request.user))
    context = {
        "rows": follows.rows(request.user, {row.pk: row for row in circulars.filter(pk__in=followed)}),
        "offers": [button for button in units if button["follow"] is None],
    }
    return TemplateResponse(request, "circulars/following.html", context)


@require_POST
def follow(request):
    """Follow what the button names."""
    what = request.POST.get("what")
    rows = {
        "circular": Circular.objects.visible_to(request.user),
        "authority": Organisation.objects.filter(is_hosted=True),
        "theme": Theme.objects.all(),
        "unit": follows.own_units(request.user),
    }.get(what, Theme.objects.none())
    which = request.POST.get("which", "")
    target = get_object_or_404(rows, pk=int(which) if which.isdecimal() else 0)
    operations.follow(by=request.user, **{what: target})
    messages.success(request, _("News of it will come to you, as the page “What I follow” says."))
    return _back(request)


@require_POST
def unfollow(request):
    """No more news of it."""
    operations.unfollow(_own(request), by=request.user)
    messages.success(request, _("You no longer follow it."))
    return _back(request)


@require_POST
def pace(request):
    """How news of it come by e-mail."""
    own, form = _own(request), PaceForm(request.POST)
    if form.is_valid():
        operations.set_pace(own, by=request.user, **form.cleaned_data)
        messages.success(request, _("Your choice has been saved."))
    else:
        messages.error(request, _("Choose one of the ways listed."))
    return _back(request)


def _own(request):
    which = request.POST.get("follow", "")
    return get_object_or_404(Follow.objects.visible_to(request.user), pk=int(which) if which.isdecimal() else 0)


def _back(request):
    """Where the button was; the page of what one follows otherwise."""
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return SeeOther(back if is_ours else reverse("circulars:following"))
