"""What of circulars waits for a person on their home, what they may begin there, and the way to them in the menu."""

from django.urls import reverse
from django.utils.translation import gettext as _

from core import panels
from core.dates import today
from core.organisations.enums import Role
from core.organisations.permissions import holdings_of, organisation_ids_of
from home.circulars import permissions, todo
from home.circulars.models import Circular

SHOWN = 5


def to_do(request):
    """What circulars ask of this person, the most urgent first."""
    if not holdings_of(request.user):
        return None
    found = todo.keys(request.user)
    return panels.Panel(
        title=_("To do, by circulars"),
        rows=[_row(item) for item in todo.items(request.user, found[:SHOWN])],
        url=reverse("circulars:todo") if found else "",
        empty=_("You have done everything that circulars ask of you."),
        is_aside=True,
        order=40,
    )


def to_decide(request):
    """The circulars that wait for this publisher, who did not make the last edit, the longest waiting first."""
    authorities = organisation_ids_of(request.user, role=Role.CIRCULAR_PUBLISHER)
    if not authorities:
        return None
    waiting = Circular.objects.for_editors().filter(is_waiting=True, authority__in=authorities)
    waiting = waiting.exclude(latest_revision__user=request.user).order_by("latest_revision__created_at")
    rows = [
        panels.Row(
            title=circular.title,
            url=reverse("wagtailsnippets_circulars_circular:review", args=[circular.pk]),
            tone="waiting",
            status=_("Waits for approval"),
            number=circular.number,
            on=circular.signed_on,
            notes=(circular.get_kind_display(),),
        )
        for circular in waiting[:SHOWN]
    ]
    return panels.Panel(title=_("Circulars to approve"), rows=rows, url=_desk(), order=20) if rows else None


def write(request):
    """The way to their desk for those who write or publish circulars."""
    if not permissions.works_on_circulars(request.user):
        return None
    return panels.Action(_("Write and publish circulars"), _desk(), icon="pen", order=60)


def _desk():
    return reverse("wagtailsnippets_circulars_circular:list")


def entry(request):
    """The way to the circulars, for everybody who has a post."""
    return panels.Entry(_("Circulars"), reverse("circulars:list"), order=60) if holdings_of(request.user) else None


def _row(item):
    is_late = item.due_on is not None and item.due_on < today()
    return panels.Row(
        title=item.words,
        url=item.circular.get_absolute_url(),
        tone="late" if is_late else "waiting",
        status=_("To do") if item.action else _("To acknowledge"),
        number=item.circular.number,
        on=item.due_on or item.circular.signed_on,
        notes=(item.circular.authority.name,),
    )


def register():
    panels.register_panel(to_do)
    panels.register_panel(to_decide)
    panels.register_action(write)
    panels.register_entry(entry)
