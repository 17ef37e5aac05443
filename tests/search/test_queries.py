"""How often a page of results asks the database: as often for many lines, of all kinds, as for one."""

from collections import Counter

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.files.models import FilePage
from core.organisations.enums import Role
from eservices.correspondence.enums import Treatment
from eservices.correspondence.models import WorkItem
from home.models import StandardPage
from home.setup import create_default_pages
from search import views
from search.spelling import count_words
from tests.factories import circulars
from tests.factories.letters import act_type_for, deposited, pdf_bytes, stored_pdf
from tests.factories.organisations import UnitFactory, post_for
from tests.factories.users import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both]

WORD = "المخطوطات"


def counted(client, query):
    """A page whose process has shown such a page before, and its queries, ends of transactions apart."""
    client.get(f"/ar/search/?{query}")
    with CaptureQueriesContext(connection) as captured:
        page = client.get(f"/ar/search/?{query}")
    assert page.status_code == 200
    return page, sum("SAVEPOINT" not in each["sql"] and "set_config" not in each["sql"] for each in captured)


@pytest.fixture
def remembered(settings):
    """What this process remembers of header, names and sites, as it does outside of tests."""
    memory = "django.core.cache.backends.locmem.LocMemCache"
    settings.CACHES = settings.CACHES | {"template_fragments": {"BACKEND": memory, "LOCATION": "lines"}}
    yield
    caches["template_fragments"].clear()


@pytest.fixture
def add(organisation, unit, registry):
    """add(number): one document of each kind in which WORD stands, two of them found by a page of a file."""
    create_default_pages()
    kind_of_act = act_type_for(organisation)
    pages = iter(StandardPage.objects.order_by("pk"))

    def add(number):
        annex = circulars.published(organisation, number=f"{number}/2026", files=[pdf_bytes(f"annex {number}")])
        circulars.published(organisation, number=f"9{number}/2026", paragraphs=[f"تدبير {WORD}"])
        attached = stored_pdf(organisation, f"letter {number}")
        item = deposited(organisation, act_type=kind_of_act, subject=f"جرد {WORD}").item
        other = deposited(organisation, act_type=kind_of_act, files=[(attached, "ملحق")]).item
        WorkItem.objects.filter(pk__in=[item.pk, other.pk]).update(owner_unit=unit, state=Treatment.ASSIGNED)
        for file in (annex.files.get().file, attached):
            FilePage.objects.create(file=file, number=1, text=f"لائحة {WORD} رقم {number}")
        page = next(pages)
        page.title = f"دليل {WORD}"
        page.save_revision().publish()
        home = UnitFactory(organisation=organisation, name_ar=f"قسم {WORD} {number}")
        post_for(UserFactory(name_ar=f"حارس {WORD} {number}"), home, Role.AGENT)

    return add


@pytest.fixture
def three(add, index):
    for number in (1, 2, 3):
        add(number)
    index()
    count_words()


def test_lines_of_all_kinds_cost_as_many_queries_three_times_as_once(
    client_of, said, add, index, remembered, monkeypatch
):
    monkeypatch.setattr(views, "PER_PAGE", 50)
    client, found = client_of(said), []
    for several in ((1,), (2, 3)):
        for number in several:
            add(number)
        index()
        page, queries = counted(client, f"q={WORD}")
        rows = page.context["rows"]
        of_kind = Counter(row.doc_id.partition(":")[0] for row in rows)
        found.append((of_kind, sum(bool(row.page) for row in rows), queries))

    assert found == [  # fewer than ten are looked for by grams, too
        ({"circular": 2, "correspondence": 2, "page": 1, "person": 1, "unit": 1}, 2, 10),
        ({"circular": 6, "correspondence": 6, "page": 3, "person": 3, "unit": 3}, 6, 9),
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (f"q={WORD}", 9),
        (f"q={WORD}&page=2", 9),
        (f"q={WORD}&page=9", 11),  # there is none: the last one
        (f"q={WORD}&sort=newest&since=2020-01-01", 9),
        (f"q={WORD}&kind=circular&authority=MSP", 9),
        (f"q={WORD}&year=1999", 7),  # nothing, and what there is without the choice
        (f"q={WORD}&year=1999&theme=none&organisation=none", 7),
        ("q=1/2026&stay=1", 9),
        ("q=زرافة", 6),
        ("q=المخطوطت+زرافة", 10),  # as many lines by likeness alone: what was meant is counted
    ],
)
def test_queries_of_a_page(client_of, said, three, remembered, query, expected):
    assert counted(client_of(said), query)[1] == expected


def test_correction_costs_one_query_more_than_a_page(client_of, said, add, index, remembered):
    add(1)
    index()
    count_words()

    page, number = counted(client_of(said), "q=المخطوضات")

    assert (page.context["meant"], number) == (WORD, 10)


def test_head_of_a_unit_costs_one_more_and_a_stranger_few(client, client_of, youssef, three, remembered):
    assert counted(client_of(youssef), f"q={WORD}")[1] == 10
    assert counted(client, f"q={WORD}")[1] == 6  # fewer than ten: by grams, too
