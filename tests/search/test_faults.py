"""Whatever is cut short, by whatever: no document is lost, and none is stale once the workers have caught up."""

import os
import signal
import subprocess
import sys
import threading

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection, connections, transaction

from core import failpoints
from core.indexing import reindex_after_commit
from core.outbox.enums import MessageState
from core.outbox.models import Message
from core.outbox.operations import enqueue, run_one
from home.circulars.models import Circular, CircularText
from search import engines, operations, scopes
from search.asking import ask
from search.models import Document
from tests.core.outbox.conftest import BASE_DIR, database_url
from tests.factories import circulars

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
POINTS = ["search.before_read", "search.before_write", "search.after_write", "search.before_commit"]


def work():
    """A worker comes back: what was held is free again, what was put off is due."""
    Message.objects.waiting().update(leased_until=None, lease="", due_at="2026-01-01T00:00Z")
    operations.ask_for_forgotten()
    while run_one():
        pass


def in_step():
    index = engines.embedded()
    return not operations.compare(index, thorough=True) and not Document.objects.behind("shown_version").exists()


@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS)
def test_worker_killed_while_it_indexes(organisation, point):
    first = circulars.published(organisation, number="1/2026")
    operations.reconcile(engines.embedded())
    Circular.objects.filter(pk=first.pk).update(audience="staff")
    circulars.publish(first)
    circulars.published(organisation, number="2/2026")

    killed = subprocess.run(
        [sys.executable, "manage.py", "run_worker", "--until-empty"],
        cwd=BASE_DIR,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "intranet.settings_test",
            "DATABASE_URL": database_url(),
            "FAILPOINTS": f"{point}=exit",
        },
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    assert ask(AnonymousUser(), "الفقرة").answer.total == 0  # of the first nobody may know, the second is not there yet

    work()
    assert in_step()
    assert ask(AnonymousUser(), "الفقرة").answer.total == 1


@pytest.mark.parametrize("point", POINTS)
def test_row_that_failed_is_done_again(organisation, point):
    circulars.published(organisation)
    with failpoints.active(**{point: "raise"}):
        while run_one():
            pass
    assert Document.objects.behind("shown_version").exists()

    work()
    assert in_step()
    assert ask(AnonymousUser(), "الفقرة").answer.total == 1


def test_document_that_cannot_be_read_stops_no_other(organisation, monkeypatch):
    broken, sound = (circulars.published(organisation, number=f"{number}/2026") for number in (1, 2))
    Message.objects.all().delete()
    scope = scopes.SCOPES["circular"]
    record = scope.record

    def failing(circular, version):
        if circular.pk == broken.pk:
            raise ValueError("a bug")
        return record(circular, version)

    monkeypatch.setattr(scope, "record", failing)
    for _time in range(3):
        work()

    assert list(ask(AnonymousUser(), "الفقرة").found.values()) == [sound]
    last = Message.objects.get(name=operations.INDEX, state=MessageState.WAITING)
    assert (last.payload, "a bug" in last.last_error) == ({"documents": [f"circular:{broken.pk}"]}, True)


def test_change_while_it_is_indexed_is_indexed_after_it(organisation, monkeypatch):
    """The worker has read a document, and somebody changes it before the index has it."""
    circular = circulars.published(organisation)
    engine, once = engines.embedded(), []
    write = type(engine).write

    def late(self, records):
        records = list(records)
        if not once:
            once.append(True)
            Document.objects.filter(doc_id=records[0].doc_id).update(version=records[0].version + 1)
        return write(self, records)

    monkeypatch.setattr(type(engine), "write", late)
    Message.objects.exclude(name=operations.INDEX).delete()
    run_one()
    assert Document.objects.behind("shown_version").get().doc_id == f"circular:{circular.pk}"

    work()
    assert in_step()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
def test_index_waits_for_nobody_who_changes_a_document(organisation):
    """A long transaction holds a document: the worker leaves it for later, does the others, and nothing blocks."""
    held, free = (circulars.published(organisation, number=f"{number}/2026") for number in (1, 2))
    operations.reconcile(engines.embedded())
    for each in (held, free):
        reindex_after_commit(each)
    is_held, may_end = threading.Event(), threading.Event()

    def change():
        with transaction.atomic():
            reindex_after_commit(held)
            is_held.set()
            may_end.wait(30)
        connections.close_all()

    other = threading.Thread(target=change)
    other.start()
    is_held.wait(30)
    with pytest.raises(operations.Held):
        operations.index([f"circular:{each.pk}" for each in (held, free)])
    assert Document.objects.behind("shown_version").get().doc_id == f"circular:{held.pk}"
    may_end.set()
    other.join()

    work()
    assert in_step()


def test_two_workers_at_once_leave_the_newest(organisation):
    """Two index the same documents again and again while they change: the index says the last word."""
    acts = [circulars.published(organisation, number=f"{number}/2026") for number in range(1, 4)]
    doc_ids = [f"circular:{act.pk}" for act in acts]

    def index():
        for _time in range(6):
            try:
                operations.index(doc_ids)
            except operations.Held:
                enqueue(operations.INDEX, {"documents": doc_ids})
        connections.close_all()

    threads = [threading.Thread(target=index) for _number in range(2)]
    for thread in threads:
        thread.start()
    for number in range(6):
        for act in acts:
            with transaction.atomic():
                CircularText.objects.filter(circular=act).update(summary=f"الصيغة {number}")
                Circular.objects.get(pk=act.pk).save_revision().publish(skip_permission_checks=True)
    for thread in threads:
        thread.join()

    work()
    assert in_step()
    assert ask(AnonymousUser(), '"الصيغة 5"').answer.total == 3
