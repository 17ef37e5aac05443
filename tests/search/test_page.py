"""The page of results: what it shows, what it keeps in the address, and how it helps where nothing is found."""

from datetime import date

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.files.enums import ReadState
from core.files.models import FilePage, StoredFile
from eservices.correspondence import operations as letters
from eservices.correspondence.enums import Confidentiality
from eservices.correspondence.models import Correspondence, WorkItem
from home import blocks
from home.circulars.enums import Audience
from home.circulars.models import Theme
from home.models import StandardPage
from home.setup import create_default_pages
from search import engines, results, views
from search.contract import EngineAway
from search.models import EmptySearch, Passage
from search.query import understand
from search.spelling import count_words
from tests.factories import circulars
from tests.factories.letters import act_type_for, deposited, pdf_bytes, stored_pdf

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def ask(client, query="", **headers):
    return client.get(f"/ar/search/?{query}", headers=headers)


def numbers(page):
    return [row.number for row in page.context["rows"]]


def facet(page, name):
    (found,) = [each for each in page.context["facets"] if each.name == name]
    return {one.value: one.count for one in [*found.values, *found.more]}


@pytest.fixture
def several(organisation, other_organisation, index):
    """Three circulars of two administrations and two years, two of a theme."""
    theme = Theme.objects.create(slug="digital", name_ar="الرقمنة", name_fr="Numérique")
    made = [
        circulars.published(organisation, number="1/2026", signed_on=date(2026, 3, 1)),
        circulars.published(organisation, number="2/2025", signed_on=date(2025, 3, 1)),
        circulars.published(other_organisation, number="3/2026", signed_on=date(2026, 5, 1), audience=Audience.STAFF),
    ]
    for circular in made[:2]:
        circular.themes.add(theme)
        circular.save()
    index()
    return made


# --- lines ---------------------------------------------------------------------------------------------------------


def test_line_shows_title_extract_number_and_address(client, organisation, index):
    circular = circulars.published(organisation)
    index()

    page = ask(client, "q=الفقرات الرقمية")

    (row,) = page.context["rows"]
    assert row.title == "إلزامية الإيداع <mark>الرقمي</mark>"
    assert row.snippet.startswith("<mark>الفقرة</mark> الأولى\n<mark>الفقرة</mark> الثانية")
    assert (row.number, row.dated, row.authority) == ("12/2026", date(2026, 9, 9), organisation.name)
    assert row.url == f"{circular.get_absolute_url()}/ara"
    assert page.context["asked"].answer.total == 1


def test_line_leads_to_the_page_of_a_file(client, organisation, index):
    circular = circulars.published(organisation, files=[pdf_bytes("annex")])
    file = circular.files.get().file
    pages = [FilePage(file=file, number=n, text=words) for n, words in enumerate(["غلاف", "تفاصيل النفقات"], 1)]
    FilePage.objects.bulk_create(pages)
    index()

    page = ask(client, "q=النفقات")

    (line,) = page.context["rows"]
    assert (line.page, line.file) == (2, Passage.objects.get(page=2).title)
    assert line.page_url.endswith("#page=2")
    assert line.url == circular.get_absolute_url()
    assert line.snippet == "تفاصيل <mark>النفقات</mark>"
    assert line.has_unread
    assert "لم يُقرأ أحد ملفاتها بعد" in page.content.decode()
    StoredFile.objects.update(reading=ReadState.READ)
    assert not ask(client, "q=النفقات").context["rows"][0].has_unread
    assert f'href="{line.page_url}"' in page.content.decode()


def test_line_of_a_letter_says_that_a_file_of_its_answer_is_not_read(
    client_of, amina, youssef, organisation, registry, unit, index
):
    item = deposited(organisation, act_type=act_type_for(organisation), subject="صفقة التموين").item
    letters.assign(item, to_unit=unit, by=amina)
    letters.take(item, by=youssef)
    letters.dispatch_answer(item, pdf=stored_pdf(organisation), subject="جواب", signed_by="يوسف", by=youssef)
    index()
    client = client_of(amina)

    assert ask(client, "q=التموين").context["rows"][0].has_unread
    StoredFile.objects.update(reading=ReadState.READ)
    assert not ask(client, "q=التموين").context["rows"][0].has_unread


def test_subject_of_a_confidential_letter_stays_in_it(client_of, amina, organisation, registry, index):
    item = deposited(organisation, act_type=act_type_for(organisation), subject="صفقة التموين").item
    WorkItem.objects.filter(pk=item.pk).update(confidentiality=Confidentiality.CONFIDENTIAL)
    Correspondence.objects.filter(pk=item.correspondence_id).update(confidentiality=Confidentiality.CONFIDENTIAL)
    index()

    page = ask(client_of(amina), "q=" + item.correspondence.party.name)

    (row,) = page.context["rows"]
    assert (row.number, row.snippet) == (item.correspondence.number, "")
    assert "صفقة التموين" not in page.content.decode()


