import pytest

from search import engines, operations, spelling
from search.engines.database import DatabaseEngine
from tests.search.memory import MemoryEngine


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
