"""What people do on the pages of the stories. Those who look closely pass `look`, which sees every page on the way."""

import functools
import re

from core.registers.numbers import parse_number
from tests.factories.letters import pdf_bytes

CONTINUE = "button[name=intent][value=continue]:not(.visually-hidden)"
ISOLATES = re.compile("[\u2066-\u2069]")


def unseen(page):
    """No look: axe needs scripts."""


def plain(text):
    """What stands on a page, without the invisible marks around numbers."""
    return ISOLATES.sub("", text).strip()


@functools.cache
def document(text):
    """The one PDF with this text: the same bytes wherever a story speaks of it."""
    return pdf_bytes(text)


def pdf(name, text):
    return {"name": name, "mimeType": "application/pdf", "buffer": document(text)}


def send(page, button=CONTINUE):
    with page.expect_navigation():
        page.locator(button).first.click()


def download(page, link):
    """The name and the bytes of the file behind `link`."""
    with page.expect_download() as started:
        page.locator(link).first.click()
    return started.value.suggested_filename, started.value.path().read_bytes()


# --- the depositor --------------------------------------------------------------------------------------------------


def attach(page, name, text, *, javascript):
    page.set_input_files("#add", pdf(name, text))
    if not javascript:
        send(page, "button[value=upload]")
    page.locator(".file-row.is-received", has_text=name).wait_for()


def deposit(page, language, *, javascript=True, look=unseen):
    """The depositor's way from the first page to number and code."""
    page.goto(f"/{language}/deposit/")
    look(page)
    send(page, "a[href$='/deposit/addressee/'].btn, main a.btn-primary")
    if page.locator("[name=organisation]").count():  # more than one administration takes deposits
        page.get_by_label(re.compile("وزارة|Ministère|Ministry")).check()
        send(page, "button[name=next]")
    look(page)
    page.check("[name=act_type][value=authorisation]")
    send(page)
    page.check("[name=kind][value=person]")
    page.check("[name=behalf][value=self]")
    page.fill("[name=name]", "فاطمة الزهراء العلمي")
    page.fill("[name=phone]", "0612345678")
    look(page)
    send(page)
    page.fill("[name=subject]", "طلب رخصة استغلال محل")
    page.fill("[name=message]", "نلتمس منكم منحنا الرخصة.")
    look(page)
    send(page)
    attach(page, "lettre.pdf", "one", javascript=javascript)
    attach(page, "annexe.pdf", "two", javascript=javascript)
    for label in page.locator("[name$=-label]").all():
        label.fill("الوثيقة")
    look(page)
    send(page)
    page.check("[name=accurate]")
    page.check("[name=reply_here]")
    look(page)
    send(page, "button[value=deposit]")
    look(page)
    number = parse_number(page.locator(".receipt-number").first.inner_text()).text
    return number, plain(page.locator(".code-block").first.inner_text())


def follow(page, language, number, code):
    page.goto(f"/{language}/track/")
    page.fill("[name=number]", number)
    page.fill("[name=code]", code)
    send(page, "main form button[type=submit]")


# --- the office -----------------------------------------------------------------------------------------------------


def act(page, number, event, language="ar", *, look=unseen, **fields):
    """One act of the desk by its own form; `pdf` is a file."""
    page.goto(f"/{language}/desk/{number}/")
    look(page)
    form = page.locator(f"form[action$='/{number}/{event}/']")
    if not form.locator("button[type=submit]").is_visible():
        page.locator("details", has=form).locator("summary").click()
    for name, value in fields.items():
        control = form.locator(f"[name={name}]")
        if name == "pdf":
            control.set_input_files(pdf("jawab.pdf", value))
        elif control.evaluate("node => node.tagName") == "SELECT":
            control.select_option(str(value))
        else:
            control.fill(str(value))
    with page.expect_navigation():
        form.locator("button[type=submit]").click()
    assert page.locator(".error-summary").count() == 0


def register_paper(page, language, *, sender, subject):
    """A letter on the counter; returns its number."""
    page.goto(f"/{language}/desk/counter/MSP/")
    page.fill("[name=sender]", sender)
    page.fill("[name=subject]", subject)
    send(page, "main form.panel button[type=submit]")
    return parse_number(page.locator(".receipt-number").inner_text()).text
