"""How good the answers are: read, spoilt on purpose, printed."""

import io
import json
import os

import pytest
from django.core.management import CommandError, call_command

from search import quality
from search.quality import Text

TEXTS = [
    Text("decree", "مرسوم رقم 2.20.293 بإعلان حالة الطوارئ", "يتعلق بحالة الطوارئ الصحية.", "2020-03-24"),
    Text("letters", "تدبير المراسلات الإدارية", "تسجيل المراسلات بمكتب الضبط.", "2020-03-12"),
    Text("archive", "تدبير الأرشيف", "صفحة ثانية عن الأرشيف.", "2020-03-12"),
    Text("courrier", "Gestion du courrier", "L'administration enregistre les correspondances.", "2021-01-01"),
    Text("library", "زيارة المكتبة", "تستقبل المكتبة زوارها.", "2019-01-01"),
]


@pytest.fixture
def cases(tmp_path):
    documents = [{"id": each.doc_id, "title": each.title, "body": each.body} for each in TEXTS]
    queries = [
        {"q": "مراسلة", "in_top": ["letters"], "k": 1, "not_in_top": []},
        {"q": "مكتبة", "in_top": ["decree"], "k": 2, "not_in_top": ["library"], "tag": "wrong on purpose"},
    ]
    path = tmp_path / "cases.json"
    path.write_text(json.dumps({"documents": documents, "queries": queries, "synonyms": {}}))
    return path


def test_quality_is_printed_with_each_miss(cases, db):
    lines = run("evaluate_search", cases).splitlines()

    assert lines[:2] == [
        "miss: مكتبة [wrong on purpose]: decree within 2, found library",
        "1 of 2 cases met",
    ]
    assert lines[2].startswith("sqlite: 5 passages, 2 queries: MRR@10 0.500, nDCG@10 0.500, Hit@1 0.500, p50 ")


def test_server_is_measured_and_without_language_analysis_says_so(cases, db, settings, elasticsearch_url):
    settings.ELASTICSEARCH_URL = elasticsearch_url

    lines = run("evaluate_search", cases, "--engine", "elasticsearch", "--baseline").splitlines()

    assert lines[1].startswith("1 of 2 cases met")
    assert lines[2].startswith("elasticsearch: 5 passages, 2 queries: MRR@10 0.500, nDCG@10 0.500, Hit@1 0.500, p50 ")
    assert lines[3:] == ["built-in: this server has no analysis of Arabic and French of its own."]


@pytest.mark.skipif("DIWAN_OPENSEARCH_URL" not in os.environ, reason="DIWAN_OPENSEARCH_URL names no OpenSearch")
def test_analysis_of_the_server_stands_beside_ours(cases, db, settings):
    settings.ELASTICSEARCH_URL, settings.OPENSEARCH = os.environ["DIWAN_OPENSEARCH_URL"], True

    lines = run("evaluate_search", cases, "--engine", "elasticsearch", "--baseline").splitlines()

    assert [line.partition(",")[0] for line in lines[2:]] == ["elasticsearch: 5 passages", "built-in: 5 passages"]


def test_evaluation_says_what_it_lacks(cases, db, settings):
    with pytest.raises(CommandError, match="names none"):
        run("evaluate_search", cases, "--engine", "elasticsearch")
    with pytest.raises(CommandError, match="--baseline is for"):
        run("evaluate_search", cases, "--baseline")
    settings.ELASTICSEARCH_URL = "http://127.0.0.1:1"
    with pytest.raises(CommandError, match="does not answer"):
        run("evaluate_search", cases, "--engine", "elasticsearch")


def test_questions_in_squad_format_are_read(tmp_path, db):
    asked = [{"question": "أين تسجل المراسلات؟", "id": "1", "answers": []}]
    paragraphs = [{"context": each.body, "qas": asked if each.body.startswith("تسجيل") else []} for each in TEXTS]
    path = tmp_path / "squad.json"
    path.write_text(json.dumps({"data": [{"title": "", "paragraphs": [*paragraphs, paragraphs[0]]}]}))

    line = run("evaluate_search", path, "--loose", "--misread", "0.01")

    assert line.startswith("sqlite: 5 passages, 1 queries: MRR@10 1.000, nDCG@10 1.000, Hit@1 1.000, p50 ")


def test_letters_are_spoilt_in_documents_only():
    collection = quality.Collection(TEXTS, [quality.Judged("إدارة", ["letters"])])

    spoilt = quality.misread(collection, 1.0)

    assert all(len(one.title) == len(two.title) for one, two in zip(spoilt.passages, TEXTS, strict=True))
    assert spoilt.passages[0].title != TEXTS[0].title
    assert spoilt.passages[3].title == "Gestion du courrier"
    assert spoilt.queries == collection.queries
    assert quality.typed_loosely(collection).queries[0].text == "اداره"


def run(name, *arguments):
    out = io.StringIO()
    call_command(name, *arguments, stdout=out)
    return out.getvalue()
