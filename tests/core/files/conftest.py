import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core.files import operations, permissions
from tests.core.files import makers


@pytest.fixture(autouse=True)
def _own_store(settings, tmp_path):
    settings.FILE_STORE = tmp_path / "store"


@pytest.fixture
def put(tmp_path):
    """put(bytes, "name") writes a file and gives its path."""

    def write(data, name="file"):
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return write


@pytest.fixture
def receive(db):
    """receive(bytes, "name", ...) as an upload."""

    def send(data=None, name="letter.pdf", declared_type="", **options):
        upload = SimpleUploadedFile("upload", makers.pdf() if data is None else data)
        return operations.receive(upload, name=name, declared_type=declared_type, **options)

    return send


@pytest.fixture
def readers(monkeypatch):
    """The list of readers, empty: a test registers who may read."""
    monkeypatch.setattr(permissions, "_readers", [])
    return permissions.register_reader
