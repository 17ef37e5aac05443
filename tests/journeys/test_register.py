"""A day at the registry office: spam is refused, lines are annulled and rectified, the book is printed and proved."""

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pikepdf
import pytest
from django.core.management import call_command
from django.db import connections
from openpyxl import load_workbook

from core.dates import today
from core.evidence.models import Event, EventBody
from core.files import store
from core.files.models import StoredFile
from core.registers.models import Entry
from tests.journeys.pages import act, deposit, download, follow, plain, register_paper, send
from tests.tools import look, past_triggers

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SPAM = {"ar": "إشهار غير مرغوب فيه", "fr": "publicité"}
A4_ACROSS = [842, 595]


def verify_registers():
    """Exit status and words of the command (in a thread: no event loop, own connection)."""
    out = io.StringIO()

    def run():
        try:
            call_command("verify_registers", stdout=out, no_color=True)
        except SystemExit as end:
            return end.code
        else:
            return 0
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(run).result(), out.getvalue()


@pytest.mark.parametrize(("language", "dark"), [("ar", False), ("fr", True)], ids=["ar", "fr-dark"])
def test_book_is_kept_printed_and_proved(
    office, amina, hamza, open_page, sign_in, work, settings, tmp_path, language, dark
):
    settings.CHECKPOINT_DIR = tmp_path / "checkpoints"  # of this story alone
    citizen = open_page(language, dark=dark)
    clerk, second = (open_page(language, width=1280, dark=dark) for _ in range(2))
    sign_in(clerk, amina)
    sign_in(second, hamza)

    spam, code = deposit(citizen, language)
    act(clerk, spam, "no_action", language, look=look, reason="spam", note="إشهار")
    follow(citizen, language, spam, code)
    assert SPAM[language] in citizen.inner_text("main")
    look(citizen)

    wrong = register_paper(clerk, language, sender="جمعية الأمل", subject="طلب رخضة")
    look(clerk)
    twice = register_paper(clerk, language, sender="جمعية الأمل", subject="طلب رخصة بناء")
    work()

    annul(clerk, second, language, twice)
    new = rectify(clerk, language, wrong)
    print_and_export(clerk, language, [spam, wrong, twice, new])
    assert_proved(wrong)


def annul(clerk, second, language, number):
    """One clerk asks, and cannot confirm; another confirms."""
    clerk.goto(f"/{language}/registers/")
    look(clerk)
    send(clerk, "main table a")
    look(clerk)
    send(clerk, f"main a[href$='/{number}/']")
    look(clerk)
    send(clerk, "a[href$='/annul/']")
    look(clerk)
    clerk.check("[name=reason][value=registered_twice]")
    clerk.fill("[name=note]", "قُيدت مرتين")
    send(clerk, "main form .btn-primary")
    send(clerk, "a[href$='/annulment/']")
    look(clerk)
    assert clerk.locator("button[value=confirm]").count() == 0
    assert clerk.locator("button[value=decline]").is_visible()

    second.goto(f"/{language}/registers/")
    look(second)
    send(second, f"#asked a[href*='{number}']")
    assert second.get_by_text("قُيدت مرتين").is_visible()
    look(second)
    send(second, "button[value=confirm]")
    look(second)
    assert Entry.objects.get(number_text=number).state == "annulled"


def rectify(clerk, language, number):
    """The typing error is put right by a new line, which shows what changed; returns its number."""
    clerk.goto(f"/{language}/registers/entry/{number}/")
    send(clerk, "a[href$='/rectify/']")
    look(clerk)
    clerk.check("[name=reason][value=typing_error]")
    clerk.fill("[name=subject]", "طلب رخصة")
    send(clerk, "main form .btn-primary")
    new = Entry.objects.get(rectifies__number_text=number).number_text
    assert clerk.url.endswith(f"/{new}/")
    look(clerk)
    clerk.goto(f"/{language}/registers/entry/{number}/")
    assert clerk.locator(".timeline del").all_inner_texts() == ["طلب رخضة"]
    assert clerk.locator(".timeline ins").all_inner_texts() == ["طلب رخصة"]
    assert clerk.locator(f"main a[href$='/{new}/']").count() == 1
    look(clerk)
    return new


def print_and_export(clerk, language, numbers):
    """Every line of the year on A4 across, those that no longer count struck through; and the same as CSV and XLSX."""
    struck = [False, True, True, False]
    clerk.goto(f"/{language}/registers/MSP/{today().year}/incoming/")
    look(clerk)
    rows = clerk.locator("main tbody tr")
    assert [plain(text) for text in rows.locator("td:first-child").all_inner_texts()] == numbers
    lines = list(csv.reader(io.StringIO(download(clerk, "a[href*='.csv']")[1].decode("utf-8-sig"))))
    assert [line[0] for line in lines[1:]] == numbers
    sheet = load_workbook(io.BytesIO(download(clerk, "a[href*='.xlsx']")[1])).active
    assert [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)] == numbers

    send(clerk, "a[href*='/print/']")
    look(clerk)
    rows = clerk.locator("main tbody tr")
    assert [plain(text) for text in rows.locator("td:first-child").all_inner_texts()] == numbers
    lines = "row => getComputedStyle(row.cells[0]).textDecorationLine"
    assert [row.evaluate(lines) == "line-through" for row in rows.all()] == struck
    clerk.emulate_media(media="print")
    assert not clerk.locator(".no-print").first.is_visible()
    assert clerk.locator("thead").evaluate("node => getComputedStyle(node).display") == "table-header-group"
    with pikepdf.open(io.BytesIO(clerk.pdf(prefer_css_page_size=True))) as paper:
        assert [round(float(size)) for size in paper.pages[0].mediabox[2:]] == A4_ACROSS
    clerk.emulate_media(media="screen")


def assert_proved(number):
    """The command finds all intact and counts it; whatever is altered behind its back, it names, and ends with 1."""
    status, words = verify_registers()
    assert (status, "All is intact." in words) == (0, True), words
    assert "4 entries" in words
    assert f"{Event.objects.count()} events" in words
    assert f"{StoredFile.objects.count()} files" in words

    entry = Entry.objects.select_related("body").get(number_text=number)
    told = EventBody.objects.select_related("event").exclude(body=None).order_by("pk").first()
    for row, column, value, name in [
        (entry, "nature", "complaint", f"entry {number}"),
        (entry.body, "sender", "جمعية أخرى", f"entry {number}"),
        (told.event, "at", told.event.at - timedelta(days=1), f"event {told.event}"),
        (told, "body", b"{}", f"event {told.event}"),
    ]:
        with altered(row, column, value):
            status, words = verify_registers()
        assert (status, f"{name}: " in words) == (1, True), f"{column}: {words}"

    file = StoredFile.objects.first()
    with flipped(store.current().path(file.key)):
        status, words = verify_registers()
    assert (status, f"file {file.public_id}: " in words) == (1, True), words
    assert verify_registers()[0] == 0


@contextmanager
def altered(row, column, value):
    """An UPDATE by whoever owns the database; taken back afterwards."""
    rows, before = type(row).objects.filter(pk=row.pk), getattr(row, column)
    for written in (value, before):
        with past_triggers():
            assert rows.update(**{column: written}) == 1
        if written is value:
            yield


@contextmanager
def flipped(path):
    """One bit of a stored file; taken back afterwards."""
    path.chmod(0o600)
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    yield
    path.write_bytes(content)
