"""The receipt's PDF, judged by others: veraPDF, qpdf, pdftotext, pdfinfo, and a QR code read back from its dots."""

import os
import re
import subprocess
import sys

import pytest
from weasyprint.urls import FatalURLFetchingError

from core.evidence import documents, press, typeset, wording
from tests.core.evidence.receipt_samples import context, facts, file_facts, parts, sealed_pdf, unsealed_pdf

BIDI = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def text_of(path, *options):
    found = subprocess.run(["pdftotext", *options, path, "-"], capture_output=True, text=True, check=True).stdout
    return BIDI.sub("", found)


def pages_of(path):
    found = subprocess.run(["pdfinfo", path], capture_output=True, text=True, check=True).stdout
    return int(re.search(r"Pages:\s+(\d+)", found)[1])


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("receipts")
    long = [file_facts(n, "اسم-طويل-جدا-" * 12 + ".pdf", label="تسمية طويلة " * 8) for n in range(1, 5)]
    made = {
        "sealed": sealed_pdf(),
        "unsealed": unsealed_pdf(),
        "ten": unsealed_pdf(files=10),
        "none": documents.render(documents.RECEIPT, context("stamped", files=0, max_days=None, due_on="")),
        "long": documents.render(
            documents.RECEIPT,
            context("none", subject="موضوع طويل جدا " * 13, missing_pieces=[{"ar": "وثيقة", "fr": "pièce"}] * 6)
            | documents.receipt_context(
                facts(subject="موضوع طويل جدا " * 13) | {"files": long},
                token="4RZQ7N0TYB3KD8W2M6XV5CJH1P",
                seal_level="none",
            ),
        ),
        "hostile": documents.render(
            documents.RECEIPT,
            context("none", subject="<b>ⵜⴰⵎⴰⵣⵉⵖⵜ</b> 😀 漢字 Ğ Ω & <img src='file:///etc/passwd'>"),
        ),
    }
    paths = {}
    for name, content in made.items():
        paths[name] = folder / f"{name}.pdf"
        paths[name].write_bytes(content)
    return paths


@pytest.mark.documents
@pytest.mark.parametrize("flavour", ["3a", "ua1"])
def test_every_receipt_is_archivable_and_accessible(files, verapdf, flavour):
    verapdf(list(files.values()), flavour)


@pytest.mark.documents
def test_every_receipt_is_sound_for_qpdf(files):
    for path in files.values():
        answer = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True, check=False)
        assert answer.returncode == 0, answer.stdout + answer.stderr


def test_receipt_is_one_page_up_to_four_files_whatever_they_are_called(files):
    assert {name: pages_of(path) for name, path in files.items()} == {
        "sealed": 1,
        "unsealed": 1,
        "ten": 2,
        "none": 1,
        "long": 1,
        "hostile": 1,
    }


def test_every_number_reads_forwards_in_the_extracted_text(files):
    text = " ".join(text_of(files["sealed"]).split())
    stated = facts()
    for number in (
        "MSP-A-2026-004213-7",
        "(UTC+",
        "Jeudi 19 novembre 2026",
        "CIN AB••••56" if "••••" in text else "CIN AB123456",
        "ICE 001524873000046",
        "AB-77/2026",
        "16/11/2026",
        "05 30 00 00 00",
        "bo@diwan.example",
        "D-GC-000/2026",
        "7H2K-Q9M4-XW8T",
        "4RZQ7N0TYB3KD8W2M6XV5CJH1P",
        "receipt/ar-fr/v1",
        "1/1",
        "60 jours",
    ):
        assert number in text, number
    for file in stated["files"]:
        groups = [file["sha256"][start : start + 8] for start in range(0, 64, 8)]
        assert " ".join(groups[:4]) in text
        assert " ".join(groups[4:]) in text


def test_pages_after_the_first_are_numbered_and_hold_the_other_files(files):
    first, second = text_of(files["ten"], "-l", "1"), text_of(files["ten"], "-f", "2")
    assert "1/2" in first
    assert "2/2" in second
    assert "MSP-A-2026-004213-7" in second
    hashes = [file["sha256"][:8] for file in facts(files=10)["files"]]
    assert [value in first for value in hashes] == [True] * 4 + [False] * 6
    assert [value in second for value in hashes] == [False] * 4 + [True] * 6


def test_markup_in_a_subject_is_text(files):
    text = text_of(files["hostile"])
    assert "<img src='file:///etc/passwd'>" in " ".join(text.split())
    assert "ⵜⴰⵎⴰⵣⵉⵖⵜ" in text
    assert "\ufffd" in text  # what no font of ours can show


def test_qr_code_holds_the_address_of_the_verification_page(settings):
    settings.PUBLIC_URL = "https://diwan.example"
    made = documents.receipt_context(facts(), token="4RZQ7N0TYB3KD8W2M6XV5CJH1P", seal_level="none")
    assert made["images"]["qr.svg"] == documents.qr_svg("https://diwan.example/v/4RZQ7N0TYB3KD8W2M6XV5CJH1P")
    assert made["address"] == "diwan.example/v/4RZQ7N0TYB3KD8W2M6XV5CJH1P"


