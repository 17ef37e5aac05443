"""What people really send is read: every accepted file of the shared folder, and the phrases its acts are known by."""

import csv

import pytest

from core.files import reading
from core.files.enums import ReadProblem
from core.files.inspection import inspect
from core.text import words
from tests.tools import missing

pytestmark = [pytest.mark.shared, pytest.mark.slow]


@pytest.fixture(scope="module")
def texts():
    """texts(path) gives the pages of a file; each file is read once."""
    if reading.languages() != ("ara", "fra"):
        missing("Tesseract with Arabic and French")
    kept = {}

    def read(path):
        if path not in kept:
            verdict = inspect(path, path.name)
            if verdict.pages:
                kept[path] = [reading.read_page(path, verdict.kind, page) for page in range(1, verdict.pages + 1)]
            else:
                kept[path] = reading.office_pages(path, verdict.kind)[0]
        return kept[path]

    return read


def says(page, phrase):
    return f" {' '.join(words(phrase))} " in f" {' '.join(words(page.text))} "


def test_phrases_are_found_on_their_page_and_nowhere_else(real, texts):
    folder = real / "acts" / "pdf"
    paths = sorted(folder.glob("*.pdf"))
    with (folder / "phrases.csv").open(encoding="utf-8") as table:
        rows = list(csv.DictReader(table))

    found = {}
    for row in rows:
        phrase = row["phrase_that_must_find_it"]
        found[row["file"], phrase] = [
            (path.name, number)
            for path in paths
            if not path.name.startswith("derived-scan")  # a copy of one of them
            for number, page in enumerate(texts(path), 1)
            if says(page, phrase)
        ]

    right = [key for key, places in found.items() if {name for name, _number in places} == {key[0]}]
    assert len(rows) == 20
    assert len(right) >= 19, found
    assert sum(len(places) == 1 for places in found.values()) >= 19  # one page, not all of them


def test_scan_says_what_the_act_it_was_made_from_says(real, texts):
    folder = real / "acts" / "pdf"
    with (folder / "derived-scans.csv").open(encoding="utf-8") as table:
        pairs = [tuple(row.values())[:2] for row in csv.DictReader(table)]

    assert pairs
    for scan, source in pairs:
        seen, own = texts(folder / scan), texts(folder / source.split("/")[-1])
        assert all(page.is_recognised for page in seen)
        for one, other in zip(seen[1:], own[1:], strict=True):  # the first page is a title and a coat of arms
            expected = [word for word in words(other.text) if len(word) > 2]
            got = set(words(one.text))
            assert sum(word in got for word in expected) / len(expected) > 0.85


def test_phrases_are_found_in_the_scan_too(real, texts):
    folder = real / "acts" / "pdf"
    with (folder / "derived-scans.csv").open(encoding="utf-8") as table:
        (scan, source), *_more = [tuple(row.values())[:2] for row in csv.DictReader(table)]
    with (folder / "phrases.csv").open(encoding="utf-8") as table:
        phrases = [
            row["phrase_that_must_find_it"] for row in csv.DictReader(table) if row["file"] == source.split("/")[-1]
        ]

    pages = texts(folder / scan)

    assert phrases
    assert sum(any(says(page, phrase) for page in pages) for phrase in phrases) >= len(phrases) - 1


def test_every_accepted_file_is_read(real, texts):
    problems, silent = {}, set()
    for path in sorted((real / "files" / "ok").iterdir()):
        pages = texts(path)
        if found := {page.problem for page in pages} - {""}:
            problems[path.name] = found
        if path.suffix in (".docx", ".odt", ".xlsx", ".ods") and not any(page.text for page in pages):
            silent.add(path.name)

    assert problems == {}
    assert silent == set()


def test_what_is_refused_is_read_without_harm_all_the_same(real):
    """Files come in by inspection only; should one slip through, reading it ends with a word for why."""
    for path in sorted((real / "files" / "refused").iterdir()):
        kind = path.suffix[1:].lower()
        if kind in ("docx", "xlsx", "odt", "ods"):
            for page in reading.office_pages(path, kind)[0]:
                assert page.problem in ("", *ReadProblem.values)
        elif kind == "pdf":
            assert reading.page_text(path, 1) is not None