# --- choices -------------------------------------------------------------------------------------------------------


def test_facets_keep_their_siblings_and_obey_the_reader(client, client_of, youssef, several):
    mine, theirs = ask(client_of(youssef), "q=الفقرة&year=2026"), ask(client, "q=الفقرة&year=2026")

    assert (numbers(theirs), facet(theirs, "year")) == (["1/2026"], {"2026": 1, "2025": 1})
    assert (sorted(numbers(mine)), facet(mine, "year")) == (["1/2026", "3/2026"], {"2026": 2, "2025": 1})
    assert facet(theirs, "authority") == {"MSP": 1}
    assert facet(mine, "authority") == {"MSP": 1, "CAM": 1}


def test_chosen_value_without_documents_still_stands_there(client, several):
    page = ask(client, "q=الفقرة&authority=CAM&kind=nonsense")

    assert facet(page, "authority") == {"CAM": 0}
    assert [chip.label for chip in page.context["chips"]] == ["nonsense", "جماعة تجريبية"]


def test_chip_removes_what_it_says_and_nothing_else(client, several):
    page = ask(client, "q=الفقرة&year=2026&year=2025&theme=digital&since=2025-01-01&page=3&stay=1")

    urls = [chip.url for chip in page.context["chips"]]
    base = "?q=%D8%A7%D9%84%D9%81%D9%82%D8%B1%D8%A9"
    assert f"{base}&year=2026&year=2025&since=2025-01-01&stay=1" in urls
    assert f"{base}&year=2026&theme=digital&since=2025-01-01&stay=1" in urls
    assert f"{base}&year=2026&year=2025&theme=digital&stay=1" in urls
    assert len(urls) == 4


def test_order_and_days(client_of, youssef, several):
    client = client_of(youssef)

    assert numbers(ask(client, "q=الفقرة&sort=newest")) == ["3/2026", "1/2026", "2/2025"]
    assert numbers(ask(client, "q=الفقرة&sort=oldest")) == ["2/2025", "1/2026", "3/2026"]
    assert numbers(ask(client, "q=الفقرة&since=2026-01-01&until=2026-04-01")) == ["1/2026"]


@pytest.mark.parametrize(
    ("query", "field", "error"),
    [
        ("q=الفقرة&since=amis", "since", "اكتب اليوم الأول على شكل سنة-شهر-يوم، مثلا \u20662026-09-30\u2069."),
        ("q=الفقرة&since=2026-02-01&until=2026-01-01", "until", "اختر يوما أخيرا لا يسبق اليوم الأول."),
        ("q=الفقرة&sort=worst", "sort", "اختر أحد أنواع الترتيب المقترحة."),
        ("q=الفقرة&year=20 26&year=2026", "year", "«20 26» ليس من الاختيارات، فلم يؤخذ به."),
        ("q=" + "الفقرة " * 40, "q", "اختصر ما تبحث عنه إلى 200 حرف."),
    ],
)
def test_wrong_choice_is_said_and_the_rest_is_looked_for(client, several, query, field, error):
    page = ask(client, query)

    assert page.context["form"].errors == {field: [error]}
    assert page.context["asked"].answer.total >= 1
    assert error in page.content.decode()
    assert "خطأ:" in page.content.decode()


def test_pages_keep_the_choices_and_there_is_always_one(client, organisation, index, monkeypatch):
    monkeypatch.setattr(views, "PER_PAGE", 2)
    for number in range(1, 6):
        circulars.published(organisation, number=f"{number}/2026")
    index()

    first, last = ask(client, "q=الفقرة&year=2026"), ask(client, "q=الفقرة&year=2026&page=99")

    assert len(first.context["rows"]) == 2
    assert "?q=%D8%A7%D9%84%D9%81%D9%82%D8%B1%D8%A9&amp;year=2026&amp;page=2" in first.content.decode()
    assert (len(last.context["rows"]), last.context["page_obj"].number) == (1, 3)
    assert ask(client, "q=الفقرة&page=no").context["page_obj"].number == 1


# --- a number ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["12/2026", "12-2026", "١٢/٢٠٢٦", "2026/12"])
def test_number_leads_straight_to_its_document(client, organisation, index, typed):
    circular = circulars.published(organisation)
    circulars.published(organisation, number="13/2026", paragraphs=["تطبيقا للمنشور 12/2026"])
    index()

    answer = ask(client, f"q={typed}")

    assert (answer.status_code, answer.headers["Location"]) == (302, f"{circular.get_absolute_url()}/ara")
    assert not answer.cookies


