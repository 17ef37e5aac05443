"""What the clock does with letters: periodic jobs, each letter in a transaction of its own; and their form letters."""

from datetime import timedelta

from core import dates
from core.exceptions import WrongState
from core.notifications.operations import notify
from core.organisations.enums import Role
from core.outbox import handlers
from core.users.models import User
from eservices.correspondence import operations
from eservices.correspondence.clock import WARNINGS, percent_used
from eservices.correspondence.enums import Treatment
from eservices.correspondence.models import Correspondence, WorkItem
from eservices.correspondence.operations.common import tell_unit


def expire_holds():
    """Close letters whose missing documents did not come by the day named in the request."""
    overdue = WorkItem.objects.filter(state=Treatment.ON_HOLD, pieces_request__due_on__lt=dates.today())
    _each(overdue.select_related("pieces_request"), operations.expire_hold)


def reach_deadlines():
    """Record, once for each open letter, that its legal time limit is over."""
    over = WorkItem.objects.late().filter(deadline_reached_at=None).exclude(state=Treatment.ON_HOLD)
    _each(over.filter(correspondence__act_type__max_days__isnull=False), operations.reach_deadline)


def warn_of_deadlines():
    """Tell the unit in charge at 50, 80 and 100 percent of a letter's time, once each."""
    running = WorkItem.objects.filter(state__in=(Treatment.ASSIGNED, Treatment.IN_PROGRESS), due_on__isnull=False)
    for item in running.filter(warned_percent__lt=WARNINGS[-1]).for_display().iterator(chunk_size=500):
        used = percent_used(item.started_on, item.due_on, dates.today())
        reached = max((step for step in WARNINGS if step <= used), default=0)
        if reached <= item.warned_percent:
            continue
        WorkItem.objects.filter(pk=item.pk).update(warned_percent=reached)
        notify(
            item.owner_unit,
            "correspondence.time_running_out",
            url=item.get_absolute_url(),
            key=f"clock-{item.pk}-{item.due_on}-{reached}",
            number=item.correspondence.number,
            subject=item.correspondence.shown_subject(),
            percent=reached,
            due_on=item.due_on,
        )


def tell_registry(payload, *, message=None):
    """Tell the clerks of a registry that a letter was registered there; twice is the same as once."""
    item = WorkItem.objects.select_related("correspondence__entry", "registry").get(pk=payload["item"])
    by = User.objects.filter(pk=payload["by"]).first()
    tell_unit(item, item.registry, "registered", by=by, role=Role.CLERK, key=f"registered-{item.pk}")


def make_letter(payload, *, message=None):
    """Make the PDF that was asked for; twice is the same as once."""
    letters = Correspondence.objects.select_related("organisation", "party", "entry", "reply_to__entry")
    operations.make_letter(letters.get(pk=payload["letter"]))


def _each(items, operation):
    for item in items.for_display().iterator(chunk_size=500):
        try:
            operation(item)
        except WrongState:  # somebody acted on it in the meantime: nothing is left for the clock to do
            continue


def register_jobs():
    handlers.register("correspondence.tell_registry", tell_registry)
    handlers.register(operations.MAKE_LETTER, make_letter, time_limit=timedelta(minutes=2))
    handlers.register_job("correspondence.expire_holds", expire_holds, timedelta(minutes=15))
    handlers.register_job("correspondence.reach_deadlines", reach_deadlines, timedelta(minutes=15))
    handlers.register_job("correspondence.warn_of_deadlines", warn_of_deadlines, timedelta(hours=1))
