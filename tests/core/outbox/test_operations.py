from datetime import timedelta
from unittest import mock

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from core.context import request_id
from core.exceptions import NotAllowed, WrongState
from core.outbox import handlers, operations, worker
from core.outbox.enums import MessageState
from core.outbox.models import Job, Message, Worker
from core.outbox.operations import enqueue

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def test_row_is_done_once(calls):
    message = enqueue("note", {"n": 1})

    assert operations.run_pending() == 1
    assert operations.run_pending() == 0
    message.refresh_from_db()
    assert calls == [{"n": 1}]
    assert (message.state, message.attempts, message.last_error) == (MessageState.DONE, 1, "")


def test_second_row_of_the_same_key_is_the_first(calls):
    first = enqueue("note", {"n": 1}, key="one")
    second = enqueue("note", {"n": 2}, key="one")

    operations.run_pending()
    assert second.pk == first.pk
    assert calls == [{"n": 1}]


def test_key_is_kept_after_the_row_is_done(calls):
    enqueue("note", {"n": 1}, key="one")
    operations.run_pending()
    enqueue("note", {"n": 1}, key="one")

    assert operations.run_pending() == 0
    assert len(calls) == 1


@pytest.mark.django_db(transaction=True)
def test_row_of_a_rolled_back_transaction_never_was(calls):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        enqueue("note", {"n": 1})
        raise ZeroDivisionError

    assert operations.run_pending() == 0


def test_row_is_not_done_before_its_time(calls):
    enqueue("note", {"n": 1}, due_at=timezone.now() + timedelta(minutes=1))
    assert operations.run_pending() == 0


def test_rows_are_done_in_the_order_they_fall_due(calls):
    now = timezone.now()
    enqueue("note", {"n": "later"}, due_at=now - timedelta(seconds=1))
    enqueue("note", {"n": "earlier"}, due_at=now - timedelta(seconds=2))

    operations.run_pending()
    assert [payload["n"] for payload in calls] == ["earlier", "later"]


def test_row_of_an_unknown_name_waits_for_a_worker_that_knows_it(calls):
    enqueue("of_a_newer_version", {})

    assert operations.run_pending() == 0
    assert Message.objects.get().attempts == 0


def test_long_row_gives_way_to_a_few_others_at_a_time(calls):
    for number in range(3):
        enqueue("note", {"n": number}, key=str(number))

    operations.give_way("another", limit=2)
    assert calls == [{"n": 0}, {"n": 1}]
    operations.give_way("note")
    assert len(calls) == 2
    operations.give_way("another")
    assert len(calls) == 3


def test_long_row_gives_way_to_none_once_the_worker_is_told_to_end(calls, monkeypatch):
    monkeypatch.setattr(operations.process, "is_ending", False)
    enqueue("note", {"n": 1})

    worker.Loop().stop()
    operations.give_way("another")

    assert calls == []


def test_failing_row_is_put_off_with_its_error(refusing):
    message = enqueue("refuse", {})

    operations.run_pending()
    message.refresh_from_db()
    assert (message.state, message.attempts) == (MessageState.WAITING, 1)
    assert message.last_error.rstrip().endswith("ValueError: the mail server said no")
    assert message.due_at > timezone.now()
    assert operations.run_pending() == 0


def test_failing_row_is_given_up_after_its_last_attempt(refusing):
    message = enqueue("refuse", {})

    for _attempt in range(3):
        Message.objects.waiting().update(due_at=timezone.now())
        operations.run_pending()
    message.refresh_from_db()
    assert (message.state, message.attempts) == (MessageState.DEAD, 3)


def test_failing_row_does_not_hold_up_the_next(refusing, calls):
    enqueue("refuse", {})
    enqueue("note", {"n": 1})
    operations.run_pending()
    assert calls == [{"n": 1}]


def test_database_error_in_a_handler_leaves_the_worker_whole(known, calls):
    def twice(payload, *, message):
        Job.objects.create(name="same", due_at=timezone.now())
        Job.objects.create(name="same", due_at=timezone.now())

    handlers.register("twice", twice)
    enqueue("twice", {})
    enqueue("note", {"n": 1})

    operations.run_pending()
    assert calls == [{"n": 1}]
    assert "IntegrityError" in Message.objects.get(name="twice").last_error


