import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from home.circulars.comparison import Verdict, compare, same_word


def block(html, anchor="p1", kind="paragraph"):
    return {"type": kind, "anchor": anchor, "html": f"<p>{html}</p>"}


def marked(old, new):
    """The later paragraph with what differs in signs that are easy to read: +added+ -removed- ~respelt~."""
    (row,) = compare([block(old)], [block(new)])
    plain = re.sub('<span class="visually-hidden">.*?</span>', "", row.html)
    for tag, sign in (("ins", "+"), ("del", "-")):
        plain = re.sub(f"</?{tag}>", sign, plain)
    return re.sub('<span class="respelt">(.*?)</span>', r"~\1~", plain).removeprefix("<p>").removesuffix("</p>")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "في أجل خمسة أيام من تاريخ التقييد",
            "في أجل يومين من تاريخ التقييد",
            "في أجل -خمسة أيام- +يومين+ من تاريخ التقييد",
        ),
        ("تحال المراسلة على الوحدة", "تحال ومراسلة على الوحدة", "تحال -المراسلة- +ومراسلة+ على الوحدة"),
        ("تحال مراسلة على الوحدة", "تحال المراسلة على الوحدة", "تحال -مراسلة- +المراسلة+ على الوحدة"),
        ("تحال المراسلة", "تحال المراسلة فورا", "تحال المراسلة +فورا+"),
        ("تحال المراسلة فورا", "تحال المراسلة", "تحال المراسلة -فورا-"),
        ("في أجل 5 أيام", "في أجل 8 أيام", "في أجل -5- +8+ أيام"),
        ("délai de <b>cinq jours</b>", "délai de <b>deux jours</b>", "délai de <b>-cinq- +deux+ jours</b>"),
        ("pour l'usager et lui", "pour l’usager et lui", "pour ~l’usager~ et lui"),
        ("rien ne change ici", "rien <b>ne</b>   change ici", "rien <b>ne</b>   change ici"),
        ("a < b & c", "a &lt; b &amp; c", "a &lt; b &amp; c"),
    ],
)
def test_words_that_differ_are_marked_whole(old, new, expected):
    assert marked(old, new) == expected


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("تُحالُ", "تحال"),
        ("رقـــم", "رقم"),
        ("إلى", "الى"),
        ("المسؤول", "المسئول"),
        ("على", "علي"),
        ("٥/٢٠٢٣", "5/2023"),
        ("Circulaire", "circulaire"),
    ],
)
def test_other_spelling_of_a_word_is_a_small_change(old, new):
    (row,) = compare([block(f"كتب {old} هنا")], [block(f"كتب {new} هنا")])
    assert (row.verdict, row.words_added, row.words_removed) == (Verdict.RESPELT, 0, 0)
    assert f'<span class="respelt">{new}</span>' in row.html


@pytest.mark.parametrize(
    ("one", "other"), [("5/2023", "5/2024"), ("كتابة", "كتابه"), ("é", "e"), ("2.18.855", "2.18.856")]
)
def test_other_words_are_not_the_same(one, other):
    assert same_word(one) != same_word(other)


def test_paragraphs_that_share_nothing_follow_one_another():
    assert marked("واحد اثنان ثلاثة أربعة", "خمسة ستة ثلاثة ثمانية تسعة") == (
        "-واحد اثنان ثلاثة أربعة- +خمسة ستة ثلاثة ثمانية تسعة+"
    )


def test_blocks_meet_by_their_anchors_wherever_they_stand():
    old = [block("أول", "p1"), block("ثان", "p2"), block("ثالث", "p3")]
    new = [block("ثالث", "p3"), block("أول", "p1"), block("رابع", "p4")]

    rows = compare(old, new)

    assert [(row.anchor, row.verdict, row.is_moved) for row in rows] == [
        ("p3", Verdict.SAME, True),
        ("p1", Verdict.SAME, False),
        ("p2", Verdict.REMOVED, False),
        ("p4", Verdict.ADDED, False),
    ]


def test_headings_meet_by_their_place():
    old = [{"type": "heading", "text": "أحكام عامة"}, block("أول"), {"type": "heading", "text": "خاتمة"}]
    new = [{"type": "heading", "text": "أحكام انتقالية"}, block("أول"), {"type": "heading", "text": "خاتمة"}]
    assert [row.verdict for row in compare(old, new)] == [Verdict.CHANGED, Verdict.SAME, Verdict.SAME]


def test_other_target_of_a_link_is_a_change():
    assert marked('انظر <a href="/a">الدليل</a> المرفق هنا', 'انظر <a href="/b">الدليل</a> المرفق هنا') == (
        'انظر <a href="/b">-الدليل- +الدليل+</a> المرفق هنا'
    )


def test_paragraph_may_become_empty_and_full_again():
    assert marked("", "كلمة") == "+كلمة+"
    assert compare([block("كلمة")], [block("")])[0].words_removed == 1


def test_line_break_stands_where_it_stood():
    assert marked("أول<br/>ثان", "أول<br/>ثالث ثان") == "أول<br/>+ثالث+ ثان"


class Balance(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.open, self.said = [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"del", "span"} & set(self.open):
            self.said.append(data)


WORDS = st.lists(
    st.sampled_from(["المراسلة", "و", "5/2023", "<b>أجل</b>", "يوم", "<i>من", "</i>", "،", "&amp;"]), max_size=9
)


@given(WORDS, WORDS)
def test_markup_stays_balanced_and_the_new_words_complete(old, new):
    def html(words):
        text = " ".join(words)
        return text if text.count("<i>") == text.count("</i>") == 0 else re.sub("</?i>", "", text)

    (row,) = compare([block(html(old))], [block(html(new))])

    found, expected = Balance(row.html), Balance(block(html(new))["html"])
    assert found.open == []
    assert "".join("".join(found.said).split()) == "".join("".join(expected.said).split())
