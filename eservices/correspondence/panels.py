"""What of letters waits for a person: figures on their home, the desk in their menu, the counter at hand."""

from django.urls import reverse
from django.utils.translation import gettext as _

from core import panels
from core.organisations.enums import Role
from core.organisations.models import Organisation
from core.organisations.permissions import holdings_of, organisation_ids_of, unit_ids_of
from eservices.correspondence.enums import Treatment
from eservices.correspondence.models import CallTask, Copy, WorkItem

SHOWN = 6


def waiting_tiles(request):
    """How many letters wait for an act, how many are late, whom to call, which copies are unread: two queries."""
    if not holdings_of(request.user):
        return None
    desk = reverse("correspondence:desk")
    waiting = WorkItem.objects.waiting_for(request.user)
    late = waiting.late().count()
    tiles = [
        panels.Tile(waiting.count(), _("letters wait for you"), f"{desk}?state=waiting"),
        panels.Tile(late, _("letters are late"), f"{desk}?state=waiting&due=late", is_late=bool(late)),
    ]
    if organisation_ids_of(request.user, role=Role.CLERK):
        calls = CallTask.objects.filter(done_at=None, item__in=WorkItem.objects.visible_to(request.user)).count()
        tiles.append(panels.Tile(calls, _("senders to call"), reverse("correspondence:calls")))
    return panels.Panel(tiles=tiles, order=10)


def waiting_letters(request):
    """The letters that wait longest, to open at once."""
    if not holdings_of(request.user):
        return None
    items = WorkItem.objects.waiting_for(request.user).for_display().order_by("due_on", "registered_at")[:SHOWN]
    return panels.Panel(
        title=_("What waits for you"),
        rows=[_row(item) for item in items],
        url=f"{reverse('correspondence:desk')}?state=waiting",
        empty=_("Nothing waits for you: every letter of your units has been dealt with."),
        order=20,
    )


def unread_copies(request):
    """Copies for information nobody of the unit has read yet; silent when there are none."""
    copies = Copy.objects.filter(unit__in=unit_ids_of(request.user), read_at=None).select_related(
        "item__correspondence__entry", "item__correspondence__current_entry", "item__correspondence__party"
    )
    rows = [_row(copy.item) for copy in copies.filter(item__in=WorkItem.objects.visible_to(request.user))[:SHOWN]]
    return panels.Panel(title=_("Copies for information"), rows=rows, is_aside=True, order=30) if rows else None


def counter(request):
    """The clerk's first button."""
    kept = Organisation.objects.filter(pk__in=organisation_ids_of(request.user, role=Role.CLERK)).first()
    if kept is None:
        return None
    url = reverse("correspondence:register_paper", args=[kept.code])
    return panels.Action(_("Register a letter"), url, icon="plus-lg", order=10)


def desk_entry(request):
    if not holdings_of(request.user):
        return None
    return panels.Entry(_("Letters"), reverse("correspondence:desk"), order=10)


def _row(item):
    letter = item.correspondence
    is_new = item.state in (Treatment.TO_QUALIFY, Treatment.ASSIGNED)
    return panels.Row(
        title=letter.shown_subject(),
        url=item.get_absolute_url(),
        tone="late" if item.is_late() else "waiting" if is_new else item.tone,
        status=str(_("late") if item.is_late() else item.get_state_display()),
        number=letter.number,
        notes=(item.shown_sender,),
        on=item.due_on,
    )


def register():
    for panel in (waiting_tiles, waiting_letters, unread_copies):
        panels.register_panel(panel)
    panels.register_action(counter)
    panels.register_entry(desk_entry)
