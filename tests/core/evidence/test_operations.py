import hashlib
import uuid
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from core.audit.models import AuditEntry
from core.evidence import log, merkle
from core.evidence.enums import EventCode
from core.evidence.models import AnnulmentRequest, Event, EventBody, LogHead, Pseudonym, Subtree
from core.evidence.operations import (
    EntryDraft,
    EventDraft,
    Registration,
    append,
    ask_annulment,
    confirm_annulment,
    decline_annulment,
    erase_body,
    rectify,
    register_entries,
)
from core.evidence.permissions import (
    can_ask_annulment,
    can_confirm_annulment,
    can_decline_annulment,
    can_erase_body,
    can_rectify,
    open_request,
)
from core.evidence.signals import entry_erased
from core.exceptions import BusinessError, NotAllowed, WrongState
from core.registers import numbering
from core.registers.enums import AnnulReason, EntryState, RectifyReason
from core.registers.models import Entry, EntryBody, Register, canonical
from core.registers.numbers import parse_number
from tests.factories.registers import draft, entry_of, facts

pytestmark = [pytest.mark.both, pytest.mark.django_db]


def codes(entry):
    return [event.code for event in Event.objects.of_object(entry.object_id)]


@pytest.fixture
def entry(organisation):
    return entry_of(organisation)


# --- registering ---------------------------------------------------------------------------------------------------


def test_entry_gets_the_next_number_its_moment_and_its_event(organisation):
    before = timezone.now()
    first = entry_of(organisation, document_date=date(2026, 1, 2))
    second = entry_of(organisation)

    assert (parse_number(first.number_text).number, second.number) == (1, 2)
    assert first.state == EntryState.VALID
    assert before <= first.registered_at <= second.registered_at <= timezone.now()
    stored = Entry.objects.select_related("body", "register").get(number_text=first.number_text)
    assert stored == first
    assert stored.body.subject == "طلب معلومات"
    assert stored.body.hash() == stored.body_hash
    assert (stored.direction, stored.year) == ("A", stored.register.year)
    assert stored.register.last_number == 2
    assert stored.register.last_at == second.registered_at
    event = Event.objects.of_entry(first).get()
    assert event.code == EventCode.ENTRY_REGISTERED
    assert event.facts["register"] == {"number": first.number_text}
    assert event.facts["body"]["document_date"] == "2026-01-02"
    assert event.facts["body"]["body_hash"] == stored.body_hash
    assert event.facts["actor"] == {"role": "depositor", "id": "", "assurance": ""}


def test_directions_and_organisations_have_registers_of_their_own(organisation, other_organisation):
    numbers = [
        entry_of(place, direction=direction).number_text.rpartition("-")[0]
        for place in (organisation, other_organisation)
        for direction in "ADI"
    ]
    year = timezone.now().year
    assert numbers == [f"{code}-{letter}-{year}-000001" for code in ("MSP", "CAM") for letter in "ADI"]


def test_events_of_the_caller_follow_in_the_same_append(organisation, amina):
    object_id = uuid.uuid4()
    fact = EventDraft("deposit.accepted", object_id, {"files": []}, {"name": "فاطمة"}, amina, "clerk", "at_counter")
    entry = entry_of(organisation, object_id=object_id, by=amina, role="clerk", events=lambda entry: [fact])

    registered, accepted = Event.objects.of_object(object_id).select_related("body")
    assert [registered.entry_id, accepted.entry_id] == [entry.pk, entry.pk]
    assert accepted.facts["etsi"] == "A.1"
    assert accepted.facts["prev"] == bytes(registered.leaf_hash).hex()
    assert accepted.facts["step"] == 2
    assert accepted.body.personal == {"name": "فاطمة"}
    assert accepted.facts["commit"] == log.commitment(bytes(accepted.body.salt), bytes(accepted.body.body))
    assert "فاطمة" not in bytes(accepted.record).decode()
    pseudonym = Pseudonym.objects.get(user=amina).value
    assert accepted.facts["actor"] == {"role": "clerk", "id": pseudonym, "assurance": "at_counter"}
    assert registered.facts["actor"]["assurance"] == "signed_in"


