import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import circulars

pytestmark = [pytest.mark.django_db]


def ask(client, query="", **headers):
    return client.get(f"/ar/search/?{query}", **headers)


@pytest.mark.both
def test_results_show_title_extract_number_and_address(client, organisation, index):
    circular = circulars.published(organisation)
    index()

    page = ask(client, "q=الفقرات الرقمية")

    (row,) = page.context["rows"]
    assert row.title == "إلزامية الإيداع <mark>الرقمي</mark>"
    assert row.number == "12/2026"
    assert row.url == f"{circular.get_absolute_url()}/ara"


@pytest.mark.both
def test_queries(client_of, youssef, organisation, index):
    circulars.published(organisation)
    index()
    client = client_of(youssef)
    ask(client, "q=الفقرة")
    with CaptureQueriesContext(connection) as one:
        ask(client, "q=الفقرة")
    for q in one:
        print(q["sql"][:230], "\n")
    assert 0, len(one)
