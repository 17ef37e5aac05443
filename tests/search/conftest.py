import pytest

from search import engines, scopes
from search.models import Document, Passage
from tests.search.memory import MemoryEngine


@pytest.fixture
def memory(monkeypatch):
    """An engine in memory stands where the database's own does."""
    engine = MemoryEngine()
    monkeypatch.setattr(engines, "current", lambda: engine)
    monkeypatch.setattr(engines, "embedded", lambda: engine)
    return engine


@pytest.fixture
def index(memory):
    """index(): everything there is can be found, in the index as in the tables beside it."""

    def renew():
        for scope in scopes.SCOPES.values():
            for obj in scope.documents():
                record = scope.record(obj, 1 + memory._version(scope.doc_id(obj.pk)))
                memory.write([record])
                document, _made = Document.objects.get_or_create(
                    doc_id=record.doc_id, defaults={"kind": record.kind, "object_key": str(obj.pk)}
                )
                Passage.objects.filter(document=document).delete()
                for number, passage in enumerate(record.passages):
                    Passage.objects.create(document=document, number=number, **vars(passage))

    return renew

