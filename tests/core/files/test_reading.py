"""Pages as they are read: by their text layer, by Tesseract, within bounds."""

import shutil

import pytest

from core.files import reading
from core.files.enums import ReadProblem
from core.files.reading import PageText, office_pages, read_page
from core.files.refusals import NotNow
from core.files.sandbox import Exceeded, Unavailable
from core.text import words
from tests.core.files import makers
from tests.tools import missing

ARABIC = makers.ARABIC


@pytest.fixture
def seen(monkeypatch):
    """seen("text") is what Tesseract reads from now on, whatever is installed here."""

    def say(text):
        monkeypatch.setattr(reading, "languages", lambda: ("ara", "fra"))
        monkeypatch.setattr(reading, "recognise", lambda path, kind, page, meanwhile: text)

    return say


@pytest.fixture
def own(monkeypatch, put):
    """own("text", covered=…) is a page whose text layer says so."""

    def say(text, *, covered=0.0, is_blank=False, is_cut=False):
        head = {"covered": covered, "is_blank": is_blank, "is_cut": is_cut}
        monkeypatch.setattr(reading.sandbox, "ask", lambda path, job, limits, **request: (head, text.encode()))
        return put(b"x", "a.pdf")

    return say


def none_installed(monkeypatch):
    monkeypatch.setattr(reading, "languages", lambda: ())


def refusing(error):
    def ask(*args, **kwargs):
        raise error

    return ask


# --- which text counts ----------------------------------------------------------------------------------------------


def test_text_layer_in_order_is_all(own, seen):
    seen("something else")

    assert read_page(own(ARABIC), "pdf", 1) == PageText(ARABIC)


def test_scan_is_recognised(own, seen):
    seen(ARABIC)

    assert read_page(own("", covered=1.0), "pdf", 1) == PageText(ARABIC, is_recognised=True)


def test_picture_is_recognised(put, seen):
    seen("Reçu")

    assert read_page(put(makers.picture()), "jpeg", 1) == PageText("Reçu", is_recognised=True)


def test_layer_that_is_no_language_gives_way_to_what_is_seen(own, seen):
    seen(ARABIC)

    assert read_page(own(ARABIC[::-1]), "pdf", 1) == PageText(ARABIC, is_recognised=True)


def test_layer_that_is_no_language_stays_where_nothing_better_is_seen(own, seen):
    seen("")
    nonsense = ARABIC[::-1]

    assert read_page(own(nonsense), "pdf", 1) == PageText(nonsense)


def test_stamp_on_a_scan_is_read_with_the_scan(own, seen):
    seen(f"MSP-A-2026\n{ARABIC}")

    assert read_page(own("Enregistré MSP-A-2026", covered=0.9), "pdf", 1) == PageText(
        f"Enregistré MSP-A-2026\nMSP-A-2026\n{ARABIC}", is_recognised=True
    )


def test_short_page_over_a_picture_stays_where_little_else_is_seen(own, seen):
    seen("مرسوم رقم 12345 ص")

    assert read_page(own("مرسوم رقم", covered=0.9), "pdf", 1) == PageText("مرسوم رقم")


def test_blank_page_is_not_looked_at(own, monkeypatch):
    none_installed(monkeypatch)

    assert read_page(own("", is_blank=True), "pdf", 1) == PageText()


def test_long_page_says_that_it_is_cut(own):
    assert read_page(own("Bonjour", is_cut=True), "pdf", 1) == PageText("Bonjour", problem=ReadProblem.CUT)


def test_scan_waits_where_tesseract_is_not_installed(own, monkeypatch):
    none_installed(monkeypatch)

    assert read_page(own("7", covered=1.0), "pdf", 1) == PageText("7", problem=ReadProblem.NO_RECOGNITION)


def test_page_that_costs_too_much_to_recognise_says_so_or_keeps_its_layer(own, monkeypatch):
    monkeypatch.setattr(reading, "languages", lambda: ("ara",))
    monkeypatch.setattr(reading, "recognise", refusing(reading._TooCostly()))

    assert read_page(own("", covered=1.0), "pdf", 1) == PageText(problem=ReadProblem.TOO_COSTLY)
    assert read_page(own("ضصث"), "pdf", 1) == PageText("ضصث")