def test_several_lines_at_once_come_back_in_the_order_asked_for(organisation, other_organisation):
    registrations = [Registration(draft(place), role="clerk") for place in (other_organisation, organisation)]
    entries = register_entries(registrations)
    assert [entry.number_text[:3] for entry in entries] == ["CAM", "MSP"]


def test_registration_that_fails_leaves_no_gap(organisation):
    with pytest.raises(ZeroDivisionError):
        entry_of(organisation, events=lambda entry: 1 / 0)
    assert not Event.objects.exists()
    assert entry_of(organisation).number == 1


def test_event_with_an_unknown_code_is_refused(organisation):
    with pytest.raises(ValueError, match="nonsense"):
        append([EventDraft("nonsense", uuid.uuid4())])


def test_second_use_of_a_person_finds_the_pseudonym_again(organisation, amina):
    append([EventDraft("closed", uuid.uuid4(), by=amina)])
    append([EventDraft("closed", uuid.uuid4(), by=amina)])
    append([EventDraft("closed", uuid.uuid4(), by=amina)])
    assert Pseudonym.objects.count() == 1


# --- the log -------------------------------------------------------------------------------------------------------


def test_log_is_the_tree_of_its_records(db):
    facts(15)
    facts(18)
    events = list(Event.objects.all())
    frontier = []
    for seq, event in enumerate(events):
        assert (event.seq, event.shard) == (seq, timezone.now().year)
        assert bytes(event.leaf_hash) == merkle.leaf_hash(bytes(event.record))
        frontier, _ = merkle.append(seq, frontier, bytes(event.leaf_hash))
    head = LogHead.objects.get()
    assert (head.size, bytes(head.frontier)) == (33, b"".join(frontier))
    assert Subtree.objects.count() == 2 + 1  # of 16 and of 32 leaves
    assert [event.facts["step"] for event in events] == [*range(1, 16), *range(1, 19)]


def test_records_and_words_are_canonical(organisation):
    words = '«"\\\n\t\x1f\x7f\u2028 ﷺ'
    fact = EventDraft(
        "opened", uuid.uuid4(), {"z": words, "a": [1, None]}, {"w": words}, None, words, words, None, words
    )
    entry = entry_of(organisation, subject=words, sender=words, events=lambda entry: [fact])
    for event in Event.objects.all():
        assert bytes(event.record) == canonical(event.facts)
    salted = bytes(entry.body.salt) + canonical(
        {"subject": words, "sender": words, "recipients": entry.body.recipients}
    )
    assert entry.body_hash == hashlib.sha256(salted).hexdigest()


def test_chain_of_an_object_goes_on_in_a_later_append(organisation):
    entry = entry_of(organisation)
    facts(2, entry.object_id)
    chain = list(Event.objects.of_object(entry.object_id))
    assert [event.step for event in chain] == [1, 2, 3]
    assert [event.facts["prev"] for event in chain[1:]] == [bytes(event.leaf_hash).hex() for event in chain[:-1]]


def test_entry_of_an_object_with_a_past_continues_its_chain(organisation):
    object_id = uuid.uuid4()
    facts(1, object_id)
    entry = entry_of(organisation, object_id=object_id)
    assert Event.objects.of_entry(entry).get().step == 2


# --- the clock -----------------------------------------------------------------------------------------------------


@pytest.fixture
def clock(monkeypatch):
    """The clock of application and database, to be set: clock.at = moment."""
    state = SimpleNamespace(at=timezone.now())
    monkeypatch.setattr(numbering.timezone, "now", lambda: state.at)
    monkeypatch.setattr(numbering, "clock_sql", lambda: f"'{state.at.isoformat()}'::timestamptz")
    return state


def test_clock_set_back_keeps_the_order_and_is_logged_once(organisation, clock):
    clock.at = start = datetime(2026, 6, 1, 12, tzinfo=UTC)
    first = entry_of(organisation)
    clock.at -= timedelta(hours=2)
    second, third = entry_of(organisation), entry_of(organisation)
    clock.at = start + timedelta(minutes=1)
    fourth = entry_of(organisation)

    moments = [entry.registered_at for entry in (first, second, third, fourth)]
    assert moments == [start, start, start, start + timedelta(minutes=1)]
    anomaly = Event.objects.get(code=EventCode.CLOCK_ANOMALY)
    assert anomaly.facts["body"] == {"clock": "2026-06-01T10:00:00.000000Z", "log": "2026-06-01T12:00:00.000000Z"}
    ats = list(Event.objects.values_list("at", flat=True))
    assert ats == sorted(ats)


