"""What reads as language, and what fonts without a map of their letters give."""

import json

import pytest

from core.text.trust import FEW, is_trusted, is_word, trust

ARABIC = "تحدد بموجب هذا المنشور كيفيات تبسيط المساطر والإجراءات الإدارية وتسلم الملفات من طرف المرتفقين"


def test_language_is_trusted():
    assert trust(ARABIC) > 0.8
    assert trust("Le présent décret porte sur les modalités.") == 1.0
    assert trust("ⵜⴰⴳⵍⴷⵉⵜ ⵏ ⵍⵎⵖⵔⵉⴱ") == 1.0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12 / 2020 – 7",
        ARABIC[::-1],
        "ﻻ".join("ثظغضصذز ظغضصث غظضص صثضظ"),
        "\ue001\ue002\ue003 abc",
        "Ԕ ϸЇ ߙ ķ ϣ Ⴀ ก அ ඌ ക",
    ],
)
def test_what_nobody_writes_is_not_trusted(text):
    assert not is_trusted(text)


def test_text_whose_lam_alefs_are_turned_round_is_not_trusted():
    turned = ARABIC + " والأشغال الأخرى الأساسية"
    assert is_trusted(turned)
    assert not is_trusted(turned.replace("لأ", "أل"))


def test_few_unknown_names_on_a_page_in_french_do_not_count():
    french = "Vu la loi relative aux établissements de crédit et organismes assimilés, "
    assert is_trusted(french + "ثظغضص ضصثغظ")
    assert not is_trusted(french + "ثظغضص ضصثغظ " * FEW)


def test_words_are_known_bare_joined_and_in_the_plural():
    assert [is_word(word) for word in ("وزاره", "وبالمراسلات", "مناشير", "ظغضصث")] == [True, True, True, False]


@pytest.mark.shared
def test_real_acts_are_trusted_and_turned_or_lost_ones_are_not(real):
    def texts(name):
        with (real / "acts" / name).open(encoding="utf-8") as lines:
            return [json.loads(line)["text"] for line in lines]

    assert all(map(is_trusted, texts("sa-ar.jsonl") + texts("ma-fr.jsonl")))
    assert not any(map(is_trusted, texts("ma-ar-garbage.jsonl") + texts("ae-ar-reversed.jsonl")))
