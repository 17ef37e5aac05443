"""The function of PostgreSQL that registers: it writes what the step-by-step way writes, or nothing."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import dates
from core.evidence import log, merkle, operations, server, verification
from core.evidence.enums import EventCode
from core.evidence.models import Event, EventBody, LogHead, Subtree
from core.evidence.operations import EventDraft, Registration, register_entries
from core.registers.models import Entry, EntryBody, Register, canonical
from core.registers.numbers import format_number
from tests.factories.registers import draft, entry_of, facts

pytestmark = pytest.mark.django_db
WORDS = '«"\\\n\t\x1f\x7f\u2028 ﷺ %s %1$s {} \\u0001 \x01\x02\x03\x04\x05'
WORD = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)


@pytest.fixture
def answers(monkeypatch):
    """What the function answered, call by call: a row, or None where it left the line to the other way."""
    given, register = [], server.register

    def listen(line):
        given.append(register(line))
        return given[-1]

    monkeypatch.setattr(server, "register", listen)
    return given


@pytest.fixture
def begun(organisation):
    """Register and log of this year exist: their first number is never the server's."""
    entry_of(organisation)
    return organisation


def line(organisation, **values):
    """A line with three facts of its own, about its object and another, with and without personal data."""
    object_id = values.setdefault("object_id", uuid.uuid4())
    told = [
        EventDraft("deposit.accepted", object_id, {"z": WORDS, "a": [1, None]}, {"name": WORDS}, None, WORDS, WORDS),
        EventDraft("opened", uuid.uuid4(), on_behalf_of=WORDS),
        EventDraft("closed", object_id),
    ]
    with transaction.atomic():
        return register_entries([Registration(draft(organisation, **values), role=WORDS, facts=told)])[0]


def findings():
    found = []
    verification.verify(found.append)
    return [str(finding) for finding in found]


def test_line_is_what_the_other_way_writes(begun, answers, monkeypatch):
    values = {"subject": WORDS, "nature": WORDS[:30], "document_date": dates.today()}
    by_server = line(begun, **values)
    monkeypatch.setattr(server, "register", lambda line: None)
    step_by_step = line(begun, **values)

    assert [answer is None for answer in answers] == [False]
    told = []
    for entry in (by_server, step_by_step):
        stored = Entry.objects.get(pk=entry.pk)
        assert {name: getattr(entry, name) for name in vars(stored) if name[0] != "_"} == {
            name: value for name, value in vars(stored).items() if name[0] != "_"
        }
        assert stored.body.hash() == stored.body_hash
        events = Event.objects.filter(entry=entry).select_related("body").order_by("pk")
        told.append([_likeness(event, entry) for event in events])
    assert told[0] == told[1]
    assert [fact["code"] for fact in told[0]] == ["entry.registered", "deposit.accepted", "opened", "closed"]
    assert findings() == []


def _likeness(event, entry):
    """The fact without what differs from line to line."""
    found = event.facts
    assert found["at"] == log.stamp(event.at) >= log.stamp(entry.registered_at)
    assert found["register"] == {"number": entry.number_text}
    assert (found["seq"], found["step"]) == (event.seq, event.step)
    own = found["body"] if found["code"] == EventCode.ENTRY_REGISTERED else {}
    for name in ("at", "commit", "object", "prev", "register", "seq"):
        found.pop(name)
    for name in ("body_hash", "registered_at"):
        own.pop(name, None)
    body = EventBody.objects.filter(event=event).first()
    return found | {"personal": body and body.personal}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # each line stands in the same register
@given(subject=WORD, sender=WORD, nature=WORD, role=WORD)
def test_record_filled_in_is_canonical_to_the_byte(begun, subject, sender, nature, role):
    with transaction.atomic():
        item = Registration(draft(begun, subject=subject, sender=sender, nature=nature), role=role)
        (entry,) = register_entries([item])
        event = Event.objects.of_entry(entry).get()
        assert bytes(event.record) == canonical(event.facts)
        assert bytes(event.leaf_hash) == merkle.leaf_hash(bytes(event.record))
        assert (event.facts["actor"]["role"], event.facts["body"]["nature"]) == (role, nature)
        assert EntryBody.objects.get(entry=entry).hash() == entry.body_hash


