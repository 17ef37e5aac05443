import csv
import io

import pytest
from django.core.management import CommandError, call_command

from core.files.inspection import inspect
from tests.core.files import makers


def rows(*paths):
    out = io.StringIO()
    call_command("check_files", *map(str, paths), stdout=out)
    return list(csv.DictReader(io.StringIO(out.getvalue())))


def test_files_and_folders_are_judged(tmp_path):
    (tmp_path / "folder" / "deep").mkdir(parents=True)
    sound, active, text = tmp_path / "a.pdf", tmp_path / "folder" / "b.pdf", tmp_path / "folder" / "deep" / "c.txt"
    sound.write_bytes(makers.pdf())
    active.write_bytes(makers.pdf(makers.javascript))
    text.write_bytes(b"text")

    found = rows(sound, tmp_path / "folder")

    assert [(row["path"], row["kind"], row["verdict"], row["reason"]) for row in found] == [
        (str(sound), "pdf", "accepted", ""),
        (str(active), "pdf", "refused", "javascript"),
        (str(text), "text", "refused", "kind-not-allowed"),
    ]
    assert all(row["milliseconds"].isdigit() for row in found)


def test_missing_path_is_said(tmp_path):
    with pytest.raises(CommandError, match="nowhere"):
        rows(tmp_path / "nowhere")


@pytest.mark.shared
def test_real_files_are_judged_as_expected(real):
    with (real / "expected.csv").open() as table:
        expected = {row["file"]: row for row in csv.DictReader(table)}

    wrong = []
    for name, row in expected.items():
        path = real / name
        verdict = inspect(path, path.name)
        fits = verdict.accepted if row["expected"] == "accepted" else verdict.reason in row["reason"].split("|")
        if not fits:
            wrong.append((name, verdict.reason, row["reason"]))

    assert wrong == []
    assert len(expected) > 150
