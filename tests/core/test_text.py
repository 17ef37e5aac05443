"""The analysis of text for search. Word lists of the shared folder are measured in tests/search."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.text import analyse, arabic, clean_line, fold, grams, latin, lexicon, words
from core.text.deriving import derive
from core.text.references import references

HIDDEN = "\u0640\u064b\u064e\u0651\u0652\u200f\u200e\u2066\u2069\u202b\u200d\u061c"


def stems(text):
    return analyse(text).stm


# --- folding


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("مُذَكِّرَة", "مذكره"),
        ("ﻣﻨﺸﻮﺭ", "منشور"),
        ("ڭلميم", "كلميم"),
        ("إدارة أخرى آلية ٱلله", "اداره اخري اليه الله"),
        ("مسؤول مسئول", "مسءول مسءول"),
        ("مراســـلة", "مراسله"),
        ("٢٠٢٠ ۲۰", "2020 20"),
        ("Décret Œuvre STRAẞE", "decret oeuvre strasse"),
        ("ⵜⴰⴳⵍⴷⵉⵜ", "ⵜⴰⴳⵍⴷⵉⵜ"),
        ("عىل", "علي"),
    ],
)
def test_one_spelling(typed, folded):
    assert fold(typed) == folded


@given(st.text())
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet="ابتمنوليرسة ه123/.-éàe' "), st.integers(0, 200), st.sampled_from(HIDDEN[1:]))
def test_marks_nobody_sees_change_nothing(text, place, mark):
    place %= len(text) + 1
    assert analyse(text[:place] + mark + text[place:]) == analyse(text)


def test_tatweel_changes_nothing_in_a_word():
    assert analyse("الـمـراسـلات") == analyse("المراسلات")


# --- the four streams


@settings(max_examples=300)
@given(st.text())
@example("\ud800 ال و لل بال")
@example("'" * 5 + "l'" + "ه" * 40)
def test_any_text_is_analysed(text):
    found = analyse(text)

    assert len(found.nrm) == len(found.stm)
    assert found.c4 == [gram for word in found.nrm for gram in grams(word)]
    assert analyse(" ".join(found.nrm)).nrm == found.nrm
    assert all(token and " " not in token for token in found.nrm + found.stm + found.c4 + found.refs)


def test_grams_of_short_words_are_the_words():
    assert [grams("و"), grams("في"), grams("كتب")] == [("_و_",), ("_في_",), ("_كتب", "كتب_")]


def test_words_leave_elided_articles_out():
    assert words("l'administration, d’une") == ["administration", "une"]


# --- Arabic


@pytest.mark.parametrize(
    "forms",
    [
        "سيارة السيارات بسيارتكم وللسيارة سياراتهم سيارتي",
        "شركة والشركات بالشركتين شركتنا للشركة",
        "معلم المعلمين معلمون للمعلمين والمعلم",
        "بنك البنوك بنوك للبنك",
        "حكومي الحكومية والحكوميين",
        "استثمار الاستثمارات باستثماراتها",
        "مستشفى المستشفيات للمستشفى",
        "لغة اللغة للغة لغات",
        "ملف الملفات ملفا وملفاتكم",
        "التزام بالتزام وبالتزام التزامها والتزامات",  # its ال is its own
        "والدة والدته والدتها للوالدة",  # and so is its وال
        "بطاقة وبطاقة بالبطاقة بطاقاتكم",  # و before ب of the word
        "كراء الكراء بكراء للكراء",
        "متصرف المتصرفين للمتصرفين والمتصرفين",
        "مفتشية بمفتشية للمفتشية ومفتشيات",
        "بلاغ بلاغات والبلاغات",
    ],
)
def test_forms_of_a_word_meet(forms):
    assert len({stem for form in forms.split() for stem in stems(form)}) == 1


@pytest.mark.parametrize(
    ("word", "other"),
    [("وزارة", "زارة"), ("التزام", "تزام"), ("إداري", "إدارة"), ("مكتبة", "مكتب"), ("تمرين", "تمر"), ("وكيل", "كيل")],
)
def test_letters_of_the_word_stay(word, other):
    assert stems(word) != stems(other)


def test_word_nobody_knows_keeps_all_but_a_clear_article():
    assert stems("بالزغبرطم") == ["زغبرطم"]
    assert stems("وزغبرطم") == ["وزغبرطم"]


@given(st.text(alphabet="ابتثجحخدذرزسشصضطظعغفقكلمنهوي", max_size=12))
def test_any_letters_have_a_stem(word):
    assert not word or arabic.stem(word)


def test_plurals_lead_to_singulars_in_one_step():
    pairs = lexicon.irregular()
    assert [plural for plural, singular in pairs.items() if singular in pairs or plural == singular] == []


@pytest.mark.parametrize(
    ("broken", "right"),
    [("المراسالت", "المراسلات"), ("اإلدارية", "الإدارية"), ("باألرشيف", "بالأرشيف"), ("اإلطالع", "الإطلاع")],
)
def test_lam_alef_turned_round_by_a_pdf_is_mended(broken, right):
    assert analyse(broken) == analyse(right)


def test_words_with_al_inside_are_left_alone():
    assert words("العمالات رسالة الطالب") == ["العمالات", "رساله", "الطالب"]


# --- French


@pytest.mark.parametrize(
    "forms",
    [
        "réunion réunions reunion",
        "congé conges congés",
        "travail travaux",
        "efficacité efficacite l'efficacité",
        "signée signees signé",
        "première premiere premières",
        "administratif administrative administratives",
    ],
)
def test_forms_of_a_french_word_meet(forms):
    assert len({stem for form in forms.split() for stem in stems(form)}) == 1


def test_numbers_and_names_with_digits_stay_whole():
    assert [latin.stem(word) for word in ("2020", "a4", "ao")] == ["2020", "a4", "ao"]


# --- references


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("مرسوم رقم ٢.٢٠.٢٩٣ بتاريخ", "2_20_293"),
        ("décret n° 2–20–293.", "2_20_293"),
        ("رقم 2 20 293", "2_20_293"),
        ("\u20662-20-293\u2069", "2_20_293"),
        ("2ـ20ـ293", "2_20_293"),
        ("2\\2020", "2_2020"),
        ("N° 1234/DRH/2020,", "1234_drh_2020"),
        ("عدد 1234/م.م.ب/2020", "1234_م_م_ب_2020"),
        ("رقم187.68بتاريخ", "187_68"),
    ],
)
def test_reference_is_found_both_ways(text, reference):
    assert references(fold(text)) == [reference, "_".join(reversed(reference.split("_")))]


@pytest.mark.parametrize("text", ["2020", "e-parapheur", "13 أكتوبر 1958", "et/ou", ""])
def test_what_is_no_reference(text):
    assert references(fold(text)) == []


def test_reference_the_same_both_ways_stands_once():
    assert references("7-7") == ["7_7"]


# --- the lexicon


def test_lexicon_counts_articles_and_possessives():
    words = {"المكتبة": 1e-4, "مكتبة": 1e-5, "مكتبته": 1e-6, "ألمانيا": 1e-4, "a4": 1e-2, "نادرة": 1e-8}

    assert derive(words.items()) == [
        ("المانيا", 100, 100, 0),
        ("المكتبه", 0, 100, 0),
        ("مكتبته", 0, 50, 0),
        ("مكتبه", 100, 75, 50),
    ]


def test_shipped_lexicon_is_read():
    assert lexicon.base("وزاره") > lexicon.base("زاره")
    assert lexicon.is_own_noun("مكتبه")
    assert not lexicon.is_own_noun("موظفه")


def test_cleaning_is_still_here():
    assert clean_line(" a\u202e\n b ") == "a b"
