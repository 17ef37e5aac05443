import os
import subprocess

import pytest

from search import engines, operations, spelling
from search.engines.database import DatabaseEngine
from tests.search.memory import MemoryEngine
from tests.tools import BASE_DIR, missing


@pytest.fixture
def memory(monkeypatch):
    """An engine in memory stands where the database's own does."""
    engine = MemoryEngine()
    monkeypatch.setattr(engines, "current", lambda: engine)
    monkeypatch.setattr(engines, "embedded", lambda: engine)
    return engine


@pytest.fixture
def index(db):
    """index(): the embedded index shows everything there is as it is now."""
    DatabaseEngine._known.clear()
    spelling.forget()
    yield lambda: operations.rebuild(engines.embedded())
    spelling.forget()


@pytest.fixture(scope="session")
def elasticsearch_url():
    """A real server, started when the first test asks for it; script/test ends it."""
    if "DIWAN_ELASTICSEARCH_VAR" not in os.environ:
        missing("Elasticsearch, which script/test starts,")
    started = subprocess.run(
        [BASE_DIR / "script" / "elasticsearch", "start"], capture_output=True, text=True, check=False
    )
    if started.returncode:
        missing(f"Elasticsearch ({started.stderr[-500:]})")
    return started.stdout.split()[-1]
