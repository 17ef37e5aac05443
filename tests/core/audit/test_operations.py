import pytest
from django.db import transaction

from core.audit.models import AuditEntry
from core.audit.operations import record
from core.context import request_id

pytestmark = pytest.mark.django_db


def test_entry_says_who_did_what_to_what(amina, unit):
    token = request_id.set("abc")
    record("unit.closed", unit, by=amina, reason="merged")
    request_id.reset(token)

    entry = AuditEntry.objects.get()
    assert (entry.event, entry.actor, entry.object, entry.data) == ("unit.closed", amina, unit, {"reason": "merged"})
    assert entry.request_id == "abc"
    assert str(entry) == f"unit.closed {unit.pk}"


def test_entry_without_person_is_the_clocks(unit):
    record("unit.closed", unit, by=None)

    assert AuditEntry.objects.get().actor is None


def test_entry_goes_with_its_transaction(amina, unit):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        record("unit.closed", unit, by=amina)
        raise ZeroDivisionError
    assert not AuditEntry.objects.exists()


def test_entries_about_an_object_are_its_own_newest_first(amina, unit, other_unit):
    record("unit.opened", unit, by=amina)
    record("unit.opened", other_unit, by=amina)
    record("unit.closed", unit, by=amina)

    assert [entry.event for entry in AuditEntry.objects.about(unit)] == ["unit.closed", "unit.opened"]
