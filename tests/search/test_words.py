"""Commands that show the analysis and measure it on lists of words."""

import io
import json

import pytest
from django.core.management import call_command

from search.word_forms import measure
from tests.tools import SHARED

CASES = SHARED / "data" / "search" / "cases.json"


def run(name, *arguments):
    out = io.StringIO()
    call_command(name, *arguments, stdout=out)
    return out.getvalue()


def test_each_line_is_analysed(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("المراسلات 2/2020\n\nl'État\n"))

    lines = [json.loads(line) for line in run("analyse_text").splitlines()]

    assert [line["stm"] for line in lines] == [["مراسله", "2", "2020"], [], ["etat"]]
    assert lines[0] == {
        "nrm": ["المراسلات", "2", "2020"],
        "stm": ["مراسله", "2", "2020"],
        "c4": ["_الم", "المر", "لمرا", "مراس", "راسل", "اسلا", "سلات", "لات_", "_2_", "_202", "2020", "020_"],
        "refs": ["2_2020", "2020_2"],
    }


def test_words_apart_and_mixed_up_are_listed(tmp_path):
    path = tmp_path / "words.json"
    listed = {
        "dev": [{"lemma": "كتاب", "strong": ["الكتاب", "شجرة"], "soft": []}],
        "negative_pairs": [["قرار", "القرار"], ["قرار", "مقر"]],
    }
    path.write_text(json.dumps({"conflation": listed}))

    assert run("evaluate_words", path).splitlines() == [
        "apart: كتاب | شجرة",
        "merged: قرار = القرار",
        "0.500 of 2 forms of 1 words meet; 1 of 2 pairs of different words are mixed up",
    ]


@pytest.mark.shared
def test_word_forms_meet_as_they_must():
    if not CASES.exists():
        pytest.skip("no folder of real input beside the clone")

    score = measure(CASES)

    assert score.share >= 0.97
    assert len(score.merged) <= 3
