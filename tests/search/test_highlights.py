import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.highlights import SIZE, marked, plain, snippet
from search.query import Synonyms, understand

ALPHABET = "ابتمرسلةإأآىئؤ ءًٌَُِّْـلالاﻻﷲ éèàœçÉ ’'«»\".-/_ 0123456789٠١٢٣%<>&\n\u2066\u2069\u202e\u200d"
TEXTS = st.text(ALPHABET, max_size=900) | st.text(max_size=200)
QUERIES = st.text(ALPHABET, max_size=40)


def said(markup):
    """The text people read."""
    return html.unescape(re.sub(r"</?(?:mark|bdi)[^>]*>", "", markup))


def marks(markup):
    return [said(each) for each in re.findall("<mark>(.*?)</mark>", markup, flags=re.DOTALL)]


@pytest.mark.parametrize(
    ("text", "query", "expected"),
    [
        ("تُرتَّبُ المُراسَلاتُ حسب تاريخها", "مراسلة", ["المُراسَلاتُ"]),
        ("تنظيـــم الإدارات العمومية", "تنظيم إدارة", ["تنظيـــم", "الإدارات"]),
        ("ﺍﻟﻤﺮﺍﺳﻼﺕ الإدارية", "المراسلات", ["ﺍﻟﻤﺮﺍﺳﻼﺕ"]),
        ("سجل المراسالت الواردة", "المراسلات", ["المراسالت"]),
        ("أحكام عامة", "احكام", ["أحكام"]),
        ("Les délégués de l’Économie", "economie delegue", ["délégués", "Économie"]),
        ("La procédure d'élaboration", "elaboration", ["élaboration"]),
        ("المرسوم رقم 2-20-293 المتعلق بالطوارئ", "2.20.293", ["2-20-293"]),
        ("المرسوم رقم 293-20-2 المتعلق", "2.20.293", ["293-20-2"]),
        ("المرسوم رقم ٢.٢٠.٢٩٣ بسن", "2-20-293", ["٢.٢٠.٢٩٣"]),
        ("القانون 2 20 293 بسن", "2-20-293", ["2 20 293"]),
        ("صدر سنة 2020 ثم 12-2020", "2020", ["2020", "12-2020"]),
        ("مكتب الضبط الرقمي ثم مكتب آخر", '"مكتب الضبط"', ["مكتب الضبط", "مكتب"]),
        ("droit de l’administration publique", '"de l\'administration"', ["de l’administration"]),
        ("رسالة في شأن المالية في سنة", "قانون في المالية", ["المالية", "في"]),
        ("تدبير المراسلات", "المراسلاة", ["المراسلات"]),
        ("registre du courrier", "courier", ["courrier"]),
        ("nothing of it", "قانون", []),
    ],
)
def test_words_that_matched_are_marked_as_they_stand(text, query, expected):
    assert marks(marked(text, understand(query))) == expected


def test_synonyms_are_marked_too():
    query = understand("منشور", Synonyms([["منشور", "دورية"]]))

    assert marks(marked("دورية رقم 3", query)) == ["دورية"]


def test_mistyped_word_marks_near_ones_only_where_it_stands_nowhere():
    assert marks(marked("courrier et courier", understand("courier"))) == ["courier"]


def test_snippet_shows_the_densest_part():
    filler = "كلمات لا صلة لها بالموضوع المطلوب هنا. " * 20
    text = f"المراسلات. {filler}تدبير المراسلات الإدارية بين المصالح. {filler}"

    shown = snippet(text, understand("المراسلات الإدارية"))

    assert marks(shown) == ["المراسلات", "الإدارية"]
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert len(said(shown)) <= SIZE + 20


def test_snippet_without_hits_is_the_beginning():
    text = "جملة أولى. " * 60

    shown = snippet(text, understand("قانون"))

    assert text.startswith(shown.removesuffix("…"))
    assert snippet("", understand("قانون")) == ""


def test_markup_of_the_text_stays_text():
    shown = snippet("<b onclick=x>المراسلات</b> & <mark>لا</mark>", understand("المراسلات"))

    assert shown == ("&lt;b onclick=x&gt;<mark>المراسلات</mark>&lt;/b&gt; &amp; &lt;mark&gt;لا&lt;/mark&gt;")


def test_numbers_stand_each_in_its_own_direction():
    shown = snippet("نسبة 71% من المرسوم 2-20-293 بتاريخ 12/03/2020", understand("المرسوم"))

    assert re.findall('<bdi dir="ltr">(.*?)</bdi>', shown) == ["71%", "2-20-293", "12/03/2020"]


def test_directional_controls_are_left_out():
    assert said(snippet("\u202eسرية \u2066MSP-1\u2069", understand("سرية"))) == "سرية MSP-1"


@given(TEXTS, QUERIES)
def test_text_without_marks_is_a_part_of_the_original(text, query):
    understood = understand(query)

    shown = snippet(text, understood)
    body = said(shown)

    assert any(part in plain(text) for part in {body, body[1:], body[:-1], body[1:-1]})
    assert said(marked(text, understood)) == plain(text)


@given(TEXTS, st.integers(0, 30))
def test_marks_are_whole_words_of_the_query(text, place):
    """Each word of the text, asked for alone, is marked where it stands, unless it says nothing by itself."""
    words = re.findall(r"\w{4,}", plain(text))
    if not words:
        return
    word = words[place % len(words)]
    understood = understand(word)

    for mark in marks(marked(text, understood)):
        assert {*understand(mark).stm, *understand(mark).refs, *understand(mark).c4} & {
            *understood.stm,
            *understood.refs,
            *understood.c4,
        }


@given(TEXTS, QUERIES)
def test_markup_is_balanced(text, query):
    shown = snippet(text, understand(query))

    depth = 0
    for tag in re.findall("<[^>]*>", shown):
        assert tag in {"<mark>", "</mark>", '<bdi dir="ltr">', "</bdi>"}
        depth += -1 if tag.startswith("</") else 1
        assert 0 <= depth <= 2
    assert depth == 0
