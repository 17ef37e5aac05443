"""The embedded index alone: what it refuses, and what it keeps count of."""

from collections import Counter
from dataclasses import replace
from random import Random

import pytest
from django.db import OperationalError, connection

from search.contract import PUBLIC, EngineAway, Passage, Question, Record
from search.engines import embedded
from search.engines.tokens import vocabulary
from search.models import AccessSet, AccessToken, Document, Facets, Place, Streams, Vocabulary
from search.query import understand
from search.scopes.base import LONGEST, Text, passages_of

pytestmark = pytest.mark.django_db
RECORD = Record("page:1", 1, "page", frozenset({PUBLIC}), (Passage("زيارة المكتبة", "تستقبل المكتبة زوارها."),))
QUESTION = Question(understand("مكتبة"), frozenset({PUBLIC}))


@pytest.mark.both
def test_vocabulary_is_what_the_streams_hold_after_every_change():
    engine = embedded()
    other = replace(RECORD, doc_id="page:2", passages=(*RECORD.passages, Passage("ملحق", "صفحة أخرى", page=1)))
    engine.write([RECORD, other])
    engine.write([replace(other, version=2, passages=other.passages[:1]), replace(RECORD, version=3, status="old")])
    engine.write([replace(other, version=4, passages=(Passage("شيء آخر", "تماما"),))])
    engine.remove([("page:1", 9)])

    kept = {row.token: row.passages for row in Vocabulary.objects.exclude(passages=0)}

    assert kept == +vocabulary(list(Streams.objects.all()))
    assert kept["#"] == Place.objects.count() == 1


@pytest.mark.both
def test_two_records_of_one_document_at_once_leave_the_newer():
    engine = embedded()

    engine.write([replace(RECORD, version=5), replace(RECORD, version=4, passages=(Passage("قديم", ""),))])

    assert Document.objects.get().shown_version == 5
    assert [hit.doc_id for hit in engine.ask(QUESTION).hits] == ["page:1"]


@pytest.mark.both
def test_change_of_what_is_shown_alone_is_kept():
    engine = embedded()
    engine.write([RECORD])
    again = replace(RECORD, version=2, passages=(replace(RECORD.passages[0], title="زيارة المكتبة!", language="ar"),))
    before = Counter(dict(Vocabulary.objects.values_list("token", "passages")))

    engine.write([again])

    assert engine.ask(QUESTION).hits[0].passage == again.passages[0]
    assert Counter(dict(Vocabulary.objects.values_list("token", "passages"))) == before


def test_what_the_database_refuses_is_said_and_the_rest_kept():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite takes everything")
    letters = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"
    long = " ".join(f"{one}{two}{three}{four}ممممممممممم" for one in letters for two in letters for three in letters
                    for four in letters[:3])  # fmt: skip
    engine = embedded()

    refused = engine.write(
        [
            replace(RECORD, doc_id="page:2", organisation="x" * 50),
            replace(RECORD, doc_id="page:3", passages=(Passage("", long),)),
            RECORD,
        ]
    )

    assert sorted(refused) == ["page:2", "page:3"]
    assert [hit.doc_id for hit in engine.ask(QUESTION).hits] == ["page:1"]


@pytest.mark.both
def test_database_that_does_not_answer_is_an_engine_away(monkeypatch):
    engine = embedded()

    def fail(*arguments, **named):
        raise OperationalError("locked")

    for name in ("places", "add"):
        monkeypatch.setattr(engine._index, name, fail)

    for ask in (
        lambda: engine.ask(Question(understand('"مكتبة"'), frozenset({PUBLIC}))),
        lambda: engine.suggest("مكت", QUESTION),
        lambda: engine.write([RECORD]),
    ):
        with pytest.raises(EngineAway):
            ask()