def test_same_evidence_gives_the_same_bytes_in_another_process(tmp_path):
    work = documents.job(documents.RECEIPT, context("none"))
    source = tmp_path / "job"
    with source.open("wb") as stream:
        press.write_frame(stream, work)
    answers = []
    for seed in ("1", "2"):
        with source.open("rb") as stdin:
            made = subprocess.run(
                [sys.executable, "-m", "core.evidence.typeset"],
                stdin=stdin,
                capture_output=True,
                check=True,
                env={**os.environ, "PYTHONHASHSEED": seed},
            )
        answers.append(made.stdout)
    assert answers[0] == answers[1]
    assert answers[0].endswith(unsealed_pdf()[-200:] + answers[0][answers[0].rindex(b"%%EOF") + 6 :])


def test_attachments_lie_readable_in_the_file():
    for name, content in parts().items():
        head = f"/DiwanPart ({name})/Length {len(content)}>>\nstream\n".encode()
        assert unsealed_pdf().count(head + content + b"\nendstream") == 1


@pytest.mark.parametrize(
    "address",
    ["https://example.org/x.png", "file:///etc/passwd", "file:///assets/../typeset.py", "file:///assets/none.svg"],
)
def test_document_that_reaches_outside_its_assets_fails(address):
    with pytest.raises(typeset.AssetMissing):
        typeset.AssetFetcher().fetch(address)
    html = f'<!doctype html><html lang="ar"><body><img src="{address}" alt="x"/></body></html>'
    work = press.Job(html=html, stylesheet="receipt.css", created=wording.as_moment("2026-01-01T00:00:00+00:00"))
    with pytest.raises(FatalURLFetchingError):
        typeset.typeset(work)


def test_press_prints_the_same_bytes_and_survives_a_bad_document():
    machine = press.Press()
    try:
        machine.warm()
        machine.warm()
        child = machine.child.pid
        bad = press.Job(
            html='<html lang="ar"><body><img src="https://x/" alt="x"/></body></html>',
            stylesheet="receipt.css",
            created=wording.as_moment("2026-01-01"),
        )
        with pytest.raises(press.RenderingFailed):
            machine.set(bad)
        work = documents.job(documents.RECEIPT, context("none"))
        assert machine.set(work) == unsealed_pdf()
        assert machine.child.pid == child
    finally:
        machine.close()


def test_press_ends_a_child_that_takes_too_long():
    machine = press.Press(time_limit=0)
    try:
        with pytest.raises(press.RenderingFailed, match="too long"):
            machine.set(documents.job(documents.RECEIPT, context("none")))
        assert not machine.is_warm
    finally:
        machine.close()


def test_press_replaces_a_child_that_died():
    machine = press.Press(lifetime=1)
    try:
        machine.warm()
        first = machine.child.pid
        machine.child.kill()
        machine.child.wait()
        machine.warm()
        assert machine.child.pid != first
        second = machine.child.pid
        machine.set(documents.job(documents.RECEIPT, context("none")))  # its life is over: replaced
        assert machine.child.pid != second
    finally:
        machine.close()


@pytest.mark.parametrize(
    ("number", "text"), [(1, "يوم"), (2, "يومان"), (5, "5 أيام"), (60, "60 يوما"), (100, "100 يوم"), (103, "103 أيام")]
)
def test_days_are_counted_as_arabic_counts_them(number, text):
    assert BIDI.sub("", wording.ar_days(number)) == text


@pytest.mark.parametrize(
    ("value", "shown"), [("AB123456", "AB••••56"), ("A1", "••"), ("", ""), (None, ""), (" BK1 ", "•••")]
)
def test_identity_card_number_is_masked(value, shown):
    assert documents.masked_cin(value) == shown


def test_receipt_without_optional_facts_says_what_it_has():
    bare = facts(
        files=0,
        type={"ar": "", "fr": ""},
        depositor={"name": "سعيد"},
        own_reference="",
        own_reference_on="",
        missing_pieces=[],
        declarations=None,
        unit_in_charge=None,
        max_days=None,
        due_on="",
        silence_effect="none",
        appeals=None,
        attestation_issuer=None,
        cndp_number="",
        assurance="",
        channel="fax",
    )
    made = documents.receipt_context(bare, token="0" * 26, seal_level="none")
    labels = [row["fr_label"] for row in made["rows"]]
    assert labels == ["Dépôt", "Date d’effet", "Destinataire", "Déposant, qualité", "Objet"]
    assert made["terms"]["title_fr"] == "Portée de ce récépissé"
    assert made["position"] == "–"


def test_first_day_of_a_month_in_french():
    assert wording.fr_day("2026-05-01") == "1er mai 2026"
    assert wording.fr_day("") == wording.ar_day(None) == ""
