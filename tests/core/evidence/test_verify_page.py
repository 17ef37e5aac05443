import hashlib
import re

import pytest
from django.test import Client
from django.urls import reverse

from core.evidence import receipts
from core.evidence.models import Edition
from tests.core.evidence.receipt_samples import registered

PDF = b"%PDF-1.7 of a test"
NAMES = ("بناني", "الأطلس", "ورشة", "طلب-الرخصة.pdf")


@pytest.fixture
def issued(organisation, monkeypatch):
    monkeypatch.setattr("core.evidence.documents.print_document", lambda document, context: PDF)
    monkeypatch.setattr("core.evidence.seal.seal", lambda pdf, time_stamp=False: pdf)
    return registered(organisation)[1]


@pytest.fixture
def edition(issued):
    return receipts.make_edition(issued.receipt, 1)


def test_page_of_the_qr_code_shows_number_seal_and_fingerprints_and_no_names(client, issued, edition):
    page = client.get(f"/v/{issued.receipt.token}", headers={"accept-language": "fr"})
    text = page.content.decode()
    assert page.status_code == 200
    assert 'lang="fr"' in text
    assert issued.receipt.entry.number_text in text
    assert edition.sha256 in text
    for file in issued.receipt.facts["files"]:
        assert file["sha256"] in text
    for name in NAMES:
        assert name not in text
    assert issued.tracking_code not in text


def test_page_of_the_qr_code_speaks_the_readers_language(client, issued):
    address = issued.receipt.get_absolute_url()
    assert address == f"/v/{issued.receipt.token}"
    assert 'lang="ar" dir="rtl"' in client.get(address).content.decode()
    assert 'lang="en"' in client.get(address, headers={"accept-language": "en-GB"}).content.decode()
    assert "being prepared" in client.get(address, headers={"accept-language": "en"}).content.decode()


def test_page_of_the_qr_code_says_when_the_entry_is_annulled(client, issued, amina, hamza):
    from core.evidence.operations import ask_annulment, confirm_annulment
    from core.registers.enums import AnnulReason

    entry = issued.receipt.entry
    ask_annulment(entry, by=amina, reason=AnnulReason.values[0])
    confirm_annulment(entry, by=hamza)
    page = client.get(issued.receipt.get_absolute_url(), headers={"accept-language": "en"})
    assert "status-annulled" in page.content.decode()


def test_fingerprints_are_given_to_the_comparing_page(client, issued, edition):
    answer = client.get(f"/v/{issued.receipt.token.lower()}?format=json").json()
    assert answer["number"] == issued.receipt.entry.number_text
    assert answer["editions"] == [{"number": 1, "sha256": hashlib.sha256(PDF).hexdigest()}]
    assert [file["order"] for file in answer["files"]] == [1, 2]
    assert set(answer) == {"number", "url", "editions", "files"}


@pytest.mark.parametrize("token", ["0" * 26, "short", "x" * 300, "MSP-A-2026-000001-X"])
def test_unknown_token_is_not_found(client, db, token):
    page = client.get(f"/v/{token}")
    assert page.status_code == 404
    assert client.get(f"/v/{token}?format=json").status_code == 404


def test_code_typed_leads_to_the_page(client, issued):
    typed = f" {issued.receipt.token[:13].lower()} {issued.receipt.token[13:]}"
    page = client.get(reverse("evidence:check"), {"token": typed})
    assert page.status_code == 302
    assert page.url == issued.receipt.get_absolute_url()


@pytest.mark.parametrize("token", ["", "7", "0" * 26])
def test_wrong_code_is_said_at_the_field(client, db, token):
    page = client.get(reverse("evidence:check"), {"token": token})
    assert page.status_code == 200
    assert "error-summary" in page.content.decode()


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_check_page_works_without_javascript(client, db, language):
    page = client.get(f"/{language}/verify/")
    text = page.content.decode()
    assert page.status_code == 200
    assert "sha256sum" in text
    printed = "".join(re.findall(r"<span>([0-9a-f]{8})</span>", text))
    program = client.get(f"/{language}/verify/verify_receipt.py")
    assert hashlib.sha256(program.content).hexdigest() == printed
    assert "attachment" in program["Content-Disposition"]