def test_passages_are_looked_up_by_their_tokens(monkeypatch):
    """Read through, the table would have to fetch the tokens of every passage."""
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL")
    engine, plans, rows = embedded(), [], embedded()._index.rows

    def explained(sql, *parameters):
        plans.append("\n".join(line for (line,) in rows(f"EXPLAIN {sql}", *parameters)))
        return rows(sql, *parameters)

    monkeypatch.setattr(engine._index, "rows", explained)
    engine.write([RECORD])
    engine.ask(QUESTION)
    engine.suggest("مكت", QUESTION)

    plans = ["Function Scan on search_holding" in plan for plan in plans if "search_holding" in plan]
    assert plans == [True, True, True]  # by words, by grams, by beginnings
    with connection.cursor() as cursor:
        cursor.execute("SELECT proconfig FROM pg_proc WHERE proname = 'search_holding'")
        (settings,) = cursor.fetchone()
        for setting in settings:
            cursor.execute(f"SET LOCAL {setting}")
        cursor.execute("EXPLAIN SELECT passage_id FROM search_place WHERE tokens @@ 'tمكتب'::tsquery")
        assert "Index Scan on search_place_tokens" in "".join(line for (line,) in cursor.fetchall())


@pytest.mark.both
def test_index_of_tokens_goes_with_the_last_place():
    """Rows deleted past the engine, as tests and restored copies do, leave no token that finds another row later."""
    engine = embedded()
    engine.write([RECORD])
    Place.objects.all().delete()
    Streams.objects.all().delete()
    Document.objects.all().delete()
    engine.write([replace(RECORD, passages=(Passage("متحف", ""),))])

    assert engine.ask(Question(understand("مكتبة متحف"), frozenset({PUBLIC}))).total == 1
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT rowid FROM search_words WHERE search_words MATCH 'tمكتبه'")
            assert cursor.fetchall() == []


@pytest.mark.both
def test_what_no_document_uses_any_more_is_swept():
    engine = embedded()
    only_staff = frozenset({"staff"})
    moved = replace(RECORD, doc_id="page:2", acl=only_staff, organisation="A", passages=(Passage("متحف", ""),))
    engine.write([RECORD, moved])
    engine.sweep()
    before = everything()
    late = replace(moved, version=9, acl=frozenset({"org:1"}), organisation="B", passages=(Passage("معرض", ""),))
    engine.write([late])
    engine.write([replace(moved, version=10)])

    assert AccessSet.objects.count() == 3
    nowhere = Vocabulary.objects.filter(passages=0).count()
    assert nowhere > 3
    assert engine.sweep() == 1 + 1 + nowhere

    assert everything() == before
    assert engine.sweep() == 0
    engine.write([replace(late, version=11)])  # what was swept is made again
    assert engine.ask(Question(understand("معرض"), frozenset({"org:1"}))).total == 1


def everything():
    return [list(model.objects.order_by("pk").values()) for model in (AccessSet, AccessToken, Facets, Vocabulary)]


@pytest.mark.both
def test_very_long_text_is_kept_to_its_last_word():
    """A million letters of thirty thousand words: more than PostgreSQL takes in one piece."""
    letters = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"
    chance = Random(1)
    words = ["".join(chance.choices(letters, k=6)) for _word in range(30_000)]
    lines = [" ".join(chance.choices(words, k=12)) for _line in range(12_000)]
    lines = ["زرافة في البداية", *lines[:6_000], "فيل في الوسط", *lines[6_000:], "كركدن في النهاية"]
    passages = passages_of([Text("وثيقة طويلة", ("\n".join(lines),), "ar", 5, 3)])

    assert len(passages) > 20
    assert "\n".join(passage.body for passage in passages) == "\n".join(lines)
    assert {(passage.title, passage.file_id, passage.page) for passage in passages} == {("وثيقة طويلة", 5, 3)}
    engine = embedded()
    assert engine.write([replace(RECORD, passages=passages)]) == {}
    for words, body in (('"زرافة في البداية"', "زرافة"), ('"فيل في الوسط"', "فيل"), ("كركدن", "كركدن")):
        answer = engine.ask(Question(understand(words), frozenset({PUBLIC})))
        assert answer.total == 1
        assert body in answer.hits[0].passage.body


def test_text_without_an_end_of_a_line_is_cut_between_words_and_without_words_anywhere():
    words, stroke = "كلمة " * 20_000, "س" * (2 * LONGEST + 5)

    assert {passage.body[-1] for passage in passages_of([Text("", (words,))])} == {"ة"}
    assert [len(passage.body) for passage in passages_of([Text("", (stroke,))])] == [LONGEST, LONGEST, 5]
    assert [passage.body for passage in passages_of([Text("عنوان", ())])] == [""]
