import pytest

from search import engines
from tests.search.memory import MemoryEngine


@pytest.fixture
def memory(monkeypatch):
    """An engine in memory stands where the database's own does."""
    engine = MemoryEngine()
    monkeypatch.setattr(engines, "current", lambda: engine)
    monkeypatch.setattr(engines, "embedded", lambda: engine)
    return engine