def test_clock_that_slips_by_less_than_a_second_says_nothing(organisation, clock):
    entry_of(organisation)
    clock.at -= timedelta(milliseconds=300)
    entry_of(organisation)
    assert not Event.objects.filter(code=EventCode.CLOCK_ANOMALY).exists()


def test_year_turns_at_midnight_in_casablanca(organisation, clock):
    clock.at = datetime(2025, 12, 31, 22, 59, 59, 999999, tzinfo=UTC)  # then Morocco was an hour ahead of UTC
    old = entry_of(organisation)
    clock.at += timedelta(microseconds=1)
    new = entry_of(organisation)

    assert (old.year, old.local_date) == (2025, date(2025, 12, 31))
    assert (new.year, new.number, new.local_date) == (2026, 1, date(2026, 1, 1))
    assert [event.shard for event in Event.objects.all()] == [2025, 2026]
    assert set(LogHead.objects.values_list("shard", "size")) == {(2025, 1), (2026, 1)}


def test_year_turns_at_midnight_utc_since_the_zone_changed(organisation, clock):
    clock.at = datetime(2026, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
    old = entry_of(organisation)
    clock.at += timedelta(microseconds=1)
    assert (old.year, entry_of(organisation).year) == (2026, 2027)


@pytest.mark.parametrize("guess", [2026, 2028])
def test_year_guessed_wrongly_by_this_machine_takes_no_number(organisation, clock, monkeypatch, guess):
    clock.at = datetime(2027, 1, 1, 0, 0, 5, tzinfo=UTC)
    for module in (numbering, log):
        monkeypatch.setattr(module, "current_year", lambda: guess)
    first, second = entry_of(organisation), entry_of(organisation)
    assert [first.year, second.number] == [2027, 2]
    assert list(Register.objects.values_list("year", "last_number")) == [(2027, 2)]
    assert [event.shard for event in Event.objects.all()] == [2027, 2027]


def test_fact_at_the_turn_of_the_year_goes_to_the_new_log(organisation, clock):
    clock.at = datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
    facts(1)
    clock.at += timedelta(seconds=2)
    facts(1)
    assert [event.shard for event in Event.objects.all()] == [2026, 2027]


# --- annulment -----------------------------------------------------------------------------------------------------


def test_annulment_takes_two_clerks(entry, amina, hamza):
    request = ask_annulment(entry, by=amina, reason=AnnulReason.REGISTERED_TWICE, note="مرتين")
    assert open_request(entry) == request
    assert request.asked_event.body.personal == {"note": "مرتين"}
    assert Entry.objects.get().state == EntryState.VALID

    annulled = confirm_annulment(entry, by=hamza)

    stored = Entry.objects.get()
    assert (
        (stored.state, stored.annul_reason) == (annulled.state, annulled.annul_reason) == ("annulled", request.reason)
    )
    assert open_request(entry) is None
    assert AnnulmentRequest.objects.values_list("decided_by", "state").get() == (hamza.pk, "confirmed")
    assert codes(entry) == ["entry.registered", "annulment.asked", "entry.annulled"]
    events = AuditEntry.objects.filter(event__startswith="registers.").order_by("pk")
    assert [audit.event for audit in events] == ["registers.annulment_asked", "registers.entry_annulled"]


def test_clerk_who_asked_may_not_confirm(entry, amina):
    ask_annulment(entry, by=amina, reason=AnnulReason.WRONG_REGISTER)
    with pytest.raises(NotAllowed) as refusal:
        confirm_annulment(entry, by=amina)
    assert refusal.value.code == "same_clerk"
    assert Entry.objects.get().is_valid


def test_annulment_declined_leaves_the_line_and_may_be_asked_again(entry, amina, hamza):
    ask_annulment(entry, by=amina, reason=AnnulReason.WRONG_REGISTER)
    decline_annulment(entry, by=hamza)
    assert Entry.objects.get().is_valid
    assert codes(entry)[-1] == "annulment.declined"
    ask_annulment(entry, by=hamza, reason=AnnulReason.WRONG_REGISTER)
    decline_annulment(entry, by=hamza)
    assert AnnulmentRequest.objects.count() == 2


def test_annulment_asked_twice_is_refused(entry, amina, hamza):
    ask_annulment(entry, by=amina, reason=AnnulReason.WRONG_REGISTER)
    with pytest.raises(WrongState):
        ask_annulment(entry, by=hamza, reason=AnnulReason.WRONG_REGISTER)


@pytest.mark.parametrize("decide", [confirm_annulment, decline_annulment])
def test_annulment_decided_twice_is_refused(entry, amina, hamza, decide):
    ask_annulment(entry, by=amina, reason=AnnulReason.WRONG_REGISTER)
    confirm_annulment(entry, by=hamza)
    with pytest.raises(WrongState) as refusal:
        decide(entry, by=hamza)
    assert refusal.value.code == "too_late"


def test_annulled_line_is_annulled_no_second_time_nor_rectified(entry, amina, hamza):
    ask_annulment(entry, by=amina, reason=AnnulReason.WRONG_REGISTER)
    confirm_annulment(entry, by=hamza)
    with pytest.raises(WrongState):
        ask_annulment(entry, by=amina, reason=AnnulReason.WRONG_REGISTER)
    with pytest.raises(WrongState):
        rectify(entry, by=amina, changes={"subject": "x"}, reason=RectifyReason.TYPING_ERROR)


def test_strangers_to_the_registry_may_do_nothing(entry, youssef, karim, amina, hamza):
    for person in (youssef, karim):
        for act in (
            lambda by: ask_annulment(entry, by=by, reason=AnnulReason.WRONG_REGISTER),
            lambda by: confirm_annulment(entry, by=by),
            lambda by: decline_annulment(entry, by=by),
            lambda by: rectify(entry, by=by, changes={"subject": "x"}, reason=RectifyReason.TYPING_ERROR),
            lambda by: erase_body(entry, by=by, reason="request"),
        ):
            with pytest.raises(NotAllowed):
                act(person)
    assert codes(entry) == ["entry.registered"]


def test_permissions_follow_the_state(entry, amina, hamza, youssef, nadia):
    assert can_ask_annulment(amina, entry)
    assert can_rectify(amina, entry)
    assert not can_ask_annulment(youssef, entry)
    assert not can_confirm_annulment(hamza, entry)
    assert not can_decline_annulment(hamza, entry)
    assert can_erase_body(nadia, entry)
    assert not can_erase_body(amina, entry)
    ask_annulment(entry, by=amina, reason=AnnulReason.WRONG_REGISTER)
    assert not can_ask_annulment(hamza, entry)
    assert not can_confirm_annulment(amina, entry)
    assert can_confirm_annulment(hamza, entry)
    assert can_decline_annulment(amina, entry)
    assert not can_decline_annulment(youssef, entry)


# --- rectification -------------------------------------------------------------------------------------------------


def test_rectification_writes_a_new_linked_line_that_shows_the_change(entry, amina):
    new = rectify(
        entry,
        by=amina,
        changes={"subject": "طلب وثائق", "nature": "request", "document_date": date(2026, 2, 1)},
        reason=RectifyReason.TYPING_ERROR,
    )

    old = Entry.objects.get(pk=entry.pk)
    assert (old.state, old.rectified_by) == (EntryState.RECTIFIED, new)
    assert (new.number, new.rectifies_id, new.object_id) == (2, old.pk, old.object_id)
    assert (new.body.subject, new.body.sender) == ("طلب وثائق", old.body.sender)
    assert new.document_date == date(2026, 2, 1)
    registered, rectified = list(Event.objects.of_object(entry.object_id))[1:]
    assert registered.facts["body"]["rectifies"] == old.number_text
    assert rectified.entry_id == old.pk
    expected = {"by": new.number_text, "reason": "typing_error", "fields": ["document_date", "subject"]}
    assert rectified.facts["body"] == expected
    assert rectified.body.personal["changes"]["subject"] == ["طلب معلومات", "طلب وثائق"]


def test_rectification_without_a_change_is_refused(entry, amina):
    with pytest.raises(BusinessError) as refusal:
        rectify(entry, by=amina, changes={"subject": "طلب معلومات"}, reason=RectifyReason.TYPING_ERROR)
    assert refusal.value.code == "unchanged"


def test_rectification_while_annulment_is_asked_is_refused(entry, amina):
    ask_annulment(entry, by=amina, reason=AnnulReason.WRONG_REGISTER)
    with pytest.raises(WrongState):
        rectify(entry, by=amina, changes={"subject": "x"}, reason=RectifyReason.TYPING_ERROR)


# --- erasure -------------------------------------------------------------------------------------------------------


def test_erasing_empties_words_and_personal_data_and_is_itself_a_fact(entry, amina, nadia):
    ask_annulment(entry, by=amina, reason=AnnulReason.WRONG_REGISTER, note="فاطمة")
    heard = []

    def hear(sender, entry, **kwargs):
        heard.append(entry)

    entry_erased.connect(hear)
    event = erase_body(entry, by=nadia, reason="request")
    entry_erased.disconnect(hear)

    body = EntryBody.objects.get()
    assert (body.subject, body.sender, body.recipients, body.is_erased) == ("", "", "", True)
    personal = EventBody.objects.get()
    assert (personal.salt, personal.body, personal.personal) == (None, None, {})
    assert event.facts["body"]["events"] == [str(personal.event)]
    assert event.facts["body"]["entry"] == entry.number_text
    assert heard == [entry]
    with pytest.raises(WrongState):
        erase_body(entry, by=nadia, reason="request")


def test_rectification_after_erasure_is_refused(entry, amina, nadia):
    erase_body(entry, by=nadia, reason="request")
    with pytest.raises(BusinessError) as refusal:
        rectify(entry, by=amina, changes={"subject": "x"}, reason=RectifyReason.TYPING_ERROR)
    assert refusal.value.code == "erased"


# --- append-only ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "change"),
    [
        (Entry, {"registered_at": datetime(2026, 1, 1, tzinfo=UTC)}),
        (Entry, {"number_text": "X"}),
        (Entry, {"state": "reserved"}),
        (Entry, {"annul_reason": "wrong_register", "state": "valid"}),
        (EntryBody, {"subject": "x"}),
        (EntryBody, {"subject": ""}),
        (Register, {"last_number": 0}),
        (Register, {"year": 2020}),
        (Event, {"record": b"{}"}),
        (Event, {"at": datetime(2026, 1, 1, tzinfo=UTC)}),
        (EventBody, {"body": b"{}"}),
        (EventBody, {"body": None}),
        (LogHead, {"size": 0}),
        (Subtree, {"hash": b""}),
    ],
)
def test_database_refuses_to_alter(organisation, model, change):
    facts(15)
    entry_of(organisation, events=lambda entry: [EventDraft("opened", entry.object_id, personal={"a": "b"})])
    with pytest.raises(DatabaseError), transaction.atomic():
        model.objects.update(**change)


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="SQLite alone has another name for its keys")
@pytest.mark.parametrize("model", [Entry, Register, Event])
def test_database_refuses_to_alter_a_key_by_its_other_name(organisation, model):
    entry_of(organisation)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {model._meta.db_table} SET rowid = rowid + 7")


@pytest.mark.parametrize("model", [Entry, EntryBody, Register, Event, EventBody, LogHead, Subtree])
def test_database_refuses_to_delete(organisation, model):
    facts(15)
    entry_of(organisation, events=lambda entry: [EventDraft("opened", entry.object_id, personal={"a": "b"})])
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {model._meta.db_table}")


def test_draft_needs_nothing_but_what_every_letter_has(organisation):
    bare = EntryDraft(
        organisation=organisation, direction="I", subject="", sender="", recipients="", object_id=uuid.uuid4()
    )
    assert register_entries([Registration(bare, role="clerk")])[0].number == 1
