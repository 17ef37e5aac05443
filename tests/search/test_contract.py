"""What every engine answers alike."""

from dataclasses import replace
from datetime import date

import pytest
from django.db import connection

from search import quality
from search.contract import NEWEST, OLDEST, PUBLIC, Hit, Passage, Question, Record
from search.engines import embedded
from search.engines.trial import trial_engine
from search.query import Synonyms, understand
from tests.tools import SHARED

CASES = SHARED / "data" / "search" / "cases.json"
TODAY = date(2026, 11, 22)
ENGINES = ("database", "sqlite", "postgresql", "elasticsearch")


@pytest.fixture(params=ENGINES)
def engine(request, db):
    """An empty engine: the one in the database of the tests, and throw-away ones."""
    if request.param == "database":
        yield embedded()
        return
    needed(request.param)
    url = request.getfixturevalue("elasticsearch_url") if request.param == "elasticsearch" else ""
    with trial_engine(request.param, url) as index:
        yield index


def needed(name):
    """Servers are asked once, on the run with PostgreSQL."""
    if name in ("postgresql", "elasticsearch") and connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL")


def record(doc_id, title, body="", *more, acl=(PUBLIC,), version=1, dated="", **facets):
    passages = (Passage(title, body, "ar"), *(Passage(title, text, page=page) for page, text in enumerate(more, 1)))
    kind = doc_id.partition(":")[0]
    dated = date.fromisoformat(dated) if dated else None
    return Record(doc_id, version, kind, frozenset(acl), passages, dated=dated, **facets)


DECREE = record(
    "circular:1",
    "مرسوم رقم 2.20.293 بإعلان حالة الطوارئ",
    "يتعلق بحالة الطوارئ الصحية.",
    dated="2020-03-24",
    authority="SGG",
    status="in_force",
    themes=("health", "security"),
)
LETTERS = record(
    "circular:2",
    "تدبير المراسلات الإدارية",
    "تسجيل المراسلات بمكتب الضبط.",
    "صفحة أولى عن الموظفين.",
    "صفحة ثانية عن الأرشيف.",
    dated="2020-03-12",
    authority="MEF",
    status="in_force",
    themes=("archives",),
)
COURRIER = record(
    "page:1", "Gestion du courrier", "L'administration enregistre les correspondances.", dated="2021-01-01"
)
LIBRARY = record("page:2", "زيارة المكتبة", "تستقبل المكتبة زوارها.", dated="2019-01-01", themes=("archives",))
SECRET = record(
    "correspondence:9", "مراسلة سرية", "طوارئ في المكتبة", acl=("unit:12:2", "person:5"), organisation="MEF"
)
RECORDS = [DECREE, LETTERS, COURRIER, LIBRARY, SECRET]


@pytest.fixture
def filled(engine):
    assert engine.write(RECORDS) == {}
    return engine


def question(text, *tokens, synonyms=None, **more):
    return Question(understand(text, synonyms), frozenset({PUBLIC, *tokens}), **more)


def found(engine, text, *tokens, **more):
    return [hit.doc_id for hit in engine.ask(question(text, *tokens, **more), today=TODAY).hits]


@pytest.mark.both
def test_engines_find_the_same(filled):
    expected = {
        "مراسلة": ["circular:2"],
        "بالمراسلات": ["circular:2"],
        "المراسلت": ["circular:2"],  # a letter is missing
        "٢٩٣-٢٠-٢": ["circular:1"],
        "مكتبة": ["page:2"],
        "administrations": ["page:1"],
        '"تدبير المراسلات"': ["circular:2"],
        '"المراسلات تدبير"': [],
        '"الإدارية تسجيل"': [],  # title and body are no one sentence
        "": [],
        "'\"*:() OR NEAR \\": [],
        "x" * 5000: [],
    }

    assert {text: found(filled, text) for text in expected} == expected


@pytest.mark.both
def test_best_passage_of_a_document_is_named(filled):
    answer = filled.ask(question("تدبير الأرشيف"), today=TODAY)

    assert [(hit.doc_id, hit.number) for hit in answer.hits] == [("circular:2", 2)]
    assert answer.total == 1


@pytest.mark.both
def test_synonyms_find_less_surely(filled):
    synonyms = Synonyms([["مراسلة", "courrier"], ["مكتبة", "خزانة الكتب"]])

    assert found(filled, "courrier", synonyms=synonyms) == ["page:1", "circular:2"]
    assert found(filled, "خزانة الكتب", synonyms=synonyms)[0] == "page:2"


@pytest.mark.both
def test_what_may_not_be_read_is_in_no_number(filled):
    everything = filled.ask(question("المكتبة الطوارئ", "unit:12:2", "unit:13:2"), today=TODAY)
    public = filled.ask(question("المكتبة الطوارئ", "unit:12:1", "person:55"), today=TODAY)

    assert {hit.doc_id for hit in everything.hits} == {"circular:1", "page:2", "correspondence:9"}
    assert everything.facets["organisation"] == {"MEF": 1}
    assert {hit.doc_id for hit in public.hits} == {"circular:1", "page:2"}
    assert (public.total, public.facets["kind"]) == (2, {"circular": 1, "page": 1})
    assert public.facets["organisation"] == {}
    assert filled.suggest("سر", question("")) == []
    assert [hit.doc_id for hit in filled.suggest("سر", question("", "person:5"))] == ["correspondence:9"]


