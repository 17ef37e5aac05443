"""Whole deposits in a real browser: a phone in Arabic with and without scripts, a desk in French; axe on every page."""

import re
import secrets

import pytest

from eservices.deposit.models import Deposit, Draft, DraftFile
from tests.factories.letters import pdf_bytes
from tests.tools import look

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CONTINUE = "#step-form .actions .btn-primary"


def pdf(name, text="a"):
    return {"name": name, "mimeType": "application/pdf", "buffer": pdf_bytes(text)}


def go_on(page):
    """Press the main button and wait for the page it leads to."""
    with page.expect_navigation():
        page.click(CONTINUE)


def to_documents(page, licence, look=lambda page: None):
    """From the start to the documents, with a mistake on the way; `look` sees every page."""
    page.goto(f"/{page.language}/deposit/")
    look(page)
    page.click("main a.btn-primary")
    look(page)
    page.check(f"input[value={licence.code}]")
    go_on(page)
    page.check("input[value=company]")
    go_on(page)
    assert page.locator(".error-summary").is_visible()
    assert page.locator(".error-summary").evaluate("box => box === document.activeElement") or not page.has_scripts
    look(page)
    page.fill("[name=name]", "شركة الأطلس للنجارة")
    page.fill("[name=ice]", "001561191000066")
    page.fill("[name=phone]", "06 61 23 45 67")
    go_on(page)
    page.fill("[name=subject]", "طلب رخصة استغلال ورشة للنجارة")
    page.fill("[name=message]", "نلتمس منكم منحنا رخصة استغلال.")
    look(page)
    go_on(page)
    look(page)


def from_check_to_receipt(page, look):
    page.wait_for_url(re.compile("/check/"))
    look(page)
    page.check("[name=accurate]")
    with page.expect_navigation():
        page.click("button[value=deposit]")
    page.wait_for_url(re.compile("/done/"))
    look(page)


@pytest.fixture
def visit(open_page):
    """visit(language, …): a page that knows its language, and a look at it: axe and no sideways scrolling."""

    def opener(language, **options):
        page = open_page(language, **options)
        page.language, page.has_scripts = language, options.get("javascript", True)
        return page

    opener.look = look
    return opener


def test_phone_in_arabic_with_scripts(visit, licence, work):
    page = visit("ar", width=390)
    to_documents(page, licence, visit.look)

    page.set_input_files("#add", [pdf("عقد الكراء.pdf", "a"), pdf("plan.pdf", "b"), {**pdf("x.exe"), "buffer": b"MZ"}])
    page.locator("[data-files] li:is(.is-received, .is-refused) >> nth=2").wait_for()
    assert page.locator("li.is-received").count() == 2
    assert page.locator("[data-error-news]").inner_text()
    visit.look(page)
    page.select_option("select[name$=piece] >> nth=0", index=1)
    page.fill("input[name$=label] >> nth=1", "التصميم")
    with page.expect_navigation():
        page.click("li.is-refused button[value^=remove]")
    assert page.input_value("input[name$=label] >> nth=1") == "التصميم"
    go_on(page)
    from_check_to_receipt(page, visit.look)

    deposit = Deposit.objects.get()
    assert page.inner_text(".receipt-number").strip("\u2066\u2069\n ") == deposit.number
    work()
    page.locator("#pdf[download]").wait_for()
    with page.expect_download() as download:
        page.click("#pdf")
    assert download.value.path().read_bytes().startswith(b"%PDF")


def test_phone_in_arabic_without_scripts(visit, licence):
    page = visit("ar", width=390, javascript=False)
    to_documents(page, licence)

    page.set_input_files("#add", [pdf("talab.pdf")])
    with page.expect_navigation():
        page.click("[data-without-script]")
    page.fill("input[name$=label]", "الطلب")
    go_on(page)
    from_check_to_receipt(page, lambda page: None)

    assert Deposit.objects.get().number in page.inner_text("main")
    page.go_back()
    page.go_back()
    page.reload()
    assert Deposit.objects.get().number in page.inner_text("main")


def test_desk_in_french_and_narrow_screen_are_accessible(visit, licence):
    page = visit("fr", width=1280)
    to_documents(page, licence, visit.look)
    go_on(page)
    page.set_viewport_size({"width": 320, "height": 700})
    from_check_to_receipt(page, visit.look)
    for name in ("resume/", "", "done/MSP-A-2026-000999-X/"):
        page.goto(f"/fr/deposit/{name}")
        visit.look(page)


def test_dark_pages_are_accessible(visit, licence):
    page = visit("ar", width=390, dark=True)
    to_documents(page, licence, visit.look)


def test_language_buttons_keep_what_is_being_written(visit, licence):
    page = visit("ar", width=390, javascript=False)
    page.goto("/ar/deposit/subject/")
    page.fill("[name=subject]", "جملة لم تكتمل")
    with page.expect_navigation():
        page.click("button[name=language][value=fr]")

    assert page.url.endswith("/fr/deposit/subject/")
    assert page.input_value("[name=subject]") == "جملة لم تكتمل"
    page.fill("[name=subject]", "جملة كاملة")
    with page.expect_navigation():
        page.press("[name=subject]", "Enter")
    assert page.url.endswith("/fr/deposit/documents/")


def test_answers_are_saved_while_writing(visit, licence):
    page = visit("ar", width=390)
    page.goto("/ar/deposit/subject/")
    with page.expect_response(re.compile("/subject/")) as answer:
        page.fill("[name=subject]", "تُحفظ وحدها")
    assert answer.value.status == 200
    assert page.locator(".counter").first.inner_text().startswith("\u206611\u2069")

    page.reload()

    assert page.input_value("[name=subject]") == "تُحفظ وحدها"
    assert Draft.objects.count() == 1


def test_upload_shows_progress_and_can_be_cancelled(visit, licence):
    page = visit("ar", width=390)
    page.goto("/ar/deposit/documents/")
    session = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 400_000}
    session.send("Network.emulateNetworkConditions", slow)
    big = {**pdf("big.pdf"), "buffer": b"%PDF-1.4\n" + secrets.token_bytes(6_000_000)}
    page.set_input_files("#add", [big])

    page.locator("li.is-sending progress").wait_for()
    page.wait_for_timeout(300)
    assert re.search(r"\u2066\d+%\u2069", page.inner_text("li.is-sending [data-state]"))
    page.click("[data-cancel]")

    assert page.locator("[data-files] li").count() == 0
    assert DraftFile.objects.count() == 0


def test_upload_without_a_connection_can_be_sent_again(visit, licence):
    page = visit("ar", width=390)
    page.goto("/ar/deposit/documents/")
    page.route("**/documents/", lambda route: route.abort())
    page.set_input_files("#add", [pdf("a.pdf")])
    page.locator("li.is-paused").wait_for()

    page.unroute("**/documents/")
    page.click("[data-again]")
    page.locator("li.is-received").wait_for()

    assert DraftFile.objects.received().count() == 1
