"""The main job from end to end, in a real browser: a letter is deposited, assigned, completed, answered and read."""

import re

import pytest

from core.registers.numbers import parse_number
from eservices.correspondence.models import WorkItem
from tests.factories.letters import act_type_for, pdf_bytes

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def office(organisation, registry, unit):
    act_type_for(organisation, unit=unit)
    return organisation


def send(page, button="button[name=intent][value=continue]:not(.visually-hidden)"):
    with page.expect_navigation():
        page.locator(button).first.click()


def attach(page, name, text, *, javascript):
    page.set_input_files("#add", {"name": name, "mimeType": "application/pdf", "buffer": pdf_bytes(text)})
    if not javascript:
        send(page, "button[value=upload]")
    page.locator(".file-row.is-received", has_text=name).wait_for()


def deposit(page, language, *, javascript=True):
    """The depositor's way from the first page to number and code."""
    page.goto(f"/{language}/deposit/")
    send(page, "a[href$='/deposit/addressee/'].btn, main a.btn-primary")
    if page.locator("[name=organisation]").count():  # more than one administration takes deposits
        page.get_by_label(re.compile("وزارة|Ministère")).check()
        send(page, "button[name=next]")
    page.check("[name=act_type][value=authorisation]")
    send(page)
    page.check("[name=kind][value=person]")
    page.check("[name=behalf][value=self]")
    page.fill("[name=name]", "فاطمة الزهراء العلمي")
    page.fill("[name=phone]", "0612345678")
    send(page)
    page.fill("[name=subject]", "طلب رخصة استغلال محل")
    page.fill("[name=message]", "نلتمس منكم منحنا الرخصة.")
    send(page)
    attach(page, "lettre.pdf", "one", javascript=javascript)
    attach(page, "annexe.pdf", "two", javascript=javascript)
    for label in page.locator("[name$=-label]").all():
        label.fill("الوثيقة")
    send(page)
    page.check("[name=accurate]")
    page.check("[name=reply_here]")
    send(page, "button[value=deposit]")
    number = parse_number(page.locator(".receipt-number").first.inner_text()).text
    code = page.locator(".code-block").first.inner_text()
    return number, re.sub("[\u2066-\u2069\\s]", "", code)


def follow(page, language, number, code):
    page.goto(f"/{language}/track/")
    page.fill("[name=number]", number)
    page.fill("[name=code]", code)
    send(page, "main form button[type=submit]")


def act(page, number, event, language="ar", **fields):
    """One act of the desk by its own form; `pdf` is a file."""
    page.goto(f"/{language}/desk/{number}/")
    form = page.locator(f"form[action$='/{number}/{event}/']")
    if not form.locator("button[type=submit]").is_visible():
        page.locator("details", has=form).locator("summary").click()
    for name, value in fields.items():
        control = form.locator(f"[name={name}]")
        if name == "pdf":
            control.set_input_files({"name": "jawab.pdf", "mimeType": "application/pdf", "buffer": pdf_bytes(value)})
        elif control.evaluate("node => node.tagName") == "SELECT":
            control.select_option(str(value))
        else:
            control.fill(str(value))
    with page.expect_navigation():
        form.locator("button[type=submit]").click()
    assert page.locator(".error-summary").count() == 0


@pytest.mark.parametrize(
    ("language", "javascript"), [("ar", True), ("fr", True), ("ar", False)], ids=["ar", "fr", "ar-no-script"]
)
def test_letter_from_deposit_to_answer(
    office, unit, amina, youssef, karim, open_page, sign_in, work, assert_axe, language, javascript
):
    citizen = open_page(language, javascript=javascript)
    number, code = deposit(citizen, language, javascript=javascript)
    work()
    clerk, head = open_page(language, width=1280), open_page(language, width=1280)
    sign_in(clerk, amina)
    sign_in(head, youssef)

    clerk.goto(f"/{language}/desk/?state=to_qualify")
    assert clerk.locator(".desk-table tbody tr").count() == 1
    assert_axe(clerk)
    act(clerk, number, "assign", language, to_unit=unit.pk, instruction="reply")
    act(head, number, "take", language)
    act(head, number, "request_pieces", language, text="نسخة من التصميم")

    follow(citizen, language, number, code)
    if javascript:
        assert_axe(citizen)
    citizen.set_input_files(
        "[name=files]", {"name": "plan.pdf", "mimeType": "application/pdf", "buffer": pdf_bytes("plan")}
    )
    send(citizen, "section.to-do button[type=submit]")
    act(head, number, "dispatch_answer", language, subject="جواب", signed_by="يوسف الإدريسي", pdf="answer")

    citizen.goto(f"/{language}/track/{number}/")
    send(citizen, "a[href*='-D-']:has-text('جواب')")
    with citizen.expect_download() as download:
        citizen.locator(".file-actions a[href]").last.click()
    assert download.value.suggested_filename == "jawab.pdf"
    item = WorkItem.objects.get(correspondence__entry__number_text=number)
    assert (item.state, item.closing_reason) == ("closed", "answered")

    stranger = open_page(language, width=1280)
    sign_in(stranger, karim)
    assert stranger.goto(f"/{language}/desk/{number}/").status == 404
    stranger.goto(f"/{language}/desk/")
    assert number not in stranger.content()


def test_paper_letter_takes_at_most_twelve_key_actions(office, unit, amina, open_page, sign_in):
    """Known sender: first letters, the proposed name, then the subject, then save."""
    from eservices.correspondence.models import Party

    Party.objects.create(organisation=office, name="شركة الأطلس للنجارة", is_directory=True)
    clerk = open_page("ar", width=1280)
    sign_in(clerk, amina)
    clerk.goto("/ar/desk/counter/MSP/")
    assert clerk.evaluate("document.activeElement.name") == "sender"
    actions = 0

    with clerk.expect_response("**/senders/**"):
        clerk.keyboard.type("شر")
        actions += 2
    clerk.locator("#known-senders option").wait_for(state="attached")
    clerk.fill("[name=sender]", clerk.locator("#known-senders option").first.get_attribute("value"))
    actions += 2  # arrow down, Enter
    clerk.keyboard.press("Tab")
    clerk.keyboard.insert_text("طلب رخصة")  # what is said in the letter is typed, not counted
    actions += 1
    with clerk.expect_navigation():
        clerk.keyboard.press("Enter")
    actions += 1

    assert actions <= 12
    assert parse_number(clerk.locator(".receipt-number").inner_text())
