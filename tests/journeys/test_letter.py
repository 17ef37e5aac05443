"""The main job from end to end, in a real browser: a letter is deposited, assigned, completed, answered and read."""

import pytest

from core.registers.numbers import parse_number
from eservices.correspondence.models import Party, WorkItem
from tests.journeys.pages import act, deposit, download, follow, pdf, send, unseen
from tests.tools import look

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(
    ("language", "javascript"), [("ar", True), ("fr", True), ("ar", False)], ids=["ar", "fr", "ar-no-script"]
)
def test_letter_from_deposit_to_answer(
    office, unit, amina, youssef, karim, open_page, sign_in, work, language, javascript
):
    citizen = open_page(language, javascript=javascript)
    citizen_looks = look if javascript else unseen
    number, code = deposit(citizen, language, javascript=javascript)
    work()
    clerk, head = open_page(language, width=1280), open_page(language, width=1280)
    sign_in(clerk, amina)
    sign_in(head, youssef)

    clerk.goto(f"/{language}/desk/?state=to_qualify")
    assert clerk.locator(".desk-table tbody tr").count() == 1
    look(clerk)
    act(clerk, number, "assign", language, look=look, to_unit=unit.pk, instruction="reply")
    act(head, number, "take", language)
    act(head, number, "request_pieces", language, text="نسخة من التصميم")

    follow(citizen, language, number, code)
    citizen_looks(citizen)
    citizen.set_input_files("[name=files]", pdf("plan.pdf", "plan"))
    send(citizen, "section.to-do button[type=submit]")
    act(head, number, "dispatch_answer", language, look=look, subject="جواب", signed_by="يوسف الإدريسي", pdf="answer")

    citizen.goto(f"/{language}/track/{number}/")
    send(citizen, "a[href*='-D-']:has-text('جواب')")
    citizen_looks(citizen)
    assert download(citizen, ".file-actions a[href]")[0] == "jawab.pdf"
    item = WorkItem.objects.get(correspondence__entry__number_text=number)
    assert (item.state, item.closing_reason) == ("closed", "answered")

    stranger = open_page(language, width=1280)
    sign_in(stranger, karim)
    assert stranger.goto(f"/{language}/desk/{number}/").status == 404
    stranger.goto(f"/{language}/desk/")
    assert number not in stranger.content()


def test_paper_letter_takes_at_most_twelve_key_actions(office, unit, amina, open_page, sign_in):
    """Known sender: first letters, the proposed name, then the subject, then save."""
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
