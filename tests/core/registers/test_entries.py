"""Lines of the registers, found by what people know of them."""

import pytest
from django.db import connection

from core.registers.models import Entry
from tests.factories.registers import entry_of

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def test_entries_are_found_by_their_numbers_as_typed(organisation):
    first, second, _third = (entry_of(organisation) for _ in range(3))
    assert Entry.objects.numbered(first.number_text.lower()).get() == first
    assert list(Entry.objects.numbered(second.number_text, "no number", first.number_text)) == [first, second]


def test_number_of_an_unknown_office_finds_nothing(organisation):
    entry_of(organisation)
    assert not Entry.objects.numbered("MSP-A-2026-004213-7").exists()
    assert not Entry.objects.numbered("MSP-A-2026-004213-7", "MSP-A-2026-004213-7").exists()
    assert not Entry.objects.numbered("").exists()


def test_number_is_found_by_the_key(organisation, django_assert_num_queries):
    entry = entry_of(organisation)
    found = Entry.objects.numbered(entry.number_text)
    with django_assert_num_queries(1):
        assert found.get() == entry
    with django_assert_num_queries(2):  # the offices of several, once for all
        assert Entry.objects.numbered(entry.number_text, entry.number_text).get() == entry
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
    assert "registers_entry_pkey" in found.explain() or "INTEGER PRIMARY KEY" in found.explain()
