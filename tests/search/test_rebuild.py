"""An index on a real search server built anew: readers ask all the while, the office works on, and it may be killed."""

import os
import secrets
import signal
import subprocess
import sys
import threading
from collections import Counter
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from core.outbox.operations import run_one
from home.circulars.models import Circular
from search import engines, operations
from search.asking import ask
from search.contract import EngineAway
from search.engines.elasticsearch import ElasticsearchEngine
from tests.core.outbox.conftest import BASE_DIR, database_url
from tests.factories import circulars

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
WORD = "الفقرة"


@pytest.fixture
def server(settings, elasticsearch_url):
    """A real one is asked first, under names of this test alone."""
    settings.ELASTICSEARCH_URL = elasticsearch_url
    settings.ELASTICSEARCH_PREFIX = f"rebuilt{secrets.token_hex(4)}"
    settings.ELASTICSEARCH_TIMEOUT = 20  # a busy machine is no fault of the server
    ElasticsearchEngine._silent_until.clear()
    server = engines.server()
    yield server
    server.drop(*indexes(server))
    server.clean()


def indexes(server) -> list[str]:
    return sorted(server._client.indices.get_alias(index=f"{server._prefix}-2*"))


def read_by(server) -> list[str]:
    return sorted(server._client.indices.get_alias(name=server.reads))


def work():
    while run_one():
        pass


def found() -> int:
    asked = ask(AnonymousUser(), WORD)
    assert (asked.engine, asked.is_fallback) == ("elasticsearch", False)
    return asked.answer.total


def environment(server) -> dict[str, str]:
    """So that a process of its own finds the database and the server of this test."""
    return {
        "DJANGO_SETTINGS_MODULE": "intranet.settings_test",
        "DATABASE_URL": database_url(),
        "ELASTICSEARCH_URL": server._url,
        "ELASTICSEARCH_PREFIX": server._prefix,
    }


def rebuild_killed(server, point):
    killed = subprocess.run(
        [sys.executable, "manage.py", "search_rebuild", "--engine", "server"],
        cwd=BASE_DIR,
        env={**os.environ, **environment(server), "FAILPOINTS": f"{point}=exit"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr


def test_readers_find_everything_while_an_index_is_built_anew(organisation, server):
    for number in range(12):
        circulars.published(organisation, number=f"{number + 1}/2026")
    work()
    operations.rebuild(server)
    is_over, answers, faults = threading.Event(), Counter(), []

    def read():
        try:
            while not is_over.is_set():
                answers[found()] += 1
        except Exception as fault:  # noqa: BLE001 - whatever it is, the test fails by it
            faults.append(fault)
        connections.close_all()

    readers = [threading.Thread(target=read) for _number in range(2)]
    for reader in readers:
        reader.start()
    for _time in range(3):
        operations.rebuild(server)
    is_over.set()
    for reader in readers:
        reader.join()

    assert faults == []
    assert set(answers) == {12}
    assert answers[12] >= 10
    assert len(indexes(server)) == 4
    assert not operations.compare(server)
    assert not any(operations.examine(server).faults.values())


def test_what_the_office_does_meanwhile_is_in_the_new_index(organisation, server, monkeypatch):
    """Between any two batches a circular is published, one changes hands, and one is taken back."""
    acts = [circulars.published(organisation, number=f"{number + 1}/2026") for number in range(6)]
    work()
    operations.rebuild(server)
    monkeypatch.setattr(operations, "IN_A_ROW", 2)
    left = iter(acts)

    def meanwhile(done, total):
        if hidden := next(left, None):
            Circular.objects.filter(pk=hidden.pk).update(audience="staff")
            circulars.publish(hidden)
        if gone := next(left, None):
            Circular.objects.filter(pk=gone.pk).update(current=None)
            operations.renew(gone, access=True)
        circulars.published(organisation, number=f"{done + 100}/2026")
        work()
        assert found() == len(public())

    operations.rebuild(server, progress=meanwhile)

    assert next(left, None) is None
    assert found() == len(public())
    assert not operations.compare(server)
    assert not operations.is_server_behind()


def public():
    return Circular.objects.filter(audience="public", current__isnull=False)


def test_several_processes_fill_an_index(organisation, server, monkeypatch):
    for number in range(5):
        circulars.published(organisation, number=f"{number + 1}/2026")
    work()
    monkeypatch.setattr(operations, "IN_A_ROW", 2)
    for name, value in environment(server).items():
        monkeypatch.setenv(name, value)
    steps = []

    written = operations.rebuild(server, processes=2, progress=lambda done, total: steps.append((done, total)))

    assert steps[-1] == (written, written)
    assert len(steps) >= 3
    assert found() == 5
    assert not operations.compare(server, thorough=True)


def test_rebuild_killed_half_way_is_begun_anew_and_leaves_nothing_for_ever(organisation, server, time_machine):
    circulars.published(organisation)
    work()
    operations.rebuild(server)
    [first] = read_by(server)

    rebuild_killed(server, "search.before_swap")
    assert len(indexes(server)) == 2
    assert read_by(server) == [first]
    circulars.published(organisation, number="13/2026")
    work()
    assert found() == 2  # readers and workers went on

    out = StringIO()
    call_command("search_rebuild", "--engine", "server", stdout=out)
    assert out.getvalue().splitlines()[-2].startswith("elasticsearch: ")
    assert out.getvalue().splitlines()[-1].endswith("documents written.")
    assert read_by(server) != [first]
    assert found() == 2
    assert not operations.compare(server)
    assert len(indexes(server)) == 3
    assert operations.drop_left() == []  # of today: who rebuilt may still want it

    time_machine.move_to(timezone.now() + timedelta(days=1, minutes=1))
    operations.drop_left()
    assert indexes(server) == read_by(server)
    assert found() == 2


def test_first_index_killed_half_way_is_built_by_the_workers(organisation, server, time_machine):
    circulars.published(organisation)
    work()
    rebuild_killed(server, "search.before_swap")
    assert not server.is_built()
    assert ask(AnonymousUser(), WORD).is_fallback
    time_machine.move_to(timezone.now() + timedelta(days=3))
    assert operations.drop_left() == []  # as long as readers have none, none is left over

    operations.catch_up()

    assert found() == 1
    time_machine.shift(timedelta(days=2))
    operations.drop_left()
    assert indexes(server) == read_by(server)


def test_half_an_index_nobody_finishes_is_deleted_too(organisation, server, time_machine):
    circulars.published(organisation)
    work()
    operations.rebuild(server)
    rebuild_killed(server, "search.before_swap")

    time_machine.move_to(timezone.now() + timedelta(days=2))
    [half] = operations.drop_left()

    assert indexes(server) == read_by(server) != [half]
    circulars.published(organisation, number="13/2026")
    work()
    assert found() == 2


def test_of_two_indexes_built_at_once_the_second_to_finish_gives_way(server):
    first, second = server.begin(), server.begin()
    server.finish(second)

    with pytest.raises(EngineAway, match="has taken the place"):
        server.finish(first)

    assert read_by(server) == [second]
