import pytest

from tests.factories.circulars import abrogating, add_text, publish, written

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def circular(organisation):
    """In two languages, its third paragraph abrogated by another."""
    circular = written(organisation)
    add_text(circular, "fr", "Dépôt numérique", ["Premier", "Deuxième", "Troisième"], standing="official")
    circular = publish(circular)
    abrogating(circular, paragraphs="p3")
    return circular


@pytest.mark.parametrize(("language", "eli"), [("ar", "ara"), ("fr", "fra")])
@pytest.mark.parametrize(("width", "dark"), [(390, False), (1280, False), (1280, True)])
def test_list_and_page_hold_no_barrier(open_page, circular, assert_axe, language, eli, width, dark):
    page = open_page(language, width=width, dark=dark)

    for path in (f"/{language}/circulars/?kind=circular", f"{circular.get_absolute_url()}/{eli}"):
        page.goto(path)
        assert_axe(page)
        assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"), path


def test_choices_open_and_stay_in_the_address_without_javascript(page_without_javascript, circular):
    page = page_without_javascript
    page.goto("/ar/circulars/")

    page.locator("[popovertarget=facets].facets-open").click()
    page.locator("#f-kind-circular").check()
    page.locator("#facets button[type=submit]").click()

    assert "kind=circular" in page.url
    assert page.locator("#f-kind-circular").is_checked()


@pytest.mark.parametrize(("language", "eli"), [("ar", "ara"), ("fr", "fra")])
def test_copy_is_kept_and_read_without_a_network(browser, open_page, circular, assert_axe, tmp_path, language, eli):
    page = open_page(language)
    page.goto(f"{circular.get_absolute_url()}/{eli}")
    with page.expect_download() as download:
        page.locator(f"a[href$='/{eli}/offline']").click()
    copy = tmp_path / download.value.suggested_filename
    download.value.save_as(copy)

    for scheme in ("light", "dark"):
        phone = browser.new_context(offline=True, viewport={"width": 390, "height": 844}, color_scheme=scheme)
        reader = phone.new_page()
        reader.goto(copy.as_uri())
        assert reader.locator("h1").inner_text() == circular.current.text(language)["title"]
        painted = "getComputedStyle(document.querySelector('.band')).backgroundColor"
        assert reader.evaluate(painted) != "rgba(0, 0, 0, 0)"
        assert not reader.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        assert_axe(reader)
        phone.close()
