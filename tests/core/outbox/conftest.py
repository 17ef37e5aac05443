import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import connection

from core.outbox import handlers

BASE_DIR = Path(__file__).resolve().parents[3]


@pytest.fixture
def known(monkeypatch):
    """Only the handlers and jobs the test registers."""
    monkeypatch.setattr(handlers, "_handlers", {})
    monkeypatch.setattr(handlers, "_jobs", {})


@pytest.fixture
def calls(known):
    """Rows named `note` append their payload to this list."""
    seen = []

    def note(payload, *, message):
        seen.append(payload)

    handlers.register("note", note)
    return seen


@pytest.fixture
def refusing(known):
    """Rows named `refuse` fail, and are given up after the third attempt."""

    def refuse(payload, *, message):
        raise ValueError("the mail server said no")

    handlers.register("refuse", refuse, max_attempts=3)


@pytest.fixture
def start_worker(transactional_db, tmp_path):
    """start_worker(**environment) runs a real worker process on the test's database; what it does is in `effects`."""
    started = []

    def start(**environment):
        with (tmp_path / f"worker-{len(started)}.log").open("w") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.core.outbox.process"],
                cwd=BASE_DIR,
                env={**os.environ, "DATABASE_URL": database_url(), "EFFECTS": str(tmp_path / "effects"), **environment},
                stderr=log,
            )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait()


@pytest.fixture
def effects(tmp_path):
    """The lines the workers' handlers have written so far."""

    def read():
        path = tmp_path / "effects"
        return path.read_text().splitlines() if path.exists() else []

    return read


def database_url():
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    user = f"{database['USER']}:{database['PASSWORD']}@" if database["PASSWORD"] else f"{database['USER']}@"
    host = (database["HOST"] or "").replace("/", "%2F")
    return f"postgres://{user}{host}:{database['PORT']}/{database['NAME']}"


def wait_for(condition, *, seconds=60):
    """Wait until `condition()` holds and return how long that took; the test fails if it never does."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "waited in vain"
        time.sleep(0.02)
    return time.monotonic() - began
