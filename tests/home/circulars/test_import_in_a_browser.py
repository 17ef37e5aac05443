"""A legacy stock on the screens of the administration, in a real browser: sent, checked, started, proof-read."""

import pytest
from django.utils.translation import override
from playwright.sync_api import expect
from wagtail.users.models import UserProfile

from core.files.enums import ReadState
from core.files.models import FilePage, StoredFile
from core.organisations.operations import sync_groups
from home.circulars import operations
from home.circulars.models import Circular
from tests import tools
from tests.factories.circulars import written
from tests.factories.stock import row, scan_pdf, text_pdf, write_table
from tests.home.circulars.test_import_admin import zipped

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
IMPORTS = "/cms/circulars/imports/"


@pytest.fixture
def desk(open_page, sign_in):
    """desk(user, "ar", width=1280): their browser, with Wagtail's administration in that language."""

    def sit_down(user, language, **look):
        sync_groups()
        UserProfile.objects.update_or_create(user=user, defaults={"preferred_language": language})
        page = open_page(language, **{"width": 1280} | look)
        sign_in(page, user)
        return page

    return sit_down


@pytest.fixture
def stock(tmp_path):
    """The table and an archive: two lines that are right, one scan, two that are not."""
    rows = [
        row(pdf="acte.pdf"),
        row(number="6/2019", kind="مرسوم"),
        row(number="7/2019", text_ar="", pdf="scan.pdf"),
        row(number="5.2019"),
        row(number="8/2019"),
    ]
    table = write_table(tmp_path, rows, file_name="رصيد المناشير.csv")
    archive = tmp_path / "pdfs.zip"
    archive.write_bytes(zipped([("acte.pdf", text_pdf("Acte")), ("scan.pdf", scan_pdf())]).read())
    return table, archive


def look(page):
    """No barrier of ours, nothing untranslated, no sideways scrolling of the page."""
    page.wait_for_load_state("load")
    tools.assert_axe(page)
    assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"), page.url


@pytest.mark.parametrize("language", ["ar", "fr"])
def test_stock_goes_through_the_screens(desk, work, organisation, ilham, tarik, stock, language):
    table, archive = stock
    page = desk(ilham, language)
    page.goto(IMPORTS)
    assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
    look(page)
    page.locator("select[name=authority]").select_option(str(organisation.pk))
    page.locator("input[name=table]").set_input_files(table)
    page.locator("main form button[type=submit]").click()
    look(page)

    page.locator("input[name=archive]").set_input_files(archive)
    page.locator("form[action$='/archive/'] button").click()
    expect(page.locator("main dd").nth(3)).to_have_text("2")
    page.locator("form[action$='/check/'] button").click()
    work()
    page.goto(page.url)
    look(page)
    assert page.locator("form[action$='/start/']").count() == 0
    assert page.locator("table.listing tbody tr").count() == 3  # two refused, and what is said of the scan

    desk_of_tarik = desk(tarik, language, width=390)
    desk_of_tarik.goto(page.url)
    look(desk_of_tarik)
    desk_of_tarik.locator("form[action$='/start/'] button").click()
    work()
    assert Circular.objects.filter(live=True).count() == 2
    for width in (1280, 390):
        result = desk(tarik, language, width=width)
        result.goto(page.url)
        look(result)
        result.goto(IMPORTS)
        look(result)


@pytest.mark.parametrize("language", ["ar", "fr"])
def test_own_import_says_who_starts_it(desk, work, organisation, tarik, stock, language):
    page = desk(tarik, language)
    page.goto(IMPORTS)
    page.locator("select[name=authority]").select_option(str(organisation.pk))
    page.locator("input[name=table]").set_input_files(stock[0])
    page.locator("main form button[type=submit]").click()
    page.locator("form[action$='/check/'] button").click()
    work()
    page.goto(page.url)
    with override(language):
        expect(page.get_by_text(str(operations.OWN_IMPORT))).to_be_visible()
    assert page.locator("form[action$='/start/']").count() == 0


@pytest.mark.parametrize("language", ["ar", "fr"])
@pytest.mark.parametrize("width", [1280, 390])
def test_page_and_its_text_are_compared(desk, organisation, ilham, language, width):
    circular = written(organisation)
    scan = operations.attach(circular, text_pdf("Les services", pages=2), name="acte.pdf", role="scan", language="ar")
    for number, text in enumerate(["الفقرة الأولى.", "الفقرة الثانية."], 1):
        FilePage.objects.create(file=scan.file, number=number, text=text, is_recognised=True)
    StoredFile.objects.filter(pk=scan.file_id).update(reading=ReadState.READ)
    page = desk(ilham, language, width=width)
    page.goto(f"{IMPORTS}texts/")
    look(page)
    page.locator("main table a").first.click()
    look(page)
    assert page.locator(".side-by-side img").evaluate("image => image.complete && image.naturalWidth > 100")
