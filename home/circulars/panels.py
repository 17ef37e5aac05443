"""What of circulars waits for a person on their home, and the way to them in the menu."""

from django.urls import reverse
from django.utils.translation import gettext as _

from core import panels
from core.organisations.permissions import holdings_of
from home.circulars.models import Circular

SHOWN = 5


def to_acknowledge(request):
    """Circulars that ask for this person's acknowledgement, the most urgent first."""
    if not holdings_of(request.user):
        return None
    waiting = Circular.objects.to_acknowledge(request.user).select_related("authority", "current")
    rows = [_row(circular) for circular in waiting.order_by("acknowledge_by", "-signed_on")[: SHOWN + 1]]
    more = len(rows) > SHOWN
    return panels.Panel(
        title=_("Circulars to acknowledge"),
        rows=rows[:SHOWN],
        url=reverse("circulars:list") + "?mine=waiting" if more else "",
        empty=_("You have acknowledged everything that asks for it."),
        is_aside=True,
        order=40,
    )


def entry(request):
    """The way to the circulars, for everybody who has a post."""
    return panels.Entry(_("Circulars"), reverse("circulars:list"), order=60) if holdings_of(request.user) else None


def _row(circular):
    return panels.Row(
        title=circular.current.title,
        url=circular.get_absolute_url(),
        number=circular.number,
        on=circular.acknowledge_by or circular.signed_on,
        notes=(circular.authority.name,),
    )


def register():
    panels.register_panel(to_acknowledge)
    panels.register_entry(entry)
