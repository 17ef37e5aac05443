import io

import pytest
from django.core.files.uploadhandler import StopUpload
from django.http.multipartparser import MultiPartParser
from django.test import RequestFactory

from core.files import operations, store, upload
from core.files.refusals import FileRefused
from core.files.upload import PartUpload, PartUploadHandler
from tests.core.files import makers


class Named(io.BytesIO):
    def __init__(self, data, name):
        super().__init__(data)
        self.name = name


@pytest.fixture
def post():
    """post(file=..., text=...) gives the request a view would see."""
    requests = []

    def send(**fields):
        request = RequestFactory().post("/", fields)
        request.upload_handlers = [PartUploadHandler(request)]
        requests.append(request)
        return request

    yield send
    for request in requests:
        request.close()


def parts():
    return list(store.current().incoming.glob("*.part"))


def test_upload_lies_aside_hashed_and_is_taken_without_copying(post, db):
    data = makers.pdf() + b"\n%" + b"x" * 200_000
    request = post(file=Named(data, "a.pdf"), text="ok")
    sent = request.FILES["file"]

    assert isinstance(sent, PartUpload)
    assert [sent.temporary_file_path()] == [str(path) for path in parts()]
    assert sent.read() == data
    inode = parts()[0].stat().st_ino
    file = operations.receive(sent, name=sent.name, declared_type=sent.content_type)
    assert file.path.stat().st_ino == inode
    assert file.is_intact()
    assert parts() == []
    assert request.POST["text"] == "ok"


def test_unused_upload_is_gone_after_the_request(post):
    request = post(file=Named(b"x", "a.pdf"))
    assert len(parts()) == 0
    assert request.FILES["file"].size == 1
    assert len(parts()) == 1

    request.close()

    assert parts() == []


def test_file_over_the_limit_is_counted_not_kept_and_the_form_arrives(post, monkeypatch, db):
    monkeypatch.setattr(upload, "MAX_FILE_BYTES", 100_000)
    monkeypatch.setattr(operations, "MAX_FILE_BYTES", 100_000)
    request = post(file=Named(b"x" * 300_000, "a.pdf"), text="ok")
    assert not parts()

    assert request.POST["text"] == "ok"
    assert request.FILES["file"].size == 300_000
    assert parts()[0].stat().st_size <= 100_000
    with pytest.raises(FileRefused) as refusal:
        operations.receive(request.FILES["file"], name="a.pdf", declared_type="")
    assert (refusal.value.code, refusal.value.params["size"]) == ("too-large", 300_000)


def test_interrupted_upload_leaves_nothing(post):
    class Interrupted(PartUploadHandler):
        def receive_data_chunk(self, raw_data, start):
            super().receive_data_chunk(raw_data, start)
            raise StopUpload(connection_reset=True)

    request = post(file=Named(b"x" * 100, "a.pdf"))
    handler = Interrupted(request)
    parser = MultiPartParser(request.META, io.BytesIO(request.body), [handler])
    parser.parse()

    assert parts() == []


def test_interruption_before_the_first_file_is_harmless():
    PartUploadHandler().upload_interrupted()
