from datetime import UTC, date, datetime

import pytest
from django.template import Context, Template
from django.utils.translation import override

from core import formats

AT = datetime(2026, 11, 18, 10, 42, 7, tzinfo=UTC)
SUMMER = datetime(2026, 7, 1, 10, 42, 7, tzinfo=UTC)  # before 20 September 2026 the office was at UTC+1


def rendered(source, **context):
    return Template("{% load diwan %}" + source).render(Context(context))


@pytest.mark.parametrize(
    ("language", "text"),
    [("ar", "18 نونبر 2026"), ("fr", "18 novembre 2026"), ("en", "18 November 2026")],
)
def test_day_in_each_language(language, text):
    with override(language):
        assert formats.day_text(date(2026, 11, 18)) == text
        assert formats.day_text(AT) == text


def test_month_names_are_the_moroccan_ones():
    with override("ar"):
        names = [formats.month_name(number) for number in range(1, 13)]

    assert " ".join(names) == "يناير فبراير مارس أبريل ماي يونيو يوليوز غشت شتنبر أكتوبر نونبر دجنبر"


def test_first_of_the_month_in_french():
    with override("fr"):
        assert formats.day_text(date(2026, 7, 1)) == "1er juillet 2026"


def test_django_date_filter_says_moroccan_months():
    with override("ar"):
        assert Template("{{ on|date:'F' }}").render(Context({"on": date(2026, 8, 3)})) == "غشت"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ar", "18 نونبر 2026، \u206610:42:07 (UTC+0)\u2069"),
        ("fr", "18 novembre 2026 à \u206610:42:07 (UTC+0)\u2069"),
        ("en", "18 November 2026 at \u206610:42:07 (UTC+0)\u2069"),
    ],
)
def test_moment_in_each_language(language, text):
    with override(language):
        assert formats.moment_text(AT) == text


def test_moment_names_the_offset_of_its_own_day():
    with override("en"):
        assert formats.moment_text(SUMMER, seconds=False) == "1 July 2026 at \u206611:42 (UTC+1)\u2069"


def test_weekday_before_the_date():
    with override("ar"):
        assert formats.weekday_text(date(2026, 11, 23)) == "الاثنين 23 نونبر 2026"
        assert formats.weekday_text(AT) == "الأربعاء 18 نونبر 2026"


@pytest.mark.parametrize(
    ("size", "ar", "fr"),
    [
        (0, "\u20660\u2069 بايت", "\u20660\u2069 octet"),
        (999, "\u2066999\u2069 بايت", "\u2066999\u2069 octets"),
        (1000, "\u20661\u2069 كيلوبايت", "\u20661\u2069 ko"),
        (96_400, "\u206696\u2069 كيلوبايت", "\u206696\u2069 ko"),
        (8_940_000, "\u20668,9\u2069 ميغا", "\u20668,9\u2069 Mo"),
        (20_000_000, "\u206620\u2069 ميغا", "\u206620\u2069 Mo"),
        (3_000_000_000, "\u20663\u2069 غيغا", "\u20663\u2069 Go"),
    ],
)
def test_size_in_words(size, ar, fr):
    with override("ar"):
        assert formats.filesize_text(size) == ar
    with override("fr"):
        assert formats.filesize_text(size) == fr


def test_size_in_english_has_a_point():
    with override("en"):
        assert formats.filesize_text(8_940_000) == "\u20668.9\u2069 MB"


def test_nothing_stays_nothing():
    assert [
        formats.day_text(None),
        formats.weekday_text(None),
        formats.time_text(None),
        formats.moment_text(None),
        formats.filesize_text(None),
    ] == [""] * 5
    assert formats.hash_groups(None) == []
    assert rendered("{{ at|moment }}{{ at|day }}{{ at|clock }}{{ at|num }}", at=None) == ""


def test_hash_is_cut_into_groups():
    assert formats.hash_groups("9f2c41d7e08b63a5") == ["9f2c41d7", "e08b63a5"]


def test_moment_and_day_are_marked_up_for_machines():
    with override("fr"):
        assert rendered('{{ at|moment:"minutes" }}', at=AT) == (
            '<time datetime="2026-11-18T10:42:07+00:00">18 novembre 2026 à \u206610:42 (UTC+0)\u2069</time>'
        )
        assert (
            rendered('{{ at|day:"weekday" }}', at=AT) == '<time datetime="2026-11-18">mercredi 18 novembre 2026</time>'
        )
        assert rendered("{{ on|day }}", on=date(2026, 11, 18)) == '<time datetime="2026-11-18">18 novembre 2026</time>'
        assert (
            rendered("{{ at|clock }}", at=AT) == '<time datetime="2026-11-18T10:42:07+00:00">\u206610:42\u2069</time>'
        )


def test_number_is_isolated_and_escaped():
    assert (
        rendered("{{ n|num }}", n="MSP-A-2026-004213-7") == '<span class="num">\u2066MSP-A-2026-004213-7\u2069</span>'
    )
    assert rendered("{{ n|num }}", n="<b>") == '<span class="num">\u2066&lt;b&gt;\u2069</span>'


def test_icon_is_silent_unless_labelled():
    assert 'aria-hidden="true"' in rendered('{% icon "check-lg" %}')
    assert rendered('{% icon "arrow-right" "icon-dir" label=text %}', text="Next").startswith(
        '<svg class="icon icon-dir" role="img" aria-label="Next">'
    )


@pytest.mark.parametrize(("language", "direction"), [("ar", "rtl"), ("fr", "ltr"), ("en", "ltr")])
def test_direction_of_the_language(language, direction):
    with override(language):
        assert rendered("{% direction %}") == direction
    assert rendered("{% direction code %}", code=language) == direction


@pytest.mark.parametrize(
    ("user_agent", "shown"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0 Safari/537.36",
            "Chrome · Linux",
        ),
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/143.0 Mobile Safari/537.36", "Chrome · Android"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/143.0 Safari/537.36 Edg/143.0", "Edge · Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari · iPhone"),
        ("curl/8.5", "curl/8.5"),
    ],
)
def test_device_is_named_in_two_words(user_agent, shown):
    assert rendered("{{ agent|device }}", agent=user_agent) == shown