# --- the child ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (Exceeded(9), ReadProblem.TOO_COSTLY),
        (Exceeded(0.1), ReadProblem.DAMAGED),
        (FileNotFoundError(), ReadProblem.LOST),
    ],
)
def test_child_that_does_not_answer_says_why(put, monkeypatch, error, problem):
    monkeypatch.setattr(reading.sandbox, "ask", refusing(error))

    assert read_page(put(b"x"), "pdf", 1) == PageText(problem=problem)
    assert office_pages(put(b"x"), "docx") == ([PageText(problem=problem)], False)
    assert reading.page_text(put(b"x"), 1) == ""


def test_missing_child_says_nothing_about_the_page(put, monkeypatch):
    monkeypatch.setattr(reading.sandbox, "ask", refusing(Unavailable()))

    with pytest.raises(NotNow):
        read_page(put(b"x"), "pdf", 1)


def test_damaged_file_is_said_to_be(put):
    assert read_page(put(b"%PDF-1.4"), "pdf", 1).problem == ReadProblem.DAMAGED
    assert office_pages(put(b"PK"), "xlsx") == ([PageText(problem=ReadProblem.DAMAGED)], False)


def test_pages_of_an_office_file_come_at_once(put):
    data = makers.pptx([["شريحة أولى"], ["Deux"]])

    assert office_pages(put(data), "pptx") == ([PageText("شريحة أولى"), PageText("Deux")], False)


def test_real_pdf_is_read(put):
    assert words(read_page(put(makers.written_pdf(f"<p>{ARABIC}</p>")), "pdf", 1).text) == words(ARABIC)


def test_zip_bomb_is_bounded(put, monkeypatch):
    zeros = makers.docx(body="<w:document>" + " " * 60_000_000 + "</w:document>")
    deep = makers.docx(body="<a>" * 400_000)
    monkeypatch.setattr(reading, "READ", {"memory": 200 << 20, "cpu": 2, "wall": 20})

    for data in (zeros, deep):
        pages, more = office_pages(put(data), "docx")
        assert (len(pages), pages[0].text, more) == (1, "", False)


# --- Tesseract ------------------------------------------------------------------------------------------------------


@pytest.fixture
def tesseract(monkeypatch, tmp_path):
    """tesseract("shell lines") puts a program of that name in the way of the real one."""

    def install(script):
        program = tmp_path / "tesseract"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setattr(reading, "_ENVIRONMENT", {"PATH": f"{tmp_path}:/usr/bin:/bin"})
        monkeypatch.setattr(reading, "languages", lambda: ("ara", "fra"))

    return install


def test_tesseract_gets_the_picture_and_the_languages(put, tesseract):
    tesseract('head -c 4 | tail -c 3; echo " $@"')

    assert reading.recognise(put(makers.picture()), "jpeg", 1) == "PNG stdin stdout -l ara+fra"


def test_tesseract_that_fails_is_said_to(put, tesseract):
    tesseract("echo half; exit 1")

    assert read_page(put(makers.picture()), "jpeg", 1) == PageText(problem=ReadProblem.TOO_COSTLY)


def test_picture_that_cannot_be_drawn_is_not_recognised(put, tesseract):
    tesseract("echo never")

    assert read_page(put(b"no picture"), "jpeg", 1) == PageText(problem=ReadProblem.TOO_COSTLY)


def test_other_work_is_done_while_tesseract_reads_and_it_is_ended_in_time(put, tesseract, monkeypatch):
    tesseract("sleep 60")
    monkeypatch.setattr(reading, "RECOGNISE", {**reading.RECOGNISE, "wall": 0.5})
    monkeypatch.setattr(reading, "LOOK", 0.05)
    turns = []

    page = read_page(put(makers.picture()), "jpeg", 1, meanwhile=lambda: turns.append(1))

    assert page == PageText(problem=ReadProblem.TOO_COSTLY)
    assert len(turns) > 2


def test_languages_are_those_installed(monkeypatch):
    reading._languages.cache_clear()
    monkeypatch.setattr(reading.shutil, "which", lambda name: None)
    assert reading.languages() == ()
    reading._languages.cache_clear()


def test_real_scan_is_recognised(put):
    reading._languages.cache_clear()
    if not shutil.which("tesseract") or reading.languages() != ("ara", "fra"):
        missing("Tesseract with Arabic and French")

    page = read_page(put(makers.scanned("<p>Avis d’enquête publique</p><p>إعلان عن بحث عمومي</p>")), "pdf", 1)

    assert page.is_recognised
    assert {"enquete", "publique", "اعلان", "عمومي"} <= set(words(page.text))


def test_glyphs_become_letters():
    assert reading.plain("\ufee3\ufedf\ufef0 \ufefb") == "ملى لا"
