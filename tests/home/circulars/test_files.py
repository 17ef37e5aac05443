import io

import pytest

from core.files.models import StoredFile
from core.files.refusals import FileRefused
from home.circulars import operations
from home.circulars.enums import FileRole
from home.circulars.models import CircularFile
from tests.factories.circulars import written
from tests.factories.letters import pdf_bytes

pytestmark = pytest.mark.django_db


# --- attached by an operation ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("opened", [bytes, io.BytesIO])
def test_file_belongs_to_the_issuing_administration(organisation, opened):
    circular = written(organisation)
    row = operations.attach(
        circular, opened(pdf_bytes()), name="منشور.pdf", role=FileRole.SCAN, pages_text=["نص"], is_ocr=True
    )
    assert circular.files.get() == row
    assert (row.role, row.pages_text, row.is_ocr, row.file.name) == ("scan", ["نص"], True, "منشور.pdf")
    assert (row.file.organisation, row.file.pages) == (organisation, 1)


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"%PDF-1.7 not one", "unreadable"), (b"\0" * 20_000_001, "too-large"), (b"plain", "unreadable")],
)
def test_refused_file_leaves_nothing(organisation, content, code):
    with pytest.raises(FileRefused) as refused:
        operations.attach(written(organisation), content, name="scan.pdf")
    assert refused.value.code == code
    assert not CircularFile.objects.exists()
    assert not StoredFile.objects.exists()