@pytest.mark.both
def test_grams_are_asked_when_few_may_be_read(engine):
    """How many there are for others does not decide what is found for one."""
    hidden = [record(f"correspondence:{n}", "مراسلت", acl=("unit:1:1",)) for n in range(12)]
    engine.write([*hidden, record("page:1", "المراسلات")])

    assert found(engine, "المراسلت") == found(engine, "المراسلت", "unit:2:1") == ["page:1"]
    assert len(found(engine, "المراسلت", "unit:1:1", size=20)) == 12


@pytest.mark.both
def test_nobody_finds_what_is_pending(filled):
    answer = filled.ask(question("مكتبة مراسلة", pending=frozenset({"page:2"})), today=TODAY)

    assert [hit.doc_id for hit in answer.hits] == ["circular:2"]
    assert (answer.total, answer.facets["kind"], answer.facets["theme"]) == (1, {"circular": 1}, {"archives": 1})
    assert filled.suggest("زيا", question("", pending=frozenset({"page:2"}))) == []


@pytest.mark.both
def test_facets_keep_their_siblings(filled):
    text = "مكتبة مراسلة طوارئ courrier"

    answer = filled.ask(question(text), today=TODAY)
    assert answer.total == 4
    assert answer.facets == {
        "kind": {"circular": 2, "page": 2},
        "authority": {"SGG": 1, "MEF": 1},
        "year": {"2020": 2, "2021": 1, "2019": 1},
        "theme": {"health": 1, "security": 1, "archives": 2},
        "status": {"in_force": 2},
        "organisation": {},
    }

    chosen = {"kind": frozenset({"circular"}), "theme": frozenset({"archives", "health"}), "year": frozenset()}
    answer = filled.ask(question(text, chosen=chosen), today=TODAY)
    assert {hit.doc_id for hit in answer.hits} == {"circular:1", "circular:2"}
    assert answer.total == 2
    assert answer.facets["kind"] == {"circular": 2, "page": 1}  # what the theme leaves
    assert answer.facets["theme"] == {"health": 1, "security": 1, "archives": 1}  # what the kind leaves
    assert answer.facets["year"] == {"2020": 2}  # what both leave


@pytest.mark.both
def test_dates_narrow_and_sort(filled):
    text = "مكتبة مراسلة طوارئ courrier"
    dated = {"since": date(2020, 1, 1), "until": date(2020, 12, 31)}

    assert found(filled, text, sort=NEWEST) == ["page:1", "circular:1", "circular:2", "page:2"]
    assert found(filled, text, "person:5", sort=OLDEST) == [
        "page:2", "circular:2", "circular:1", "page:1", "correspondence:9",
    ]  # fmt: skip
    assert found(filled, text, "person:5", sort=NEWEST, **dated) == ["circular:1", "circular:2"]
    answer = filled.ask(question(text, **dated), today=TODAY)
    assert (answer.total, answer.facets["year"]) == (2, {"2020": 2})


@pytest.mark.both
def test_newer_and_in_force_stand_before_others_alike(engine):
    engine.write(
        [
            record("page:1", "لائحة", dated="2010-01-01"),
            record("page:2", "لائحة", dated="2026-01-01"),
            record("page:3", "لائحة", dated="2026-01-01", in_force=False),
        ]
    )

    assert found(engine, "لائحة") == ["page:2", "page:1", "page:3"]


@pytest.mark.both
@pytest.mark.parametrize("sort", ["relevance", NEWEST])
def test_every_page_of_many_answers_holds_others(engine, sort):
    """More than are ranked: what follows is not lost, and nothing comes twice."""
    engine.write(record(f"page:{n}", "لائحة", f"لائحة {n} " + "كلمة " * (n % 7)) for n in range(230))

    pages = [found(engine, "لائحة كلمة", sort=sort, start=start, size=50) for start in range(0, 250, 50)]

    assert [len(page) for page in pages] == [50, 50, 50, 50, 30]
    assert len({doc_id for page in pages for doc_id in page}) == 230
    assert engine.ask(question("لائحة كلمة", start=300)).hits == ()


@pytest.mark.both
def test_older_versions_never_replace_newer(filled):
    assert filled.write([replace(record("page:2", "زيارة المتحف"), version=7)]) == {}
    assert filled.write([replace(LIBRARY, version=6)]) == {}

    assert found(filled, "زيارة المتحف المكتبة") == ["page:2"]
    assert found(filled, "مكتبة") == []
    assert dict(filled.versions()) == {
        "circular:1": 1, "circular:2": 1, "page:1": 1, "page:2": 7, "correspondence:9": 1,
    }  # fmt: skip


