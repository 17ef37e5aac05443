"""What every engine answers alike. PostgreSQL's temporary tables go with the test's transaction."""

import io
import json
from datetime import date

import pytest
from django.core.management import call_command
from django.db import connection

from search import quality
from search.engines import ENGINES, Passage
from search.query import Synonyms, understand
from tests.tools import SHARED

CASES = SHARED / "data" / "search" / "cases.json"
PASSAGES = [
    Passage("decree", "مرسوم رقم 2.20.293 بإعلان حالة الطوارئ", "يتعلق بحالة الطوارئ الصحية.", "2020-03-24"),
    Passage("letters", "تدبير المراسلات الإدارية", "تسجيل المراسلات بمكتب الضبط.", "2020-03-12"),
    Passage("letters", "تدبير المراسلات الإدارية", "صفحة ثانية عن الأرشيف.", "2020-03-12"),
    Passage("courrier", "Gestion du courrier", "L'administration enregistre les correspondances.", "2021-01-01"),
    Passage("library", "زيارة المكتبة", "تستقبل المكتبة زوارها.", "2019-01-01"),
]


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request, db):
    if request.param == "postgresql" and connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL")
    index = ENGINES[request.param]()
    index.fill(PASSAGES)
    yield index
    index.close()


def ask(engine, text, **options):
    return [doc_id for doc_id, _ in engine.search(understand(text, options.pop("synonyms", None)), **options)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("مراسلة", ["letters"]),
        ("بالمراسلات", ["letters"]),
        ("المراسلت", ["letters"]),  # a letter is missing
        ("٢٩٣-٢٠-٢", ["decree"]),
        ("مكتبة", ["library"]),
        ("administrations", ["courrier"]),
        ('"تدبير المراسلات"', ["letters"]),
        ('"المراسلات تدبير"', []),
        ("", []),
        ("'\"*:() OR NEAR \\", []),
    ],
)
def test_engines_find_the_same(engine, text, found):
    assert ask(engine, text) == found


def test_two_passages_of_a_document_are_one_answer(engine):
    assert ask(engine, "تدبير الأرشيف") == ["letters"]


def test_synonyms_find_less_surely(engine):
    synonyms = Synonyms([["مراسلة", "courrier"], ["مكتبة", "خزانة الكتب"]])

    assert ask(engine, "courrier", synonyms=synonyms) == ["courrier", "letters"]
    assert ask(engine, "خزانة الكتب", synonyms=synonyms)[0] == "library"


def test_newer_stands_before_older_alike(db):
    index = ENGINES["sqlite"]()
    index.fill([Passage("old", "لائحة", "", "2010-01-01"), Passage("new", "لائحة", "", "2026-01-01")])

    assert ask(index, "لائحة", today=date(2026, 2, 1)) == ["new", "old"]
    index.close()


def test_quality_is_printed_with_each_miss(tmp_path, db):
    documents = [{"id": each.doc_id, "title": each.title, "body": each.body} for each in PASSAGES]
    queries = [
        {"q": "مراسلة", "in_top": ["letters"], "k": 1, "not_in_top": []},
        {"q": "مكتبة", "in_top": ["decree"], "k": 2, "not_in_top": ["library"], "tag": "wrong on purpose"},
    ]
    path = tmp_path / "cases.json"
    path.write_text(json.dumps({"documents": documents, "queries": queries, "synonyms": {}}))

    lines = run("evaluate_search", path).splitlines()

    assert lines[:2] == [
        "miss: مكتبة [wrong on purpose]: decree within 2, found library",
        "1 of 2 cases met",
    ]
    assert lines[2].startswith("sqlite: 5 passages, 2 queries: MRR@10 0.500, nDCG@10 0.500, Hit@1 0.500, p50 ")


def test_questions_in_squad_format_are_read(tmp_path, db):
    asked = [{"question": "أين تسجل المراسلات؟", "id": "1", "answers": []}]
    paragraphs = [{"context": each.body, "qas": asked if each.body.startswith("تسجيل") else []} for each in PASSAGES]
    path = tmp_path / "squad.json"
    path.write_text(json.dumps({"data": [{"title": "", "paragraphs": [*paragraphs, paragraphs[0]]}]}))

    line = run("evaluate_search", path, "--loose", "--misread", "0.01")

    assert line.startswith("sqlite: 5 passages, 1 queries: MRR@10 1.000, nDCG@10 1.000, Hit@1 1.000, p50 ")


def test_letters_are_spoilt_in_documents_only():
    collection = quality.Collection(PASSAGES, [quality.Judged("إدارة", ["letters"])])

    spoilt = quality.misread(collection, 1.0)

    assert all(len(one.title) == len(two.title) for one, two in zip(spoilt.passages, PASSAGES, strict=True))
    assert spoilt.passages[0].title != PASSAGES[0].title
    assert spoilt.passages[3].title == "Gestion du courrier"
    assert spoilt.queries == collection.queries
    assert quality.typed_loosely(collection).queries[0].text == "اداره"


@pytest.mark.shared
@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_every_case_is_met(name, db):
    if not CASES.exists():
        pytest.skip("no folder of real input beside the clone")
    if name == "postgresql" and connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL")
    collection = quality.read(CASES)
    index = ENGINES[name]()
    index.fill(collection.passages)

    report = quality.evaluate(index, collection, today=date(2026, 11, 22))

    index.close()
    assert [(judged.text, found) for judged, found in report.misses] == []


def run(name, *arguments):
    out = io.StringIO()
    call_command(name, *arguments, stdout=out)
    return out.getvalue()
