import pytest

from search import engines, scopes
from search.engines.database import DatabaseEngine
from search.models import Document
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

    def renew():
        versions = dict(Document.objects.values_list("doc_id", "version"))
        for scope in scopes.SCOPES.values():
            records = [scope.record(obj, versions.get(scope.doc_id(obj.pk), 0) + 1) for obj in scope.documents()]
            assert engines.embedded().write(records) == {}
        Document.objects.filter(access_version__gt=1).update(access_version=1)

    return renew