def test_pauses_grow_and_have_an_end():
    for attempts, seconds in [(1, 2), (2, 6), (3, 18), (12, 6 * 3600), (100, 6 * 3600)]:
        pause = operations.pause_after(attempts).total_seconds()
        assert seconds * 0.8 <= pause <= seconds * 1.2


def test_claimed_row_is_nobody_elses(calls):
    enqueue("note", {"n": 1})

    assert operations.claim() is not None
    assert operations.claim() is None


def test_lease_of_a_killed_worker_expires(calls):
    enqueue("note", {"n": 1})
    operations.claim()
    Message.objects.update(leased_until=timezone.now() - timedelta(seconds=1))

    assert operations.run_pending() == 1
    assert Message.objects.get().attempts == 2


def test_worker_that_lost_its_lease_changes_nothing(calls):
    enqueue("note", {"n": 1})
    late = operations.claim()
    Message.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    winner = operations.claim()

    operations.run(late)
    assert Message.objects.get().lease == winner.lease
    assert Message.objects.get().state == MessageState.WAITING


def test_heartbeat_prolongs_the_row_at_work(known):
    seen = []

    def slow(payload, *, message):
        Message.objects.update(leased_until=timezone.now())
        operations.renew()
        seen.append(Message.objects.get().leased_until - timezone.now())

    handlers.register("slow", slow)
    enqueue("slow", {})

    operations.run_pending()
    assert seen[0] > timedelta(seconds=25)
    operations.renew()  # nothing at work: nothing to prolong


def test_heartbeat_lets_go_of_what_hangs(known):
    seen = []

    def hanging(payload, *, message):
        Message.objects.update(leased_until=timezone.now())
        operations.renew()
        seen.append(Message.objects.get().leased_until <= timezone.now())

    handlers.register("hang", hanging, time_limit=timedelta(0))
    enqueue("hang", {})

    operations.run_pending()
    assert seen == [True]


def test_handler_logs_under_the_row_it_works_on(known):
    seen = []
    handlers.register("note", lambda payload, *, message: seen.append((request_id.get(), message.pk)))
    enqueue("note", {})
    operations.run_pending()
    assert seen == [(f"outbox-{seen[0][1]}", seen[0][1])]


def test_given_up_row_is_tried_again_on_request(refusing, nadia):
    message = enqueue("refuse", {})
    Message.objects.update(state=MessageState.DEAD, attempts=3)

    operations.retry(message, by=nadia)
    message.refresh_from_db()
    assert (message.state, message.attempts) == (MessageState.WAITING, 0)


def test_retry_is_for_administrators(refusing, youssef):
    message = enqueue("refuse", {})
    Message.objects.update(state=MessageState.DEAD)

    with pytest.raises(NotAllowed):
        operations.retry(message, by=youssef)
    assert Message.objects.get().state == MessageState.DEAD


def test_second_of_two_retries_is_refused(refusing, nadia):
    message = enqueue("refuse", {})
    Message.objects.update(state=MessageState.DEAD)
    operations.retry(message, by=nadia)

    with pytest.raises(WrongState):
        operations.retry(message, by=nadia)


def test_done_row_carries_nothing_any_more(calls):
    enqueue("note", {"to": "citizen@example.ma"})
    operations.run_pending()
    assert Message.objects.get().payload == {}


def test_tidy_keeps_what_has_a_key_or_is_young(calls):
    enqueue("note", {"n": 1})
    enqueue("note", {"n": 2}, key="one")
    enqueue("note", {"n": 3})
    operations.run_pending()
    Message.objects.exclude(pk=Message.objects.latest("pk").pk).update(done_at=timezone.now() - timedelta(days=31))
    Worker.objects.create(name="gone", seen_at=timezone.now() - timedelta(days=31))

    operations.tidy()
    assert list(Message.objects.order_by("pk").values_list("key", flat=True)) == ["one", None]
    assert not Worker.objects.exists()


# --- periodic jobs -------------------------------------------------------------------------------------------------


@pytest.fixture
def ticks(known):
    seen = []
    handlers.register_job("tick", lambda: seen.append(1), timedelta(minutes=1))
    return seen


def test_job_runs_once_a_period(ticks):
    assert operations.run_due_jobs() == 1
    assert operations.run_due_jobs() == 0
    Job.objects.update(due_at=timezone.now())
    assert operations.run_due_jobs() == 1
    assert len(ticks) == 2


