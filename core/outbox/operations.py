"""Asking for work (`enqueue`), and what a worker does with one row: claim, run, finish or put off."""

import contextlib
import logging
import random
import re
import time
import traceback
import uuid
from datetime import datetime, timedelta
from types import SimpleNamespace

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core import sql
from core.context import request_id
from core.exceptions import NotAllowed, WrongState
from core.failpoints import reach
from core.outbox import handlers
from core.outbox.enums import MessageState
from core.outbox.models import Job, Message, Worker
from core.outbox.permissions import can_retry

logger = logging.getLogger(__name__)

process = SimpleNamespace(is_ending=False)  # a bare flag: it is set by a signal, which may come anywhere
LEASE = timedelta(seconds=30)  # renewed while the work runs; what a killed worker held is free again after this
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=2), timedelta(hours=6)
KEPT = timedelta(days=30)
# What an error's message may not tell the administrator: whom a mail was for, which letter it was about.
_PRIVATE = re.compile(r"[^\s@<>'\"]+@[^\s@<>'\"]+|\b[A-Z0-9]{2,6}-[ADI]-\d{4}-\d+(-\w)?\b")


def enqueue(name: str, payload: dict, *, key: str | None = None, due_at: datetime | None = None) -> Message:
    """Ask for `name` to be done after the caller's transaction; without one, at once.

    A second call with the same `key` changes nothing and returns the first row, also when both run at the same moment.
    Inside `sql.together` the row is written at its end, so that what is returned is not saved yet.
    """
    now = timezone.now()
    message = Message(name=name, payload=payload, key=key, created_at=now, due_at=due_at or now)
    if sql.is_together():
        sql.add([message], once=key is not None)
        return message
    is_new = sql.create(message, once=key is not None)
    return message if is_new else Message.objects.get(key=key)


def enqueue_all(name: str, rows: list[tuple[dict, str]]) -> None:
    """As `enqueue`, for many rows at once: pairs of what they carry and their key."""
    sql.add([Message(name=name, payload=payload, key=key) for payload, key in rows], once=True)


def retry(message: Message, *, by) -> None:
    """Give a dead row to the workers again, from its first attempt; administrators only, and only while it is dead."""
    if not can_retry(by, message):
        raise NotAllowed()
    moved = (
        Message.objects.dead()
        .filter(pk=message.pk)
        .update(state=MessageState.WAITING, attempts=0, due_at=timezone.now(), lease="", leased_until=None)
    )
    if not moved:
        raise WrongState(_("This message is no longer given up: it waits for a worker or is done."))
    logger.info("outbox.retried", extra={"row": message.pk, "by": by.pk})


# --- what a worker does --------------------------------------------------------------------------------------------


def run_one() -> bool:
    """Do the next due row, if there is one; says whether there was. A failing handler never fails the worker."""
    message = claim()
    if message is None:
        return False
    run(message)
    return True


def run_pending(limit: int = 10_000) -> int:
    """Do every row that is due now and return how many; what failed is due later."""
    done = 0
    while done < limit and run_one():
        done += 1
    return done


def give_way(*names: str, limit: int = 50) -> None:
    """For a row whose work is long, between two of its steps: do what else is due, save rows called `names`.

    Nothing more is begun once this process is told to end.
    """
    for _turn in range(limit):
        message = None if process.is_ending else claim(but=names)
        if message is None:
            return
        run(message)


def claim(*, but=()) -> Message | None:
    """Take the lease of the oldest due row, save those called `but`; two workers never get the same one."""
    known = [name for name in handlers.names() if name not in but]
    if not Message.objects.due().filter(name__in=known).exists():  # an idle worker only reads
        return None
    with transaction.atomic():
        now = timezone.now()
        due = Message.objects.due(now).filter(name__in=known).order_by("due_at", "pk")
        message = due.select_for_update(skip_locked=True).first()
        if message is None:
            return None
        message.lease, message.leased_until = uuid.uuid4().hex, now + LEASE
        message.attempts += 1
        message.save(update_fields=["lease", "leased_until", "attempts"])
    return message


def run(message: Message) -> None:
    """Call the handler of a claimed row and write down how it ended; what it carried goes once it is done."""
    handler = handlers.handler(message.name)
    token = request_id.set(f"outbox-{message.pk}")
    try:
        with _busy(_held(message), handler.time_limit):
            reach("outbox.before_handler")
            _call(handler.func, message.payload, message=message)
            reach("outbox.after_handler")
    except Exception as error:  # noqa: BLE001 — must survive any bug: the row keeps it for the administrator
        _put_off(message, handler, error)
    else:
        _held(message).update(
            state=MessageState.DONE, done_at=timezone.now(), payload={}, lease="", leased_until=None, last_error=""
        )
        logger.info("outbox.done", extra={"task": message.name, "row": message.pk, "attempts": message.attempts})
    finally:
        request_id.reset(token)