def test_who_was_led_straight_can_see_all_results(client_of, youssef, organisation, index):
    circulars.published(organisation)
    circulars.published(organisation, number="13/2026", paragraphs=["تطبيقا للمنشور 12/2026"])
    index()
    client = client_of(youssef)

    landed = client.get("/ar/search/?q=12/2026", follow=True).content.decode()
    all_of_them = "/ar/search/?q=12%2F2026&amp;stay=1"

    assert f'<a href="{all_of_them}">' in landed
    assert numbers(client.get(all_of_them.replace("&amp;", "&")))[0] == "12/2026"


def test_number_of_several_documents_leads_to_none(client, organisation, other_organisation, index):
    circulars.published(organisation)
    circulars.published(other_organisation)
    index()

    assert sorted(numbers(ask(client, "q=12/2026"))) == ["12/2026", "12/2026"]


@pytest.mark.parametrize("query", ["q=منشور 12/2026", "q=12/2026&year=2026", "q=12/2026&stay=1", "q=2026"])
def test_more_than_a_number_is_a_search(client, organisation, index, query):
    circulars.published(organisation)
    index()

    assert ask(client, query).status_code == 200


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2-20-293", True), ("MSP-A-2026-004213-7", True), ("2020", False), ("مرسوم 2-20-293", False), ("", False)],
)
def test_what_is_only_a_number(text, expected):
    assert results.is_number(understand(text)) is expected


# --- nothing -------------------------------------------------------------------------------------------------------


def test_nothing_found_says_so_and_helps(client, several):
    page = ask(client, "q=زرافة")

    said = page.content.decode()
    assert "«زرافة»" in said
    assert reverse("circulars:list") in said
    assert reverse("correspondence:track") in said
    assert EmptySearch.objects.get().words == "زرافه"


def test_choice_that_leaves_nothing_tells_what_is_there_without_it(client, several):
    page = ask(client, "q=الفقرة&year=1999")

    assert page.context["unnarrowed"] == 2
    assert not EmptySearch.objects.exists()


def test_words_without_result_are_counted_by_day_and_tell_of_nobody(client, client_of, youssef, several):
    ask(client, "q=زرافة")
    ask(client_of(youssef), "q=زَرافــة")

    assert list(EmptySearch.objects.values_list("words", "count")) == [("زرافه", 2)]
    assert {field.name for field in EmptySearch._meta.get_fields()} == {"id", "words", "day", "count"}


def test_mistyped_words_are_corrected_from_public_texts(client, several):
    count_words()

    page = ask(client, "q=الايدعا")

    assert (page.context["meant"], page.context["meant_total"]) == ("الإيداع", 2)
    assert "q=%D8%A7%D9%84%D8%A5%D9%8A%D8%AF%D8%A7%D8%B9" in page.content.decode()


def test_correction_finds_something_for_this_person_with_these_choices(client, several):
    count_words()

    assert ask(client, "q=الايدعا&year=1999").context["meant"] == ""


# --- frame ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_page_without_words_says_what_can_be_found(client, client_of, youssef, language):
    for browser in (client, client_of(youssef)):
        page = browser.get(f"/{language}/search/")
        assert page.status_code == 200
        assert page.context["asked"] is None


def test_stranger_gets_no_cookie(client, several):
    for query in ("", "q=الفقرة", "q=زرافة", "q=1/2026"):
        assert not ask(client, query).cookies


def test_fragment_for_scripts_is_the_found_part(client, several):
    fragment = ask(client, "q=الفقرة", **{"HX-Request": "true"}).content.decode()

    assert "<html" not in fragment
    assert 'hx-swap-oob="innerHTML"' in fragment
    assert 'id="facets"' in fragment


class Away:
    name = "server"

    def ask(self, question):
        raise EngineAway("no answer")

    def suggest(self, *args, **kwargs):
        raise EngineAway("no answer")


def test_fallback_is_said(client, several, monkeypatch):
    monkeypatch.setattr(engines, "current", Away)

    page = ask(client, "q=الفقرة")

    assert page.context["asked"].is_fallback
    assert "قد تتأخر النتائج قليلا" in page.content.decode()


def test_search_that_does_not_answer_is_a_page(client, monkeypatch):
    monkeypatch.setattr(engines, "current", Away)
    monkeypatch.setattr(engines, "embedded", Away)

    page = ask(client, "q=الفقرة")

    assert page.status_code == 503
    assert reverse("circulars:list") in page.content.decode()
    assert client.get("/ar/search/suggest/?q=الإي").content.strip() == b""


