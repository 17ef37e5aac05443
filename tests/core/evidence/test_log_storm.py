"""Many at once: numbers without gaps, moments that never go back, one chain of leaves, on both databases."""

import contextlib
import uuid

import pytest
from django.db import transaction

from core.evidence import checkpoints, verification
from core.evidence.models import Event, LogHead
from core.evidence.operations import EventDraft, Registration, append, register_entries
from core.registers.models import Entry, Register
from tests.factories.registers import draft, entry_of

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
THREADS, EACH = 8, 12


@pytest.fixture(autouse=True)
def _outside(settings, tmp_path):
    settings.CHECKPOINT_DIR = tmp_path / "checkpoints"


def findings():
    found = []
    verification.verify(found.append)
    return [str(finding) for finding in found]


def test_storm_on_one_register_leaves_no_gap(organisation, at_once):
    def clerk(_):
        return [
            entry_of(organisation, events=lambda entry: [EventDraft("deposit.accepted", entry.object_id)]).number
            for _ in range(EACH)
        ]

    answers = at_once(clerk, THREADS)

    numbers = sorted(number for mine in answers for number in mine)
    assert numbers == list(range(1, THREADS * EACH + 1))
    assert all(mine == sorted(mine) for mine in answers)
    moments = list(Entry.objects.order_by("number").values_list("registered_at", flat=True))
    assert moments == sorted(moments)
    assert Register.objects.get().last_number == LogHead.objects.get().size // 2 == THREADS * EACH
    checkpoints.sign_all()
    assert findings() == []


def test_storm_with_facts_known_beforehand_leaves_no_gap(organisation, at_once):
    def clerk(n):
        for turn in range(EACH):
            object_id = uuid.uuid4()
            told = [EventDraft("deposit.accepted", object_id, {"files": []}, {"name": "فاطمة"})]
            with contextlib.suppress(ZeroDivisionError), transaction.atomic():
                register_entries([Registration(draft(organisation, object_id=object_id), facts=told)])
                if (n + turn) % 4 == 0:
                    raise ZeroDivisionError

    at_once(clerk, THREADS)
    numbers = list(Entry.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, THREADS * EACH * 3 // 4 + 1))
    checkpoints.sign_all()
    assert findings() == []


def test_storm_on_two_registers_at_once_locks_nobody_out(organisation, other_organisation, at_once):
    def clerk(n):
        places = [organisation, other_organisation]
        for _ in range(EACH):
            with transaction.atomic():
                register_entries([Registration(draft(place)) for place in (places if n % 2 else reversed(places))])

    at_once(clerk, THREADS)
    assert list(Register.objects.values_list("last_number", flat=True)) == [THREADS * EACH] * 2
    assert findings() == []


def test_storm_of_facts_about_one_object_makes_one_chain(organisation, at_once):
    entry = entry_of(organisation)

    def worker(_):
        for _ in range(EACH):
            append([EventDraft("opened", entry.object_id, entry=entry)])

    at_once(worker, THREADS)
    steps = list(Event.objects.of_object(entry.object_id).values_list("step", flat=True))
    assert steps == list(range(1, THREADS * EACH + 2))
    assert findings() == []


def test_failures_in_the_storm_leave_no_gap(organisation, at_once):
    def clerk(n):
        for turn in range(EACH):
            with contextlib.suppress(ZeroDivisionError):
                entry_of(organisation, events=lambda entry, fails=(n + turn) % 3 == 0: 1 / 0 if fails else [])

    at_once(clerk, THREADS)
    numbers = list(Entry.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    assert findings() == []


def test_checkpoints_signed_during_the_storm_hold(organisation, at_once):
    def clerk(n):
        for _ in range(EACH):
            if n == 0:
                checkpoints.sign_all()
            append([EventDraft("closed", uuid.uuid4())])

    at_once(clerk, 4)
    checkpoints.sign_all()
    assert findings() == []
