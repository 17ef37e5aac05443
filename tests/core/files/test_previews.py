import io

import pytest
from PIL import Image

from core.files import previews, store
from core.files.parsing import drawing
from core.files.parsing.findings import Refused
from core.files.previews import NoPreview
from core.files.sandbox import Exceeded
from tests.core.files import makers

pytestmark = pytest.mark.django_db


def shape(png):
    with Image.open(io.BytesIO(png)) as picture:
        return picture.format, picture.size


def test_page_of_a_pdf_is_drawn(receive):
    file = receive(makers.pdf(pages=2, size=(600, 300)))

    assert shape(previews.preview(file, 2)) == ("PNG", (1200, 600))


def test_picture_is_turned_as_the_phone_noted(receive):
    file = receive(makers.turned(size=(60, 40)), "a.jpg")

    assert shape(previews.preview(file)) == ("PNG", (40, 60))


@pytest.mark.parametrize("page", [0, 3])
def test_page_that_is_not_there_has_no_preview(receive, page):
    with pytest.raises(NoPreview):
        previews.preview(receive(makers.pdf(pages=2)), page)


def test_office_file_has_no_pages_and_a_picture_no_text(receive):
    with pytest.raises(NoPreview):
        previews.preview(receive(makers.docx(), "a.docx"))
    with pytest.raises(NoPreview):
        previews.text(receive())


def test_preview_is_made_once(receive, monkeypatch):
    file = receive()
    first = previews.preview(file)
    monkeypatch.setattr(previews.sandbox, "ask", None)

    assert previews.preview(file) == first


def test_preview_never_changes_the_file(receive):
    file = receive(makers.turned(), "a.jpg")
    previews.preview(file)

    assert file.is_intact()


def test_page_that_costs_too_much_has_no_preview(receive, monkeypatch):
    def exceeded(*args, **kwargs):
        raise Exceeded(8)

    file = receive()
    monkeypatch.setattr(previews.sandbox, "ask", exceeded)

    with pytest.raises(NoPreview) as refusal:
        previews.preview(file)
    assert str(refusal.value).endswith(".")
    assert not store.current().path("derived").exists()


def test_text_of_an_office_file_is_read(receive):
    file = receive(makers.docx(), "a.docx")

    assert previews.text(file) == "السيد الوزير\tالمحترم\nMonsieur\nle ministre"


# --- what the child does, without the child ---------------------------------------------------------------------------


def test_page_without_a_surface_is_not_drawn(put, monkeypatch):
    import pypdfium2

    monkeypatch.setattr(pypdfium2.PdfPage, "get_size", lambda page: (0, 0))

    with pytest.raises(Refused):
        drawing.page_png(str(put(makers.pdf())), "pdf", 1, 100)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "P", "L", "I;16", "CMYK"])
def test_picture_of_any_mode_is_drawn(put, mode):
    kind = "jpeg" if mode == "CMYK" else "png"
    path = put(makers.picture(kind.upper(), size=(3000, 20), mode=mode))

    assert shape(drawing.page_png(str(path), kind, 1, 1000)) == ("PNG", (1000, 7))


def test_picture_beyond_the_limit_is_not_drawn(put, monkeypatch):
    monkeypatch.setattr(drawing, "MAX_PIXELS", 10)

    with pytest.raises(Refused):
        drawing.page_png(str(put(makers.picture())), "jpeg", 1, 100)


def test_page_of_a_pdf_is_drawn_within_bounds(put):
    assert shape(drawing.page_png(str(put(makers.pdf(size=(10, 14400)))), "pdf", 1, 9999))[1][1] <= 4800
    with pytest.raises(Refused):
        drawing.page_png(str(put(makers.pdf())), "pdf", 2, 100)