def test_program_carries_what_it_must_trust(client, db):
    program = client.get(reverse("evidence:program")).content.decode()
    assert 'ROOT_PEM = ""' not in program
    assert "BEGIN CERTIFICATE" in program
    assert 'LOG_KEY = ""' not in program
    compile(program, "verify_receipt.py", "exec")


def test_receipt_is_downloaded_with_a_pass_only(client, issued, edition):
    page = client.get(reverse("evidence:receipt_pdf", args=[issued.receipt.pdf_pass]))
    assert page.status_code == 200
    assert page.content == PDF
    assert page["Content-Type"] == "application/pdf"
    assert f"wasl-{issued.receipt.entry.number_text}.pdf" in page["Content-Disposition"]
    assert "no-store" in page["Cache-Control"]
    for other in (issued.receipt.token, "x", issued.receipt.pdf_pass[:-1]):
        assert client.get(reverse("evidence:receipt_pdf", args=[other])).status_code == 404


def test_pass_is_good_for_an_hour(client, issued, edition, monkeypatch):
    address = reverse("evidence:receipt_pdf", args=[issued.receipt.pdf_pass])
    import time

    later = time.time() + 3700
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    assert client.get(address).status_code == 404


def test_receipt_that_is_not_ready_looks_again_by_itself(client, issued):
    page = client.get(reverse("evidence:receipt_pdf", args=[issued.receipt.pdf_pass]))
    assert page.status_code == 202
    assert '<meta http-equiv="refresh" content="2">' in page.content.decode()


def test_every_edition_is_given_out_for_ever(client, issued, edition, monkeypatch):
    monkeypatch.setattr("core.evidence.documents.print_document", lambda document, context: PDF + b" better")
    receipts.make_edition(issued.receipt, 2)
    address = reverse("evidence:receipt_pdf", args=[issued.receipt.pdf_pass])
    assert client.get(address).content == PDF + b" better"
    assert client.get(address, {"edition": "1"}).content == PDF
    assert client.get(address, {"edition": "3"}).status_code == 404
    assert client.get(address, {"edition": "x"}).status_code == 404


def test_erased_receipt_says_so(client, issued, edition, nadia):
    from core.evidence.operations import erase_body

    erase_body(issued.receipt.entry, by=nadia, reason="law 09-08")
    page = client.get(reverse("evidence:receipt_pdf", args=[issued.receipt.pdf_pass]))
    assert page.status_code == 200
    assert "refresh" not in page.content.decode()
    verify = client.get(issued.receipt.get_absolute_url())
    assert verify.status_code == 200
    assert edition.sha256 in verify.content.decode()


def test_label_is_printed_by_a_clerk(client, issued, amina):
    client.force_login(amina)
    page = client.get(reverse("evidence:label", args=[issued.receipt.entry.number_text]))
    text = page.content.decode()
    assert page.status_code == 200
    assert issued.receipt.entry.number_text in text
    assert "<svg" in text
    assert 'style="' not in text


def test_label_is_hidden_from_others(issued, youssef, karim, amina):
    address = reverse("evidence:label", args=[issued.receipt.entry.number_text])
    for user in (youssef, karim):
        other = Client()
        other.force_login(user)
        assert other.get(address).status_code == 404
    assert Client().get(address).status_code == 302
    clerk = Client()
    clerk.force_login(amina)
    assert clerk.get(reverse("evidence:label", args=["nothing"])).status_code == 404


def test_page_of_the_qr_code_needs_as_many_queries_for_one_edition_as_for_three(
    client, issued, edition, django_assert_max_num_queries
):
    for number in (2, 3):
        Edition.objects.create(
            receipt=issued.receipt,
            number=number,
            seal_level="sealed",
            checkpoint=edition.checkpoint,
            sha256=f"{number}" * 64,
            size=1,
            content=b"x",
            created_at=edition.created_at,
        )
    client.get(issued.receipt.get_absolute_url())
    with django_assert_max_num_queries(12):
        client.get(issued.receipt.get_absolute_url())


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_statement_is_worded_in_the_readers_language(issued, language):
    from django.utils import translation

    with translation.override(language):
        statement = receipts.receipt_for(issued.receipt.entry).statement
    values = [value for line in statement["lines"] for value in line["values"]]
    assert any(issued.receipt.entry.number_text in value for value in values)
    assert [file["order"] for file in statement["files"]] == [1, 2]
