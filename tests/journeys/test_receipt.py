"""A depositor holds the receipt; whoever is handed it proves it on the page its QR code leads to."""

import hashlib
import re

import pytest
from playwright.sync_api import expect

from core.dates import today
from tests.journeys.pages import deposit, document, download, plain
from tests.tools import look

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SAID = {
    "ar": {"sealed": "مختوم", "office": "وزارة الخدمات العمومية", "same": "مطابق", "different": "غير مطابق"},
    "fr": {
        "sealed": "scellé",
        "office": "Ministère des services publics",
        "same": "Identique",
        "different": "Différent",
    },
    "en": {"sealed": "sealed", "office": "Ministry of Public Services", "same": "Same", "different": "Different"},
}
MOMENT = re.compile(r"\d\d:\d\d:\d\d \(UTC\+[01]\)")
PRIVATE = ("فاطمة", "العلمي", "طلب رخصة", "نلتمس", "lettre.pdf", "0612345678")


def compare(page, *files):
    """Drop these (name, bytes) on the page together; what is said of each."""
    before = page.locator("#results .file-state").count()
    transfer = page.evaluate_handle(
        """files => {
            const transfer = new DataTransfer();
            for (const [name, bytes] of files) transfer.items.add(new File([new Uint8Array(bytes)], name));
            return transfer;
        }""",
        [[name, list(content)] for name, content in files],
    )
    page.locator("#drop").dispatch_event("drop", {"dataTransfer": transfer})
    told = page.locator("#results .is-received, #results .is-refused")
    expect(told).to_have_count(before + len(files))
    return [row.inner_text() for row in page.locator("#results .file-state").all()[before:]]


@pytest.mark.parametrize(("language", "dark"), [("ar", False), ("fr", True), ("en", False)], ids=["ar", "fr", "en"])
def test_receipt_is_proved_on_the_page_of_its_qr_code(office, open_page, work, language, dark):
    said = SAID[language]
    citizen = open_page(language, dark=dark)
    number, code = deposit(citizen, language, look=look)
    assert number.startswith(f"MSP-A-{today().year}-000001-")
    done = plain(citizen.inner_text("main"))
    assert MOMENT.search(done)
    assert (said["office"] if language == "ar" else SAID["fr"]["office"]) in done  # receipts are Arabic and French
    assert len(code.replace("-", "")) == 13

    work()
    name, receipt = download(citizen, "#pdf[download]")
    assert (name, receipt[:5]) == (f"wasl-{number}.pdf", b"%PDF-")
    address = citizen.locator("main a[href^='/v/']").get_attribute("href")

    anyone = open_page(language, dark=dark)
    anyone.goto(address)
    look(anyone)
    shown = plain(anyone.inner_text("main"))
    assert number in shown
    assert MOMENT.search(shown)[0] == MOMENT.search(done)[0]
    assert said["office"] in shown
    assert anyone.get_by_text(said["sealed"], exact=True).is_visible()
    assert not [word for word in PRIVATE if word in anyone.content()]
    letter, annex = document("one"), document("two")
    prints = {row.get_attribute("data-sha256") for row in anyone.locator("#known [data-sha256]").all()}
    assert prints == {hashlib.sha256(content).hexdigest() for content in (receipt, letter, annex)}

    sent = []
    anyone.on("request", lambda request: sent.append((request.method, request.url.rpartition("?")[0])))
    changed = receipt[:2000] + bytes([receipt[2000] ^ 1]) + receipt[2001:]
    answers = compare(
        anyone,
        ("wasl.pdf", receipt),
        ("annexe.pdf", annex),
        ("changed.pdf", changed),
        ("autre.pdf", document("another")),
    )
    assert [answer.partition(":")[0].strip() for answer in answers] == [said["same"]] * 2 + [said["different"]] * 2
    assert set(sent) <= {("GET", anyone.url)}  # what the changed receipt says of itself is asked, no file leaves
    look(anyone)