@pytest.mark.both
def test_change_of_readers_and_facets_alone_is_felt(filled):
    filled.write([replace(LIBRARY, version=2, acl=frozenset({"staff"}), status="old", dated=date(2022, 1, 1))])

    assert found(filled, "مكتبة") == []
    answer = filled.ask(question("مكتبة", "staff"), today=TODAY)
    assert (answer.total, answer.facets["status"], answer.facets["year"]) == (1, {"old": 1}, {"2022": 1})


@pytest.mark.both
def test_pages_a_document_lost_are_found_no_more(filled):
    filled.write([replace(LETTERS, version=2, passages=LETTERS.passages[:2])])

    assert found(filled, '"الأرشيف"') == []
    assert found(filled, "الموظفين") == ["circular:2"]


@pytest.mark.both
def test_removed_is_found_no_more_and_does_not_come_back(filled):
    assert filled.remove([("page:2", 3), ("circular:1", 0), ("page:77", 1)]) == {}
    assert filled.write([replace(LIBRARY, version=2)]) == {}

    assert found(filled, '"المكتبة"') == []
    assert filled.suggest("زيا", question("")) == []
    assert found(filled, "طوارئ") == ["circular:1"]  # an older removal does nothing
    assert sorted(doc_id for doc_id, _ in filled.versions()) == [
        "circular:1",
        "circular:2",
        "correspondence:9",
        "page:1",
    ]

    assert filled.write([replace(LIBRARY, version=4)]) == {}
    assert found(filled, "مكتبة") == ["page:2"]


@pytest.mark.both
def test_titles_and_numbers_are_suggested_while_typing(filled):
    expected = {
        "مراس": ["circular:2"],
        "المراس": ["circular:2"],
        "المكتب": ["page:2"],
        "مكتب": ["page:2"],
        "زيارة الم": ["page:2"],
        "الم زيارة": [],
        "gesti": ["page:1"],
        "2.20": ["circular:1"],
        "٢-٢٠-٢٩٣": ["circular:1"],
        "أرشيف": [],  # in no title
        "  ": [],
    }

    assert {typed: [hit.doc_id for hit in filled.suggest(typed, question(""))] for typed in expected} == expected


@pytest.mark.both
def test_suggestions_are_few_and_newest_first(engine):
    engine.write(record(f"page:{n}", f"لائحة {n}", dated=f"20{n:02}-01-01") for n in range(10, 25))

    assert engine.suggest("لا", question(""), limit=2) == [Hit("page:24", 0.0, 0), Hit("page:23", 0.0, 0)]


@pytest.mark.both
def test_hit_brings_the_passage_as_it_is_kept(filled):
    (hit,) = filled.ask(question("الأرشيف"), today=TODAY).hits

    assert hit.passage == Passage(LETTERS.passages[2].title, LETTERS.passages[2].body, page=2)


@pytest.mark.both
def test_kinds_weigh_what_administrators_say(engine):
    engine.write([record("page:1", "لائحة"), record("circular:1", "لائحة")])

    assert found(engine, "لائحة", boosts={"circular": 2.0})[0] == "circular:1"
    assert found(engine, "لائحة", boosts={"page": 2.0})[0] == "page:1"


@pytest.mark.both
def test_engine_says_what_it_is(filled):
    facts = filled.facts()

    assert facts.get("passages", facts.get("documents")) == ("7" if "passages" in facts else "5")


@pytest.mark.both
def test_text_no_database_takes_is_kept_without_it(engine):
    assert engine.write([record("page:1", "nul\0 \ud800 word", "كلمة" * 2000)]) == {}

    assert found(engine, "word") == ["page:1"]


def test_nobody_asks_without_tokens():
    with pytest.raises(ValueError, match="asked by somebody"):
        Question(understand(""), frozenset())


@pytest.mark.both
@pytest.mark.shared
@pytest.mark.parametrize("name", ENGINES[1:])
def test_every_case_is_met(name, db, request):
    if not CASES.exists():
        pytest.skip("no folder of real input beside the clone")
    needed(name)
    url = request.getfixturevalue("elasticsearch_url") if name == "elasticsearch" else ""
    with trial_engine(name, url) as index:
        report = quality.evaluate(index, quality.read(CASES), today=TODAY)

    assert [(judged.text, order) for judged, order in report.misses] == []


@pytest.mark.shared
def test_every_case_finds_the_same_documents_everywhere(db, request):
    if not CASES.exists():
        pytest.skip("no folder of real input beside the clone")
    needed("elasticsearch")
    collection, answers = quality.read(CASES), {}
    asked = [question(judged.text, synonyms=collection.synonyms, size=100) for judged in collection.queries]

    for name in ENGINES[1:]:
        url = request.getfixturevalue("elasticsearch_url") if name == "elasticsearch" else ""
        with trial_engine(name, url) as index:
            assert index.write(text.record() for text in collection.passages) == {}
            answers[name] = [index.ask(each, today=TODAY) for each in asked]

    for name in ENGINES[2:]:
        for text, one, other in zip(asked, answers["sqlite"], answers[name], strict=True):
            assert (name, text.query.words, ids(one)) == (name, text.query.words, ids(other))
            assert (one.total, one.facets) == (other.total, other.facets)


def ids(answer):
    return {hit.doc_id for hit in answer.hits}
