"""The page of results in a real browser: barriers, both directions, with and without scripts, the keyboard alone."""

import io
import re
from datetime import date

import pikepdf
import pytest
from playwright.sync_api import expect

from core.files.enums import ScanState
from core.files.models import FilePage, StoredFile
from core.files.operations import receive
from tests.factories import circulars, letters
from tests.factories.letters import pdf_bytes

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def several(organisation, index):
    """Twelve circulars in Arabic, of two years, one of them in French too."""
    made = [
        circulars.published(organisation, number=f"{number}/2026", signed_on=date(2026 - number % 2, 3, number))
        for number in range(1, 12)
    ]
    both = circulars.written(organisation, number="12/2026")
    circulars.add_text(both, "fr", "Dépôt numérique du courrier", ["Les délais de traitement"], standing="official")
    made.append(circulars.publish(both))
    index()
    return made


PATHS = (
    "search/",
    "search/?q=الفقرة",
    "search/?q=الفقرة&year=2026&since=2026-01-01",
    "search/?q=زرافة",
    "search/?q=x&since=y",
)


SIZES = {  # width, dark
    "ar": [(320, False), (390, False), (1280, False), (1280, True)],
    "fr": [(320, False), (1280, False), (390, True)],
    "en": [(390, False)],
}


@pytest.mark.parametrize("language", SIZES)
def test_pages_hold_no_barrier(open_page, several, assert_axe, language):
    for width, dark in SIZES[language]:
        page = open_page(language, width=width, dark=dark)
        for path in PATHS:
            page.goto(f"/{language}/{path}")
            assert_axe(page)
            wider = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
            assert not wider, (width, path)
        page.close()


def test_saved_searches_hold_no_barrier(open_page, several, said, sign_in, assert_axe):
    page = open_page("ar", width=1280)
    sign_in(page, said)
    page.goto("/ar/search/?q=الفقرة")
    assert_axe(page)
    page.get_by_role("button", name="احفظ هذا البحث").click()

    expect(page).to_have_url(re.compile("/ar/search/saved/$"))
    assert_axe(page)
    page.get_by_role("button", name="حذف").click()
    page.get_by_role("button", name="استرجاع").click()
    expect(page.get_by_role("link", name="الفقرة")).to_be_visible()
    assert_axe(page)


def test_choices_work_without_javascript(page_without_javascript, several):
    page = page_without_javascript
    page.goto("/ar/circulars/")
    page.locator(".site-bar-tools a").click()
    page.locator("#id_q").fill("الفقرة")
    page.locator("#search button[type=submit]").click()
    page.locator(".facets-open").click()
    page.locator("#f-year-2025").check()
    page.locator("#facets button[type=submit]").click()

    assert "year=2025" in page.url
    assert page.locator("article.result").count() == 6
    page.locator(".chip").click()
    assert page.locator("article.result").count() == 10
    page.locator("a[rel=next]").click()
    assert page.locator("article.result").count() == 2


def test_choices_replace_the_results_where_scripts_run(desk_ar, several):
    page = desk_ar
    page.goto("/ar/search/?q=الفقرة")
    page.evaluate("window.sameDocument = true")
    page.locator("#f-year-2025").check()
    page.locator("#facets button[type=submit]").click()

    expect(page.locator("article.result")).to_have_count(6)
    assert page.evaluate("window.sameDocument")
    expect(page.locator("#search-count")).to_contain_text("6")
    assert "year=2025" in page.url
    page.go_back()
    expect(page.locator("article.result")).to_have_count(10)


def test_titles_are_proposed_and_chosen_by_the_keyboard(desk_ar, several, assert_axe):
    page = desk_ar
    page.goto("/ar/circulars/")
    box = page.locator("#site-q")
    box.press_sequentially("إيد", delay=20)

    options = page.locator(".suggestions [role=option]")
    expect(options).to_have_count(8)
    expect(box).to_have_attribute("aria-expanded", "true")
    assert_axe(page)
    box.press("ArrowDown")
    box.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", options.nth(1).get_attribute("id"))
    box.press("ArrowUp")
    expect(options.nth(0)).to_have_attribute("aria-selected", "true")
    box.press("Escape")
    expect(box).to_have_attribute("aria-expanded", "false")
    assert box.input_value() == "إيد"
    box.press("ArrowDown")
    expect(options).to_have_count(8)
    wanted = options.nth(0).get_attribute("data-url")
    box.press("ArrowDown")
    box.press("Enter")
    page.wait_for_url(f"**{wanted}**")


def test_enter_without_a_choice_searches(desk_fr, several):
    page = desk_fr
    page.goto("/fr/circulars/")
    box = page.locator("#site-q")
    box.press_sequentially("courrier", delay=20)
    expect(page.locator(".suggestions [role=option]")).to_have_count(1)
    box.press("Enter")

    page.wait_for_url("**/fr/search/?q=courrier")
    expect(page.locator("article.result mark").first).to_have_text("courrier")


def test_numbers_read_forwards(desk_ar, several):
    page = desk_ar
    page.goto("/ar/search/?q=الفقرة")
    backwards = page.evaluate("""() => [...document.querySelectorAll('.num, bdi[dir=ltr]')].filter((node) => {
        const text = node.firstChild, range = document.createRange(), places = [];
        for (let place = 0; place < text.length; place += 1) {
            range.setStart(text, place); range.setEnd(text, place + 1);
            const box = range.getBoundingClientRect();
            if (box.width) places.push(box.x);
        }
        return places.some((x, place) => place && x < places[place - 1]);
    }).length""")

    assert backwards == 0


def test_result_in_a_file_opens_it_at_that_page(desk_ar, organisation, index):
    """A browser that were given it to keep would not go there at all."""
    circular = circulars.published(organisation, files=[pdf_bytes("annex")])
    FilePage.objects.create(file=circular.files.get().file, number=2, text="تفاصيل النفقات")
    index()
    page = desk_ar
    page.goto("/ar/search/?q=النفقات")

    page.locator("article.result a[href$='#page=2']").click()

    page.wait_for_url("**/files/1?page=2#page=2")


def test_result_in_a_letter_opens_it_at_that_page(open_page, sign_in, amina, organisation, registry, index):
    item = letters.deposited(organisation, files=[(paper(organisation, pages=9), "")]).item
    file = item.correspondence.attachments.get().file
    StoredFile.objects.filter(pk=file.pk).update(scan_state=ScanState.CLEAN)
    FilePage.objects.create(file=file, number=7, text="تفاصيل النفقات")
    index()
    page = open_page("ar", width=1280)
    sign_in(page, amina)
    page.goto("/ar/search/?q=النفقات")

    page.locator("article.result a[href$='#page-7']").click()

    expect(page.locator("#page-7")).to_be_in_viewport(ratio=0.5)
    expect(page.locator("#page-1")).not_to_be_in_viewport()


def paper(organisation, *, pages):
    pdf, out = pikepdf.new(), io.BytesIO()
    for _number in range(pages):
        pdf.add_blank_page(page_size=(595, 842))
    pdf.save(out)
    out.seek(0)
    return receive(out, name="lettre.pdf", declared_type="application/pdf", organisation=organisation)
