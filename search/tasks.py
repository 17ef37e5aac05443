"""What the workers do for search: index what has changed, catch up, and compare every night."""

from datetime import timedelta

from django.db.models import Q

from core.dates import today
from core.organisations.models import Tenure
from core.outbox import handlers
from core.outbox.operations import enqueue, give_way
from search import engines, operations
from search.operations import CATCH_UP, INDEX, RECONCILE

LONG = timedelta(hours=6)


def index(payload, *, message):
    """Bring documents up to date everywhere. What failed together is tried again one by one."""
    documents = payload["documents"]
    if message.attempts > 1 and len(documents) > 1:
        for doc_id in documents:
            enqueue(INDEX, {"documents": [doc_id]})
    else:
        operations.index(documents)


def catch_up(payload, *, message):
    """Bring the search server up to date; what else is due is done in between."""
    operations.catch_up(pause=_give_way)


def reconcile(payload, *, message):
    """Compare what is indexed with the database and put it right."""
    own, first = engines.embedded(), engines.current()
    operations.reconcile(own, pause=_give_way)
    if first.name != own.name:
        operations.reconcile(first, pause=_give_way)


def ask_to_catch_up():
    enqueue(CATCH_UP, {})


def ask_to_reconcile():
    enqueue(RECONCILE, {})


def follow_the_calendar():
    """People are found from the first day on which they hold a post to the last."""
    operations.renew_people()


def _give_way():
    give_way(CATCH_UP, RECONCILE)


def _somebody_moves() -> bool:
    day = today()
    return Tenure.objects.filter(Q(starts_on=day) | Q(ends_on=day - timedelta(days=1))).exists()


def register_jobs():
    handlers.register(INDEX, index)
    handlers.register(CATCH_UP, catch_up, max_attempts=1, time_limit=LONG)
    handlers.register(RECONCILE, reconcile, max_attempts=3, time_limit=LONG)
    handlers.register_job(
        "search.ask_for_forgotten", operations.ask_for_forgotten, timedelta(minutes=1), wanted=operations.is_behind
    )
    handlers.register_job(
        "search.ask_to_catch_up", ask_to_catch_up, timedelta(minutes=1), wanted=operations.is_server_behind
    )
    handlers.register_job("search.ask_to_reconcile", ask_to_reconcile, timedelta(days=1))
    handlers.register_job(
        "search.follow_the_calendar", follow_the_calendar, timedelta(minutes=10), wanted=_somebody_moves
    )
