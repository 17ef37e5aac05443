"""The comparison as it happens: in a real browser, which sends no file anywhere."""

import subprocess
import sys

import pytest
from playwright.sync_api import expect

from core.evidence import seal
from core.evidence.press import press
from tests.core.evidence.receipt_samples import registered

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def receipt(site, organisation, tmp_path, work):
    """A registered letter whose receipt was printed and sealed, and its files on the reader's disk."""
    issued = registered(organisation)[1]
    work()
    edition = issued.receipt.editions.get()
    (tmp_path / "receipt.pdf").write_bytes(bytes(edition.content))
    changed = bytearray(edition.content)
    changed[2000] ^= 1
    (tmp_path / "changed.pdf").write_bytes(changed)
    (tmp_path / "annex.pdf").write_bytes(b"file 2")
    (tmp_path / "other.pdf").write_bytes(b"%PDF-1.7 other")
    yield issued.receipt
    press.close()


def results(page, count):
    expect(page.locator("#results .is-received, #results .is-refused")).to_have_count(count, timeout=15_000)
    return [row.inner_text() for row in page.locator("#results .file-state").all()]


def test_files_are_compared_on_the_page_of_the_qr_code(receipt, open_page, tmp_path, assert_axe):
    page = open_page("en")
    page.goto(f"/v/{receipt.token}")
    page.set_input_files("#file", [tmp_path / name for name in ("receipt.pdf", "annex.pdf", "other.pdf")])
    said = results(page, 3)
    assert said[0].startswith("Same: this is the receipt")
    assert "document \u20662\u2069" in said[1]
    assert said[2].startswith("Different")
    assert_axe(page)


def test_receipt_dropped_on_the_verification_page_makes_its_documents_known(receipt, page_ar, tmp_path, assert_axe):
    page_ar.goto("/ar/verify/")
    page_ar.set_input_files("#file", tmp_path / "annex.pdf")
    assert results(page_ar, 1) == [
        "هذا الملف ليس وصلا صادرا عنا. لمقارنة وثيقة، اختر الوصل أولا أو أدخل رمز التحقق المطبوع عليه."
    ]
    page_ar.set_input_files("#file", [tmp_path / name for name in ("changed.pdf", "receipt.pdf", "annex.pdf")])
    said = results(page_ar, 4)
    assert said[1].startswith("غير مطابق")
    assert said[2].startswith("مطابق")
    assert said[3].startswith("مطابق")
    assert_axe(page_ar)


def test_page_without_javascript_says_how_to_compare(receipt, page_without_javascript):
    page_without_javascript.goto(f"/v/{receipt.token}")
    assert page_without_javascript.get_by_text("sha256sum").is_visible()
    assert not page_without_javascript.locator("#drop").is_visible()


def test_downloaded_program_proves_the_downloaded_receipt(receipt, client, tmp_path):
    program = tmp_path / "verify_receipt.py"
    program.write_bytes(client.get("/fr/verify/verify_receipt.py").content)
    pdf = client.get(f"/fr/receipts/{receipt.pdf_pass}/")
    (tmp_path / "downloaded.pdf").write_bytes(pdf.content)
    command = [sys.executable, "-I", program, tmp_path / "downloaded.pdf", tmp_path / "annex.pdf", "--lang", "fr"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "tout est prouvé" in answer.stdout
    assert seal.root_pem()
