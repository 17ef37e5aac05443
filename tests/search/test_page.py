import pytest
from django.urls import reverse

from tests.factories import circulars

pytestmark = [pytest.mark.django_db]


def ask(client, query="", **headers):
    return client.get(f"/ar/search/?{query}", **headers)


def test_results_show_title_extract_number_and_address(client, organisation, index):
    circular = circulars.published(organisation)
    index()

    page = ask(client, "q=الفقرات الرقمية")

    (row,) = page.context["rows"]
    assert row.title == "إلزامية الإيداع <mark>الرقمي</mark>"
    assert row.number == "12/2026"
    assert row.url == f"{circular.get_absolute_url()}/ara"
