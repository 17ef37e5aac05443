import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.files.names import MAX_BYTES, clean_name


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("letter.pdf", "letter.pdf"),
        ("رسالة إلى الوزير.pdf", "رسالة إلى الوزير.pdf"),
        ("C:\\Users\\x\\My letter.PDF", "My letter.PDF"),
        ("../../etc/passwd", "passwd"),
        ("a/b\\c.png", "c.png"),
        ("folder/", "folder"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("\u2066a\u2069\u200f.pdf", "a.pdf"),
        ("a\x00b\x1f\x7f.pdf", "ab.pdf"),
        ("two\r\nlines.pdf", "two lines.pdf"),
        ("de\u0301cret.pdf", "décret.pdf"),
        ("a\u00adb\u200b.pdf", "ab.pdf"),
        ("\ud800broken.pdf", "broken.pdf"),
        (".pdf", "document.pdf"),
        ("", "document"),
        ("...", "document"),
        ("\u202e", "document"),
        ("spaced   name .pdf", "spaced name.pdf"),
        ("نص\u200cفارسی.pdf", "نص\u200cفارسی.pdf"),
    ],
)
def test_name_is_cleaned(raw, cleaned):
    assert clean_name(raw) == cleaned


def test_long_name_is_cut_and_keeps_its_extension():
    cleaned = clean_name("م" * 300 + ".docx")

    assert len(cleaned.encode()) <= MAX_BYTES
    assert cleaned == "م" * 87 + ".docx"


def test_long_extension_is_part_of_the_name():
    assert clean_name("a." + "x" * 300) == ("a." + "x" * 178)


@given(st.text(st.characters(codec=None), max_size=400))
def test_any_name_becomes_one_safe_line(raw):
    cleaned = clean_name(raw)

    assert 0 < len(cleaned.encode()) <= MAX_BYTES
    assert "/" not in cleaned
    assert "\\" not in cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    assert not any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in cleaned)
    assert not any("\u202a" <= character <= "\u202e" or "\u2066" <= character <= "\u2069" for character in cleaned)
    assert clean_name(cleaned) == cleaned


@given(st.text(max_size=300), st.sampled_from(["pdf", "jpg", "docx", "ODT"]))
def test_extension_survives_cleaning(stem, extension):
    assert clean_name(f"{stem}.{extension}").endswith(f".{extension}")