# --- proposals while typing ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["إيد", "الإيد", "ايد", "1/2026", "إلزامية الإ"])
def test_titles_and_numbers_are_proposed(client, several, typed):
    page = client.get("/ar/search/suggest/", {"q": typed})

    assert {row["line"].number for row in page.context["rows"]} <= {"1/2026", "2/2025"}
    assert "1/2026" in {row["line"].number for row in page.context["rows"]}
    assert f'data-url="{several[0].get_absolute_url()}"' in page.content.decode()


def test_nothing_is_proposed_for_one_letter(client, several):
    assert client.get("/ar/search/suggest/?q=إ").content.strip() == b""


def test_nothing_hidden_is_proposed(client, client_of, youssef, several):
    def proposed(browser):
        return [row["line"].number for row in browser.get("/ar/search/suggest/?q=3/2026").context["rows"]]

    assert proposed(client) == []
    assert proposed(client_of(youssef)) == ["3/2026"]


# --- queries -------------------------------------------------------------------------------------------------------


def queries(client, query):
    """How many it takes, beginnings and ends of transactions apart."""
    with CaptureQueriesContext(connection) as captured:
        assert ask(client, query).status_code == 200
    return sum("SAVEPOINT" not in each["sql"] and "set_config" not in each["sql"] for each in captured)


@pytest.fixture
def remembered(settings):
    """What this process remembers of header, names and sites, as it does outside of tests."""
    memory = "django.core.cache.backends.locmem.LocMemCache"
    settings.CACHES = settings.CACHES | {"template_fragments": {"BACKEND": memory, "LOCATION": "lines"}}
    yield
    caches["template_fragments"].clear()


def test_three_lines_cost_as_many_queries_as_one(client_of, said, organisation, index, remembered):
    client, counted = client_of(said), []
    for several in ((1,), (2, 3)):
        for number in several:
            circulars.published(organisation, number=f"{number}/2026", paragraphs=["تدبير المراسلات الواردة"])
        index()
        ask(client, "q=المراسلات الواردة")
        counted.append(queries(client, "q=المراسلات الواردة"))

    assert counted == [10, 10]  # fewer than ten are looked for by grams, too


def test_three_pages_of_files_cost_as_many_queries_as_one(client, organisation, index, remembered):
    counted = []
    for several in ((1,), (2, 3)):
        for number in several:
            made = circulars.published(organisation, number=f"{number}/2026", files=[pdf_bytes(f"annex {number}")])
            FilePage.objects.create(file=made.files.get().file, number=1, text="تفاصيل النفقات")
        index()
        ask(client, "q=تفاصيل النفقات")
        counted.append(queries(client, "q=تفاصيل النفقات"))

    assert counted[0] == counted[1]


def test_three_pages_of_the_site_cost_as_many_queries_as_one(client, organisation, index, remembered):
    create_default_pages()
    pages, counted = list(StandardPage.objects.order_by("pk")[:3]), []
    for several in (pages[:1], pages[1:]):
        for page in several:
            page.title = "تدبير النفقات"
            page.save_revision().publish()
        index()
        ask(client, "q=تدبير النفقات")
        counted.append(queries(client, "q=تدبير النفقات"))

    assert counted[0] == counted[1]


def test_what_editors_choose_from_a_list_is_not_found_as_text():
    link = {"label": "رابط", "service": "search:results"}
    card = {"icon": "shield-check", "title": "بطاقة", "text": "نص", "link": link}
    notice = {"tone": "warn", "text": "<p>تنبيه</p>"}

    said = [*_said(blocks.CardBlock(), card), *_said(blocks.NoticeBlock(), notice)]

    assert said == ["بطاقة", "نص", "رابط", "تنبيه"]


def _said(block, value):
    return [str(each).strip() for each in block.get_searchable_content(block.to_python(value))]


# --- strangers ask so often only -----------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/ar/search/", "/ar/search/suggest/"])
def test_strangers_may_ask_so_often_only(client, client_of, said, settings, address):
    settings.SEARCHES_PER_MINUTE = 2
    assert [client.get(address).status_code for _time in range(3)] == [200] * 3  # nothing is asked

    answers = [client.get(f"{address}?q=الفقرة") for _time in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1].headers["Retry-After"] == "60"
    assert client.get(f"{address}?q=الفقرة", REMOTE_ADDR="192.0.2.7").status_code == 200
    assert [client_of(said).get(f"{address}?q=الفقرة").status_code for _time in range(3)] == [200] * 3
    settings.SEARCHES_PER_MINUTE = 0
    assert client.get(f"{address}?q=الفقرة").status_code == 200
