"""Real processes: killed, stopped, in pairs. What they do is written into a file by tests/core/outbox/process.py."""

import signal
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from core.outbox.enums import MessageState
from core.outbox.models import Job, Message, Worker
from core.outbox.operations import enqueue
from tests.core.outbox.conftest import wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both, pytest.mark.slow]


def is_done(message):
    return Message.objects.filter(pk=message.pk, state=MessageState.DONE).exists()


def test_idle_worker_picks_up_a_new_row_at_once(start_worker):
    start_worker()
    wait_for(lambda: Worker.objects.alive().exists())
    latencies = []
    for n in range(5):
        message = enqueue("note", {"n": n})
        latencies.append(wait_for(lambda message=message: is_done(message)))

    assert sorted(latencies)[2] < 0.5  # two looks a 0.2 s apart at most, on a machine busy with other tests


def test_two_workers_give_each_row_one_effect(start_worker, effects):
    for n in range(20):
        enqueue("note", {"n": n, "sleep": 0.01})
    start_worker()
    start_worker()

    wait_for(lambda: not Message.objects.waiting().exists())
    assert sorted(effects()) == sorted([f"begin {n}" for n in range(20)] + [f"end {n}" for n in range(20)])
    assert set(Message.objects.values_list("attempts", flat=True)) == {1}


def test_two_workers_run_a_job_once_a_period(start_worker, effects):
    start_worker(JOB="3600")
    start_worker(JOB="3600")
    wait_for(lambda: Worker.objects.alive().count() == 2)

    wait_for(lambda: Job.objects.filter(last_run_at__isnull=False).exists())
    wait_for(lambda: effects() == ["tick"])
    assert Job.objects.get().due_at > timezone.now() + timedelta(minutes=50)


def test_long_job_keeps_no_row_waiting(start_worker):
    process = start_worker(LONG_JOB="5")
    wait_for(lambda: Job.objects.filter(leased_until__isnull=False).exists())
    message = enqueue("note", {"n": 1})
    wait_for(lambda: is_done(message))
    assert Job.objects.get().last_run_at is None

    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0
    assert Job.objects.get().last_run_at is not None  # what was begun is finished


def test_terminated_worker_finishes_the_row_at_hand(start_worker, effects):
    message = enqueue("note", {"n": 1, "sleep": 1})
    waiting = enqueue("note", {"n": 2}, due_at=timezone.now() + timedelta(seconds=0.5))
    process = start_worker()
    wait_for(lambda: effects() == ["begin 1"])

    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0
    assert effects() == ["begin 1", "end 1"]
    assert is_done(message)
    assert not is_done(waiting)
    assert not Worker.objects.exists()


def test_row_of_a_killed_worker_is_done_by_another(start_worker, effects):
    message = enqueue("note", {"n": 1, "sleep": 1})
    first = start_worker(LEASE="2", BEAT="0.5")
    wait_for(lambda: effects() == ["begin 1"])
    first.send_signal(signal.SIGKILL)
    first.wait()

    start_worker(LEASE="2", BEAT="0.5")
    wait_for(lambda: is_done(message))
    assert effects() == ["begin 1", "begin 1", "end 1"]


def test_worker_killed_between_effect_and_note_repeats_it(start_worker, effects):
    message = enqueue("note", {"n": 1})
    first = start_worker(FAILPOINTS="outbox.after_handler=exit", LEASE="1", BEAT="0.3")
    assert first.wait(timeout=60) == -signal.SIGKILL
    assert effects() == ["begin 1", "end 1"]
    assert not is_done(message)

    start_worker(LEASE="1", BEAT="0.3")
    wait_for(lambda: is_done(message))
    assert effects() == ["begin 1", "end 1"] * 2


def test_long_row_keeps_its_lease_beside_another_worker(start_worker, effects):
    message = enqueue("note", {"n": 1, "sleep": 4})
    start_worker(LEASE="2", BEAT="0.5")
    wait_for(lambda: effects() == ["begin 1"])
    start_worker(LEASE="2", BEAT="0.5")

    wait_for(lambda: is_done(message))
    assert effects() == ["begin 1", "end 1"]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no server that could go away")
def test_worker_goes_on_after_a_restart_of_the_database(start_worker, effects):
    process = start_worker(BEAT="0.5")
    wait_for(lambda: Worker.objects.alive().exists())
    first = enqueue("note", {"n": 1})
    wait_for(lambda: is_done(first))
    for n in (2, 3):
        with connection.cursor() as cursor:  # what a restart does to every client
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        message = enqueue("note", {"n": n})
        wait_for(lambda message=message: is_done(message))

    assert effects() == [f"{step} {n}" for n in (1, 2, 3) for step in ("begin", "end")]
    assert process.poll() is None
