from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections


@pytest.fixture(autouse=True)
def _outside(settings, tmp_path):
    """Checkpoints outside the database are of one test alone: its log ends with it."""
    settings.CHECKPOINT_DIR = tmp_path / "checkpoints"


@pytest.fixture
def at_once():
    """at_once(func, 8) calls func(0) … func(7) in threads that begin together, each with its own connection."""

    def run(func, count):
        barrier = Barrier(count)

        def call(n):
            try:
                barrier.wait(timeout=30)
                return func(n)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(call, range(count)))

    return run