def renew() -> None:
    """Prolong the lease of what this process is busy with; called beside it, by the worker's heartbeat."""
    for rows, until in list(_at_work.values()):
        if time.monotonic() < until:
            rows.update(leased_until=timezone.now() + LEASE)


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many attempts: three times longer each time, give or take a fifth."""
    pause = min(FIRST_PAUSE * 3 ** min(attempts - 1, 12), LONGEST_PAUSE)
    return pause * random.uniform(0.8, 1.2)  # noqa: S311 — spreads retries, guards nothing


def tidy() -> None:
    """Drop rows long done and workers long gone; rows with a key stay, so that nothing is done twice."""
    old = timezone.now() - KEPT
    Message.objects.filter(state=MessageState.DONE, done_at__lt=old, key=None).delete()
    Worker.objects.filter(seen_at__lt=old).delete()


_at_work: dict[object, tuple] = {}  # what this process holds now, and until when it may go on holding it


@contextlib.contextmanager
def _busy(rows, time_limit):
    hold = object()
    _at_work[hold] = (rows, time.monotonic() + time_limit.total_seconds())
    try:
        yield
    finally:
        del _at_work[hold]


def _call(func, *args, **kwargs):
    if connection.in_atomic_block:  # only under a test's transaction, which a database error must not break
        with transaction.atomic():
            return func(*args, **kwargs)
    return func(*args, **kwargs)


def _held(message):
    return Message.objects.waiting().filter(pk=message.pk, lease=message.lease)


def _put_off(message, handler, error):
    _reconnect()
    given_up = message.attempts >= handler.max_attempts
    _held(message).update(
        state=MessageState.DEAD if given_up else MessageState.WAITING,
        due_at=timezone.now() + pause_after(message.attempts),
        lease="",
        leased_until=None,
        last_error=_describe(error),
    )
    logger.log(
        logging.ERROR if given_up else logging.WARNING,
        "outbox.given_up" if given_up else "outbox.put_off",
        extra={
            "task": message.name,
            "row": message.pk,
            "attempts": message.attempts,
            "error": type(error).__name__,
        },
    )


def _reconnect():
    """The error may have been the database's restart: what comes next must not meet the broken connection."""
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()


def _describe(error):
    text = "".join(traceback.format_exception(error, limit=-6)).replace("\x00", "")
    return _PRIVATE.sub("…", text)[-4000:]


# --- periodic jobs -------------------------------------------------------------------------------------------------


def run_due_jobs(resting: dict[str, float] | None = None) -> int:
    """Run each periodic job that is due and wanted, once across all workers; returns how many ran here.

    `resting` is kept by a caller that comes back all the time: what was not due or not wanted is left alone in it for a
    twentieth of its period, five seconds at most, so that an idle worker asks little.
    """
    resting = {} if resting is None else resting
    now = time.monotonic()
    awake = [job for job in handlers.jobs() if resting.get(job.name, 0.0) <= now]
    rows = {row.name: row for row in Job.objects.filter(name__in=[job.name for job in awake])} if awake else {}
    ran = 0
    for job in awake:
        if _run_job(job, rows.get(job.name)):
            ran += 1
        else:
            resting[job.name] = now + min(job.every.total_seconds() / 20, 5)
    return ran


def _run_job(job, row) -> bool:
    now = timezone.now()
    if row is None:
        Job.objects.bulk_create([Job(name=job.name, due_at=now)], ignore_conflicts=True)
        row = Job.objects.get(name=job.name)
    if not _is_due(row, job, now) or (job.wanted and not job.wanted()):
        return False
    lease = uuid.uuid4().hex
    mine = Job.objects.filter(name=job.name, lease=lease)
    # The row as it was seen: whoever changes it first has the job.
    if not Job.objects.filter(pk=row.pk, due_at=row.due_at, lease=row.lease, leased_until=row.leased_until).update(
        lease=lease, leased_until=now + LEASE
    ):
        return False
    token = request_id.set(f"job-{lease[:8]}")
    try:
        with _busy(mine, job.time_limit):
            _call(job.func)
    except Exception as error:  # noqa: BLE001 — as in run(): shown to the administrator and tried again
        _reconnect()
        failures = row.failures + 1
        due_at = timezone.now() + max(FIRST_PAUSE, min(job.every, pause_after(failures)))
        mine.update(due_at=due_at, lease="", leased_until=None, last_error=_describe(error), failures=failures)
        logger.error("job.failed", extra={"job": job.name, "error": type(error).__name__, "failures": failures})
    else:
        mine.update(due_at=now + job.every, lease="", leased_until=None, last_run_at=now, last_error="", failures=0)
    finally:
        request_id.reset(token)
    return True


def _is_due(row, job, now):
    """Times further ahead than they can be come from a clock that was set back: they do not count."""
    held = row.leased_until is not None and now <= row.leased_until <= now + LEASE
    return not held and not (now < row.due_at <= now + max(job.every, LONGEST_PAUSE))
