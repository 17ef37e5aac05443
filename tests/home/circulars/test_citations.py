from datetime import date
from io import StringIO
from re import _constants, _parser

import pytest

from home.circulars import citations
from home.circulars.citations import find
from home.circulars.evaluation import evaluate
from home.circulars.management.commands.evaluate_citations import Command


def seen(text):
    return [(each.text, each.kind, each.number, each.date) for each in find(text)]


@pytest.mark.parametrize(
    ("text", "kind", "number", "day"),
    [
        ("المرسوم رقم 2.18.855 الصادر في 13 من ذي القعدة 1413 (5 ماي 1993)", "decree", "2.18.855", date(1993, 5, 5)),
        ("القانون رقم 55.19", "law", "55.19", None),
        ("الظهير الشريف رقم 1.20.06 بتاريخ 11 من رجب 1441 (6 مارس 2020)", "dahir", "1.20.6", date(2020, 3, 6)),
        ("منشور رئيس الحكومة عدد 5/2020", "circular", "5/2020", None),
        ("دورية رقم 12 بتاريخ 03/04/2021", "circular", "12", date(2021, 4, 3)),
        ("مذكرة رقم 7/2019 المؤرخة في فاتح غشت 2019", "note", "7/2019", date(2019, 8, 1)),
        ("قرار لوزير العدل رقم 2084.25 صادر في 29 من محرم 1447", "order", "2084.25", None),
        ("المنشور رقم 3 بتاريخ 31/02/2020", "circular", "3", None),
        ("الظهير الشريف الصادر في 28 من ربيع الأول 1355 (18 يونيو 1936)", "dahir", "", date(1936, 6, 18)),
        ("الجريدة الرسمية عدد 3013 مكرر", "gazette", "3013bis", None),
        ("circulaire n° 5/2023 du 1er août 2023", "circular", "5/2023", date(2023, 8, 1)),
        ("loi n° 55-19", "law", "55.19", None),
        ("décret n° 2-18-855 du 13 kaada 1413 (5 mai 1993)", "decree", "2.18.855", date(1993, 5, 5)),
        ("dahir n° 1-20-06 du 11 rejeb 1441 (6-3-2020)", "dahir", "1.20.6", date(2020, 3, 6)),
        ("dahir du 26 hija 1362 (24 décembre 1943)", "dahir", "", date(1943, 12, 24)),
        ("Bulletin officiel n° 6784", "gazette", "6784", None),
        ("arrêté du ministre de la justice n° 132-69 du 3 mai 1969", "order", "132.69", date(1969, 5, 3)),
        ("CIRCULAIRE N°463/FP", "circular", "463/FP", None),
    ],
)
def test_citation_found_whole_in_a_sentence(text, kind, number, day):
    language = "ar" if "\u0600" <= text[0] <= "\u06ff" else "fr"
    for sentence in (text, f"– {text}، ", f"({text})", f"x\n\n{text}؛"):
        assert seen(sentence) == [(text, kind, number, day)]
        assert sentence[find(sentence)[0].start : find(sentence)[0].end] == text
        assert find(sentence)[0].language == language


@pytest.mark.parametrize(
    ("text", "number", "day"),
    [
        ("المَرْسُوم رقـــم ٢.١٨.٨٥٥", "2.18.855", None),
        ("المرسوم\u00a0رقم\n\u202a2.18.\u202c855", "2.18.855", None),
        ("المرسوم رقم 2.24.55صادر في 4جمادى األولى 5( 1445مارس ،)2024", "2.24.55", date(2024, 3, 5)),
        ("De\u0301cret\u00a0n°\n2\u201118\u2011855", "2.18.855", None),
    ],
)
def test_citation_through_marks_breaks_and_painted_order(text, number, day):
    assert seen(text) == [(text, "decree", number, day)]


def test_citation_starts_after_what_is_joined_to_it():
    texts = [each.text for each in find("وبالمرسوم رقم 2.18.855 وفقا للقانون رقم 55.19 de l’arrêté n° 12")]

    assert texts == ["المرسوم رقم 2.18.855", "قانون رقم 55.19", "arrêté n° 12"]


@pytest.mark.parametrize(
    "text",
    [
        "الطريق الوطنية رقم 1 بين تيزنيت والداخلة",
        "رقم الأعمال 2020",
        "القانون رقم 3",
        "هذا المرسوم الذي ينشر بالجريدة الرسمية",
        "المرسوم الملحق به العقد رقم 12.20",
        "القوانين والمراسيم والقرارات رقم 5/2020",
        "- Modèle n° 12 : déclaration modificative",
        "le présent décret sera publié au Bulletin officiel",
        "formulaire cerfa n°15731",
        "la loi en arrête les conditions",
        "relatif à l'arrêt n° 12",
        "",
    ],
)
def test_no_citation(text):
    assert find(text) == []


def test_marked_citations_are_recognised():
    score = evaluate()

    assert score.right + len(score.missed) >= 80
    assert score.precision >= 0.95
    assert score.recall >= 0.90


def test_command_prints_the_figures():
    out = StringIO()
    Command(stdout=out).handle()

    lines = out.getvalue().splitlines()
    assert lines[-1].startswith("precision 0.9")
    assert any(line.startswith("missed: ") for line in lines)


def repeats(tree):
    """How often each repetition in a pattern may repeat."""
    for operation, value in tree:
        inner = []
        if operation in (_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT):
            yield value[1]
            inner = [value[2]]
        elif operation is _constants.SUBPATTERN:
            inner = [value[3]]
        elif operation is _constants.BRANCH:
            inner = value[1]
        elif operation in (_constants.ASSERT, _constants.ASSERT_NOT):
            inner = [value[1]]
        elif operation is _constants.GROUPREF_EXISTS:
            inner = [each for each in value[1:] if each]
        for each in inner:
            yield from repeats(each)


@pytest.mark.parametrize("pattern", [citations._ARABIC, citations._FRENCH])
def test_patterns_are_bounded(pattern):
    """No repetition without an end: from each place a pattern reads a bounded stretch, however long the text."""
    tree = _parser.parse(pattern.pattern)

    assert max(repeats(tree)) <= 20
    assert tree.getwidth()[1] <= 600


@pytest.mark.parametrize(
    "unit",
    ["قرار ", "قرار وزير المالية ", "المرسوم رقم ", "1.", "loi n° ", "arrêté du ministre de la ", " ", "(", "ـ", "ذي "],
)
def test_hostile_megabyte_is_read_to_its_end(unit):
    text = unit * (1_000_000 // len(unit)) + "\n loi n° 55-19"

    assert find(text)[-1].number == "55.19"
