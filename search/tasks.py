"""What the workers do for search: index what has changed, catch up, and compare every night."""

import logging
from datetime import timedelta

from django.db.models import Q

from core.dates import today
from core.organisations.models import Tenure
from core.outbox import handlers
from core.outbox.models import Message
from core.outbox.operations import enqueue, give_way
from search import engines, operations
from search.contract import EngineAway
from search.operations import CATCH_UP, INDEX, RECONCILE

logger = logging.getLogger(__name__)

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
    """Bring the search server up to date; what else is due is done in between. While it is away, it is asked again."""
    try:
        operations.catch_up(pause=_give_way)
    except EngineAway as away:
        logger.warning("search.engine_away", extra={"error": str(away)})


def reconcile(payload, *, message):
    """Compare what is indexed with the database, put it right, and delete indexes nobody reads any more.

    A server that is away is seen to the next night.
    """
    operations.reconcile(engines.embedded(), pause=_give_way)
    if server := engines.server():
        try:
            operations.reconcile(server, pause=_give_way)
            operations.drop_left()
        except EngineAway as away:
            logger.warning("search.engine_away", extra={"error": str(away)})


def ask_to_catch_up():
    """One row at a time: filling a server may take longer than the pause between two looks."""
    if not Message.objects.waiting().filter(name=CATCH_UP).exists():
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
    handlers.register(CATCH_UP, catch_up, max_attempts=3, time_limit=LONG)
    handlers.register(RECONCILE, reconcile, max_attempts=3, time_limit=LONG)
    handlers.register_job(
        "search.ask_for_forgotten", operations.ask_for_forgotten, timedelta(minutes=1), wanted=operations.is_behind
    )
    handlers.register_job(
        "search.ask_to_catch_up", ask_to_catch_up, timedelta(minutes=1), wanted=operations.is_server_behind
    )
    handlers.register_job("search.ask_to_reconcile", ask_to_reconcile, timedelta(days=1))
    handlers.register_job("search.sweep_index", operations.sweep, timedelta(days=1))
    handlers.register_job(
        "search.follow_the_calendar", follow_the_calendar, timedelta(minutes=10), wanted=_somebody_moves
    )
