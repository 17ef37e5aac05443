import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.registers.enums import Direction
from core.registers.numbers import Number, format_number, parse_number

CODES = st.from_regex(r"[A-Z0-9]{2,6}", fullmatch=True)


def test_number_is_written_with_its_check_character():
    assert format_number("MSP", Direction.ARRIVAL, 2026, 4213) == "MSP-A-2026-004213-7"


@given(CODES, st.sampled_from("ADI"), st.integers(1900, 9999), st.integers(1, 9_999_999))
def test_number_is_read_back(code, direction, year, number):
    assert parse_number(format_number(code, direction, year, number)) == Number(code, direction, year, number)


@pytest.mark.parametrize(
    "typed",
    [
        "MSP-A-2026-004213-7",
        " msp-a-2026-004213-7 ",
        "\u2066MSP-A-2026-004213-7\u2069",
        "MSP - A - 2026 - 4213 - 7",
        "MSP–A–2026–004213–7",
        "MSP-A-٢٠٢٦-٠٠٤٢١٣-٧",
        "MSP/A/2026/4213/7",
    ],
)
def test_number_is_read_however_it_is_typed(typed):
    assert parse_number(typed) == Number("MSP", "A", 2026, 4213)


@pytest.mark.parametrize(
    "typed",
    ["", "MSP", "MSP-A-2026-004213-8", "MSP-X-2026-004213-7", "MSP-A-2026-004231-7", "6XMTF-D-0026-000001-5", "1-2"],
)
def test_number_is_refused_when_it_is_none_of_ours(typed):
    assert parse_number(typed) is None


@given(CODES, st.integers(1, 999_999), st.data())
def test_number_with_one_character_wrong_is_refused(code, number, data):
    text = format_number(code, Direction.DEPARTURE, 2026, number)
    place = data.draw(st.sampled_from([index for index, char in enumerate(text) if char.isdigit()]))
    wrong = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != text[place]]))
    assert parse_number(text[:place] + wrong + text[place + 1 :]) is None