def test_job_held_by_another_worker_is_left_alone(ticks):
    operations.run_due_jobs()
    Job.objects.update(due_at=timezone.now(), lease="x", leased_until=timezone.now() + timedelta(seconds=20))
    assert operations.run_due_jobs() == 0


def test_job_of_a_killed_worker_is_taken_over(ticks):
    operations.run_due_jobs()
    Job.objects.update(due_at=timezone.now(), lease="x", leased_until=timezone.now() - timedelta(seconds=1))
    assert operations.run_due_jobs() == 1


def test_job_seen_by_two_workers_runs_in_one(ticks, monkeypatch):
    operations.run_due_jobs()
    Job.objects.update(due_at=timezone.now())

    def other_was_faster(row, job, now):
        Job.objects.update(lease="other", leased_until=now + timedelta(seconds=20))
        return True

    monkeypatch.setattr(operations, "_is_due", other_was_faster)
    assert operations.run_due_jobs() == 0


def test_job_without_work_writes_nothing(known, django_assert_num_queries):
    handlers.register_job("idle", pytest.fail, timedelta(seconds=1), wanted=lambda: False)
    operations.run_due_jobs()
    before = list(Job.objects.values())

    with django_assert_num_queries(1):
        assert operations.run_due_jobs() == 0
    assert list(Job.objects.values()) == before


def test_job_not_due_is_left_alone_for_a_while(ticks, django_assert_num_queries):
    resting = {}
    operations.run_due_jobs(resting)
    operations.run_due_jobs(resting)
    with django_assert_num_queries(0):
        assert operations.run_due_jobs(resting) == 0


def test_failing_job_is_noted_and_tried_again(known):
    handlers.register_job("broken", lambda: 1 / 0, timedelta(days=1))

    operations.run_due_jobs()
    job = Job.objects.get()
    assert job.failures == 1
    assert "ZeroDivisionError" in job.last_error
    assert timezone.now() < job.due_at < timezone.now() + timedelta(seconds=10)


def test_job_that_recovers_forgets_its_error(ticks):
    Job.objects.create(name="tick", due_at=timezone.now(), failures=3, last_error="no")
    operations.run_due_jobs()
    assert list(Job.objects.values_list("failures", "last_error")) == [(0, "")]


def test_clock_set_back_does_not_stop_jobs(ticks):
    operations.run_due_jobs()
    Job.objects.update(due_at=timezone.now() + timedelta(days=2), leased_until=timezone.now() + timedelta(days=2))
    assert operations.run_due_jobs() == 1


# --- the command ---------------------------------------------------------------------------------------------------


def test_command_until_empty_does_all_that_is_due(calls, ticks):
    enqueue("note", {"n": 1})
    enqueue("note", {"n": 2})

    call_command("run_worker", "--until-empty")
    assert (len(calls), len(ticks)) == (2, 1)


def test_command_once_does_one_row(calls):
    enqueue("note", {"n": 1})
    enqueue("note", {"n": 2})

    call_command("run_worker", "--once")
    assert calls == [{"n": 1}]


def test_worker_is_alive_while_it_beats():
    now = timezone.now()
    Worker.objects.create(name="here", seen_at=now)
    Worker.objects.create(name="gone", seen_at=now - timedelta(minutes=1))
    Worker.objects.create(name="from the future", seen_at=now + timedelta(hours=2))

    assert [worker.name for worker in Worker.objects.alive(now)] == ["here"]


def test_row_another_worker_takes_in_between_is_left_to_it(calls):
    enqueue("note", {"n": 1})
    begin = transaction.atomic

    def too_late(*args, **kwargs):
        Message.objects.update(state=MessageState.DONE, done_at=timezone.now())
        return begin(*args, **kwargs)

    with mock.patch.object(operations.transaction, "atomic", too_late):
        assert operations.claim() is None
    assert calls == []


@pytest.mark.django_db(transaction=True)
def test_failure_outside_a_transaction_leaves_a_usable_connection(monkeypatch):
    def fail(payload, *, message):
        raise ValueError("broken")

    monkeypatch.setitem(handlers._handlers, "broken", handlers.Handler("broken", fail, 3, timedelta(minutes=1)))
    message = enqueue("broken", {})

    assert operations.run_one() is True
    message.refresh_from_db()
    assert (message.state, message.attempts) == (MessageState.WAITING, 1)
