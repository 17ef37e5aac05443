"""What of circulars waits for a person on their home, and the way to them in the menu."""

from django.urls import reverse
from django.utils.translation import gettext as _

from core import panels
from core.dates import today
from core.organisations.permissions import holdings_of
from home.circulars import todo

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
    panels.register_entry(entry)
