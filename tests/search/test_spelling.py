import pytest

from home.circulars.enums import Audience
from search import spelling
from search.models import PublicWord
from search.spelling import Speller, count_words, is_outdated, speller
from tests.factories import circulars

WORDS = [
    ("المراسلات", "المراسلات", 900),
    ("الاداريه", "الإدارية", 700),
    ("الماليه", "المالية", 500),
    ("مراسله", "مراسلة", 300),
    ("courrier", "courrier", 400),
    ("delai", "délai", 200),
    ("ارشيف", "أرشيف", 90),
]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("المراسلاة الاداريه", "المراسلات الاداريه"),
        ("المليه", "المالية"),
        ("courier", "courrier"),
        ("delay de courier", "délai de courrier"),
        ("الأرشبف", "الأرشيف"),
        ('"المراسلاة" المليه', '"المراسلاة" المالية'),
        ("المراسلات", "المراسلات"),
        ("مراسلتهم", "مراسلتهم"),  # a form of a word that is known
        ("2-20-293", "2-20-293"),
        ("من إلى", "من إلى"),
        ("زرافة", "زرافة"),
        ("", ""),
    ],
)
def test_words_that_stand_nowhere_are_corrected(typed, expected):
    assert Speller(WORDS).correct(typed) == expected


def test_word_that_exists_is_corrected_by_a_far_more_frequent_one_only():
    rare = [("courrier", "courrier", 900), ("courier", "courier", 2)]

    assert Speller(rare).correct("courier") == "courrier"
    assert Speller([*rare[:1], ("courier", "courier", 400)]).correct("courier") == "courier"


@pytest.mark.django_db
@pytest.mark.both
def test_words_of_public_texts_alone_are_counted(organisation, index):
    circulars.published(organisation, number="1/2026", paragraphs=["تدبير الأرشيف", "تدبيرُ الأرشيفِ", "الارشيف"])
    circulars.published(organisation, number="2/2026", audience=Audience.STAFF, paragraphs=["سر مكنون"])
    index()

    assert is_outdated()
    count_words()

    kept = dict(PublicWord.objects.values_list("word", "written"))
    assert kept["الارشيف"] == "الأرشيف"
    assert "مكنون" not in kept
    assert not is_outdated()


@pytest.mark.django_db
@pytest.mark.both
def test_vocabulary_is_renewed_once_enough_has_changed(organisation, index, monkeypatch):
    circulars.published(organisation, paragraphs=["تدبير الأرشيف"])
    index()
    count_words()
    assert speller().correct("الارشبف") == "الأرشيف"

    circulars.published(organisation, number="2/2026", paragraphs=["تدبير الصفقات"])
    index()
    assert is_outdated()
    count_words()
    assert speller().correct("الصفقاث") == "الصفقاث"  # looked up not long ago
    monkeypatch.setattr(spelling, "LOOK_AGAIN", -1)
    assert speller().correct("الصفقاث") == "الصفقات"
    kept = speller()
    assert speller() is kept