def test_log_grows_as_the_tree_of_its_records(begun, answers):
    for _ in range(10):
        line(begun)
    assert None not in answers
    frontier = []
    for seq, event in enumerate(Event.objects.all()):
        assert event.seq == seq
        frontier, _ = merkle.append(seq, frontier, bytes(event.leaf_hash))
    head = LogHead.objects.get()
    assert (head.size, bytes(head.frontier)) == (41, b"".join(frontier))
    assert {Subtree.parts(key)[1:] for key in Subtree.objects.values_list("pk", flat=True)} == {(4, 0), (4, 1), (5, 0)}
    assert findings() == []


@pytest.mark.parametrize("number", [2, 36, 999, 4213, 999_999, 1_000_000, 9_999_999])
def test_number_has_its_check_character(begun, answers, number):
    Register.objects.update(last_number=number - 1)
    entry = entry_of(begun)
    assert answers[-1][:2] == (number, format_number("MSP", "A", dates.today().year, number))
    assert Entry.objects.get(pk=entry.pk) == entry


def test_first_number_of_a_register_is_taken_step_by_step(organisation, other_organisation, answers):
    numbers = [entry_of(place, direction=way).number for place in (organisation, other_organisation) for way in "AADD"]
    assert numbers == [1, 2] * 4
    assert [answer is None for answer in answers] == [True, False] * 4


@pytest.mark.parametrize("days", [-1, 1])
def test_line_prepared_on_another_day_is_left_alone(begun, answers, monkeypatch, days):
    today = dates.today()
    monkeypatch.setattr(operations.dates, "today", lambda: today + timedelta(days=days))
    entry = entry_of(begun)
    assert answers == [None]
    assert (entry.number, entry.local_date) == (2, today)
    assert findings() == []


def test_clock_behind_the_log_is_left_to_the_other_way_until_it_has_caught_up(begun, answers):
    later = timezone.now() + timedelta(seconds=3)
    LogHead.objects.update(last_at=later)
    first, second = entry_of(begun), entry_of(begun)
    assert answers == [None, None]
    assert Event.objects.filter(code=EventCode.CLOCK_ANOMALY).count() == 1
    assert min(event.at for event in Event.objects.filter(entry__in=[first, second])) >= later


@pytest.mark.parametrize("table", [Register, LogHead])
def test_clock_a_little_behind_gives_no_earlier_moment(begun, answers, table):
    ahead = timezone.now() + timedelta(milliseconds=700)
    table.objects.update(last_at=ahead)
    entry = entry_of(begun)
    assert answers[-1][2] == entry.registered_at == ahead
    assert Register.objects.get().last_at == LogHead.objects.get().last_at == ahead


def test_register_ahead_beyond_the_day_is_left_alone(begun, answers):
    Register.objects.update(last_at=timezone.now() + timedelta(days=1))
    assert entry_of(begun).local_date == dates.today() + timedelta(days=1)
    assert answers == [None]


def test_object_with_a_past_goes_on_with_its_chain(begun, answers):
    object_id = uuid.uuid4()
    (before,) = facts(1, object_id)
    entry = entry_of(begun, object_id=object_id)
    event = Event.objects.of_entry(entry).get()
    assert (event.step, event.facts["prev"]) == (2, bytes(before.leaf_hash).hex())
    assert None not in answers


def test_fact_about_another_entry_names_that_one(begun, answers):
    other = entry_of(begun)
    with transaction.atomic():
        told = [EventDraft("redirected", other.object_id, entry=other)]
        register_entries([Registration(draft(begun), role="clerk", facts=told)])
    event = Event.objects.get(code="redirected")
    assert (event.entry, event.facts["register"]) == (other, {"number": other.number_text})
    assert None not in answers


def test_registration_undone_after_the_server_wrote_it_leaves_no_gap(begun, answers):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        register_entries([Registration(draft(begun), role="clerk")])
        raise ZeroDivisionError
    assert entry_of(begun).number == 2
    assert [answer[0] for answer in answers] == [2, 2]
    assert LogHead.objects.get().size == Register.objects.get().last_number == 2


@pytest.mark.django_db(transaction=True)
def test_locks_end_before_the_disk_and_nobody_hears_before_it(organisation):
    entry_of(organisation)
    with CaptureQueriesContext(connection) as queries, transaction.atomic():
        register_entries([Registration(draft(organisation), role="clerk")])
        with connection.cursor() as cursor:
            cursor.execute("SHOW synchronous_commit")
            assert cursor.fetchone() == ("off",)
    said = [query["sql"].split("(")[0] for query in queries]
    assert said[-2:] == ["COMMIT", "SELECT pg_logical_emit_message"]
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == ("on",)
