"""The text layer of PDFs as people would type it."""

import re
from io import BytesIO

import pikepdf
import pytest
from django.contrib.staticfiles import finders
from pikepdf import Dictionary, Name

from core.files.parsing import pdf_text
from core.files.parsing.findings import Refused
from core.text import words
from tests.core.files import makers


def layer(put, data, page=1):
    return pdf_text.layer(str(put(data)), page)


def test_lam_alefs_come_the_right_way_round(put):
    sentence = "الأشغال والإجراءات والآلات ولا الاجتماعية للأجراء"

    text = layer(put, makers.written_pdf(f"<p>{sentence}</p>")).text

    assert words(text) == words(sentence)
    assert "األ" not in text


LIGATURES = "حصر الالتزام إلى الله في المحلات لمجالس نجم تمييز سلالة لحم بيئي يمنح لله على"


@pytest.mark.parametrize(
    "font",
    ["src: url('file://{plex}')", "src: local('Noto Naskh Arabic')"],
    ids=["many ligatures", "two-part lam-alefs"],
)
def test_letters_of_a_ligature_come_the_right_way_round(put, font):
    text = layer(put, makers.written_pdf(f"<p>{LIGATURES}</p>", css=style(font))).text

    assert words(text) == words(LIGATURES)
    assert "حصر الالتزام إلى الله" in text


def test_ligatures_written_turned_round_are_left_as_they_come(put):
    data = makers.written_pdf(f"<p>{LIGATURES}</p>", css=style("src: url('file://{plex}')"))

    assert "حصر الالتزام إلى الله" in layer(put, turned_round(data)).text


def style(font):
    plex = finders.find("vendor/fonts/ibm-plex-sans-arabic-arabic-400-normal.woff2")
    return f"@font-face {{ font-family: Own; {font.format(plex=plex)} }} body {{ font: 16pt Own }}"


def turned_round(data):
    """As a producer makes it who writes the letters of each glyph as they stand on paper."""
    out = BytesIO()
    with pikepdf.open(BytesIO(data)) as pdf:
        for each in pdf.objects:
            if isinstance(each, Dictionary) and "/ToUnicode" in each:
                table = each.ToUnicode.read_bytes().decode()
                each.ToUnicode = pdf.make_stream(re.sub(r"(?<=> <)(?:[0-9a-fA-F]{4}){2,}", _reversed, table).encode())
        pdf.save(out)
    return out.getvalue()


def _reversed(found):
    return "".join(reversed(re.findall("....", found[0])))


def test_each_page_says_its_own(put):
    data = makers.written_pdf("<p>Premier</p>", "<p>Second</p>")

    assert [layer(put, data, page).text.strip() for page in (1, 2)] == ["Premier", "Second"]


def test_words_parted_at_the_end_of_a_line_are_whole_again(put):
    css = "body { hyphens: manual; font: 12pt serif; width: 60pt }"
    data = makers.written_pdf("<p>adminis&shy;trative ci-dessous 2-20-293</p>", css=css)

    assert "administrative" in layer(put, data).text


@pytest.mark.parametrize(
    ("found", "whole"),
    [("adminis\x02tration", "administration"), ("ci\x02dessous", "ci-dessous"), ("2-20\x02293", "2-20-293")],
)
def test_hyphens_that_belong_to_a_word_stay(found, whole):
    assert pdf_text._PARTED.sub(pdf_text._joined, found) == whole


def test_blank_page_and_picture_are_told_apart(put):
    blank = layer(put, makers.pdf())
    scan = layer(put, makers.scanned("<p>x</p>"))

    assert (blank.text, blank.is_blank, blank.covered) == ("", True, 0)
    assert (scan.text, scan.is_blank, scan.covered > 0.9) == ("", False, True)


def test_page_without_surface_is_not_covered(put, monkeypatch):
    import pypdfium2

    monkeypatch.setattr(pypdfium2.PdfPage, "get_size", lambda page: (0, 0))

    assert layer(put, makers.scanned("<p>x</p>")).covered == 0


def test_only_so_many_pictures_are_looked_at(put, monkeypatch):
    monkeypatch.setattr(pdf_text, "MOST_PICTURES", 0)

    assert layer(put, makers.scanned("<p>x</p>")).covered > 0.9


def test_long_page_is_cut_and_said_to_be(put, monkeypatch):
    monkeypatch.setattr(pdf_text, "MAX_TEXT", 5)

    found = layer(put, makers.written_pdf("<p>Bonjour</p>"))

    assert (found.text, found.is_cut) == ("Bonjo", True)


@pytest.mark.parametrize(("data", "page"), [(makers.pdf(), 2), (makers.pdf(), 0), (b"%PDF-1.4 nothing", 1)])
def test_what_cannot_be_read_is_refused(put, data, page):
    with pytest.raises(Refused):
        layer(put, data, page)


def test_letters_beyond_the_first_plane_are_whole(put):
    def change(document):
        page = document.pages[0]
        to_unicode = document.make_stream(
            b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <FF> endcodespacerange "
            b"2 beginbfchar <41> <D835DC65> <42> <D835> endbfchar endcmap end"
        )
        font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, ToUnicode=to_unicode)
        page.Resources = Dictionary(Font=Dictionary(F=font))
        page.Contents = document.make_stream(b"BT /F 12 Tf 50 700 Td (AB) Tj ET")

    text = layer(put, makers.pdf(change)).text

    assert text.startswith("\U0001d465")
    text.encode()


def test_four_kilobytes_that_cost_gigabytes_are_given_up(put, monkeypatch):
    from core.files import reading
    from core.files.sandbox import DRAW

    path = put(makers.costly_page(), "a.pdf")
    monkeypatch.setattr(reading, "READ", {**DRAW, "cpu": 1, "memory": 300 << 20})
    monkeypatch.setattr(reading, "DRAW", {**DRAW, "cpu": 1, "memory": 300 << 20})
    monkeypatch.setattr(reading, "languages", lambda: ("ara", "fra"))

    try:
        assert reading.read_page(path, "pdf", 1).problem in ("too_costly", "damaged")
    finally:
        reading.sandbox.stop()
