"""Whatever is altered behind the back of the triggers, `verify_registers` names it."""

import uuid
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, models, transaction

from core.evidence import append_only as evidence_append_only
from core.evidence import checkpoints, verification
from core.evidence.models import AnnulmentRequest, Checkpoint, Event, EventBody, LogHead, Subtree
from core.evidence.operations import (
    EventDraft,
    append,
    ask_annulment,
    confirm_annulment,
    decline_annulment,
    erase_body,
    rectify,
)
from core.registers import append_only
from core.registers.enums import AnnulReason, RectifyReason
from core.registers.models import Entry, EntryBody, Register
from tests.factories.registers import entry_of, facts

pytestmark = [pytest.mark.both, pytest.mark.django_db]
GUARDS = (*append_only.GUARDS, *evidence_append_only.GUARDS)


@pytest.fixture
def book(organisation, amina, hamza, nadia):
    """A register in which everything that can happen has happened, and its log with checkpoints."""

    def accepted(entry):
        return [EventDraft("deposit.accepted", entry.object_id, {"files": []}, {"name": "فاطمة"}, role="depositor")]

    entries = [entry_of(organisation, events=accepted) for _ in range(5)]
    checkpoints.sign_all()
    ask_annulment(entries[1], by=amina, reason=AnnulReason.REGISTERED_TWICE, note="مرتين")
    confirm_annulment(entries[1], by=hamza)
    ask_annulment(entries[2], by=amina, reason=AnnulReason.WRONG_REGISTER)
    decline_annulment(entries[2], by=hamza)
    rectify(entries[3], by=amina, changes={"subject": "شيء آخر"}, reason=RectifyReason.TYPING_ERROR)
    erase_body(entries[4], by=nadia, reason="request")
    ask_annulment(entries[0], by=amina, reason=AnnulReason.WRONG_REGISTER)
    entry_of(organisation, direction="D", document_date=date(2026, 1, 5))
    append([EventDraft("opened", uuid.uuid4(), personal={"from": "192.0.2.1"})])
    checkpoints.sign_all()
    return entries


@pytest.fixture
def unguarded(book):
    """Triggers and checks of keys are gone, as for whoever owns the tables; afterwards all is as before."""
    with transaction.atomic(), connection.cursor() as cursor:
        append_only.remove(connection, apps, GUARDS)
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE registers_register DROP CONSTRAINT register_key_is_what_it_is")
            cursor.execute("ALTER TABLE registers_entry DROP CONSTRAINT entry_key_is_what_it_is")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        else:
            cursor.execute("PRAGMA ignore_check_constraints = ON")
        yield book
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = OFF")
        transaction.set_rollback(True)


def findings():
    """What is found, but for the missing triggers."""
    found = []
    verification.verify(found.append)
    return [str(finding) for finding in found if not finding.what.startswith("trigger")]


def other(field, value):
    """Some other value of that column."""
    if value is None:
        return {"date": date(2020, 1, 1), "blob": b"x", "key": 1}[_kind(field)]
    return {
        "date": lambda: date(2020, 1, 1),
        "moment": lambda: value + timedelta(hours=1),
        "blob": lambda: bytes([bytes(value)[0] ^ 1]) + bytes(value)[1:],
        "uuid": uuid.uuid4,
        "key": lambda: value + 7777,
        "number": lambda: value + 7777,
        "text": lambda: value[::-1] if len(value) > 60 else f"{value}x",
    }[_kind(field)]()


def _kind(field):
    match field:
        case models.ForeignKey():
            return "key"
        case models.DateTimeField():
            return "moment"
        case models.DateField():
            return "date"
        case models.BinaryField():
            return "blob"
        case models.UUIDField():
            return "uuid"
        case models.IntegerField():
            return "number"
    return "text"


def alter(model, pk, **values):
    """An UPDATE nobody of the application makes; constraints are checked later if at all."""
    with connection.constraint_checks_disabled():
        model.objects.filter(pk=pk).update(**values)


ALTERED = [
    (model, field.attname)
    for model in (Entry, EntryBody, Event, EventBody)
    for field in model._meta.concrete_fields
    if (model, field.attname) not in {(Entry, "state"), (Entry, "annul_reason")}
]


@pytest.mark.parametrize(("model", "column"), ALTERED, ids=[f"{model.__name__}.{column}" for model, column in ALTERED])
def test_altered_column_is_named(unguarded, model, column):
    field = model._meta.get_field(column.removesuffix("_id") if column not in {"object_id"} else column)
    row = model.objects.order_by("pk").first()
    if column == "rectifies_id":
        alter(model, row.pk, rectifies_id=unguarded[1].pk)
    else:
        alter(model, row.pk, **{column: other(field, getattr(row, column))})
    name = {Entry: "entry", EntryBody: "entry", Event: "event", EventBody: "event"}[model]
    assert any(finding.startswith((name, "words")) for finding in findings()), findings()


@pytest.mark.parametrize(
    ("state", "reason"), [("annulled", "wrong_register"), ("rectified", ""), ("reserved", ""), ("valid", "")]
)
def test_altered_state_is_named(unguarded, state, reason):
    row = Entry.objects.get(pk=unguarded[1 if state == "valid" else 0].pk)
    alter(Entry, row.pk, state=state, annul_reason=reason)
    assert any("its state is" in finding and row.number_text in finding for finding in findings())


def test_altered_reason_of_an_annulment_is_named(unguarded):
    alter(Entry, unguarded[1].pk, annul_reason="number_unused")
    assert [finding for finding in findings() if "reason of annulment" in finding]


def test_everything_that_can_happen_is_intact(book):
    assert findings() == []


def test_counts_say_what_was_read(book):
    report = verification.verify()
    assert report.is_intact
    assert report.counts["entries"] == Entry.objects.count() == 7
    assert report.counts["events"] == Event.objects.count()
    assert report.counts["event bodies"] == EventBody.objects.count()
    assert report.counts["entry bodies"] == 6
    assert report.counts["registers"] == 2
    assert report.counts["checkpoints"] == 2
    assert report.counts["requests for annulment"] == 3


def test_record_altered_with_its_hash_is_named_by_tree_and_checkpoint(unguarded):
    from core.evidence.merkle import leaf_hash

    event = Event.objects.order_by("pk")[2]
    record = bytes(event.record).replace(b"depositor", b"impostor!")
    alter(Event, event.pk, record=record, leaf_hash=leaf_hash(record))
    found = findings()
    assert any(finding.startswith("checkpoint") for finding in found)
    assert any(finding.startswith("subtree") for finding in found)
    assert any("does not follow" in finding for finding in found)


def test_deleted_rows_are_named(unguarded):
    with connection.constraint_checks_disabled(), connection.cursor() as cursor:
        last = Event.objects.order_by("-pk").first()
        cursor.execute("DELETE FROM evidence_eventbody WHERE event_id = %s", [last.pk])
        cursor.execute("DELETE FROM evidence_event WHERE id = %s", [last.pk])
        cursor.execute("DELETE FROM evidence_subtree WHERE id = (SELECT max(id) FROM evidence_subtree)")
        cursor.execute("DELETE FROM registers_entrybody WHERE entry_id = %s", [unguarded[2].pk])
    found = findings()
    assert any("head is not that" in finding for finding in found)
    assert any(finding.startswith("subtree") or "subtrees of level" in finding for finding in found)
    assert any("its words are missing" in finding for finding in found)
    assert any("is newer than the database" in finding or "events that are missing" in finding for finding in found)


def test_missing_entry_is_a_gap(unguarded):
    with connection.constraint_checks_disabled(), connection.cursor() as cursor:
        cursor.execute("UPDATE evidence_event SET entry_id = NULL WHERE entry_id = %s", [unguarded[2].pk])
        cursor.execute("DELETE FROM registers_entrybody WHERE entry_id = %s", [unguarded[2].pk])
        cursor.execute("DELETE FROM evidence_annulmentrequest WHERE entry_id = %s", [unguarded[2].pk])
        cursor.execute("DELETE FROM registers_entry WHERE id = %s", [unguarded[2].pk])
    assert any("there is a gap before it: 1 missing" in finding for finding in findings())


@pytest.mark.parametrize(
    ("model", "values", "expected"),
    [
        (Register, {"last_number": 99}, "its counter is not at its last entry"),
        (Register, {"last_at": datetime(2020, 1, 1, tzinfo=UTC)}, "its counter is not at its last entry"),
        (LogHead, {"size": 3}, "its head is not that of the"),
        (LogHead, {"last_at": datetime(2020, 1, 1, tzinfo=UTC)}, "its head is older"),
        (Subtree, {"hash": b"x" * 32}, "is not the hash of its events"),
        (Checkpoint, {"root": b"x" * 32}, "its column root differs"),
        (Checkpoint, {"note": "x"}, "is not signed by the key"),
        (AnnulmentRequest, {"reason": "number_unused"}, "differs from its events"),
    ],
)
def test_altered_row_of_another_table_is_named(unguarded, model, values, expected):
    alter(model, model.objects.order_by("pk").first().pk, **values)
    assert any(expected in finding for finding in findings()), findings()


def test_key_of_a_register_that_does_not_fit_is_named(unguarded):
    alter(Register, Register.objects.order_by("pk").first().pk, year=2020)
    assert any("its key does not fit its columns" in finding for finding in findings()), findings()


def test_erasure_without_an_event_is_named(unguarded):
    alter(EntryBody, unguarded[0].pk, subject="", sender="", recipients="", salt=None)
    body = EventBody.objects.exclude(salt=None).order_by("pk").first()
    alter(EventBody, body.pk, salt=None, body=None)
    found = findings()
    assert len([finding for finding in found if "no event says that they were erased" in finding]) == 2


def test_missing_trigger_is_named(book):
    append_only.remove(connection, apps, append_only.GUARDS[:1])
    found = []
    verification.verify(found.append)
    assert {finding.what for finding in found} >= {"trigger registers_register_no_update"}
    append_only.install(connection, apps, append_only.GUARDS[:1])
    assert findings() == []


# --- checkpoints outside the database ------------------------------------------------------------------------------


def files(settings):
    return sorted(settings.CHECKPOINT_DIR.rglob("*.note"))


def test_lost_file_of_a_checkpoint_is_named(book, settings):
    files(settings)[0].unlink()
    assert [finding.partition(": ")[2] for finding in findings()] == ["its file outside the database is missing"]


def test_altered_file_of_a_checkpoint_is_named(book, settings):
    file = files(settings)[0]
    file.write_text(file.read_text().replace("log", "lok"))
    assert ["is not the note in the database" in finding for finding in findings()] == [True]


def test_file_newer_than_the_database_is_named(book, settings):
    """As after restoring yesterday's backup."""
    facts(2)
    checkpoints.sign_all()
    append_only.remove(connection, apps, GUARDS)
    with connection.constraint_checks_disabled(), connection.cursor() as cursor:
        head = LogHead.objects.get()
        for table in ("event", "checkpoint"):
            cursor.execute(f"DELETE FROM evidence_{table} WHERE id >= %s", [Event.key(head.shard, head.size - 2)])
    found = findings()
    assert any("is newer than the database" in finding for finding in found), found


def test_file_of_another_history_is_named(book, settings):
    """A note our key signed over something else: a fork of the log."""
    shard, size = Event.objects.first().shard, 3
    note = checkpoints.signed_note(shard, size, b"\0" * 32)
    checkpoints.keep_outside(shard, size, note)
    assert ["its root is not that of the first 3 events" in finding for finding in findings()] == [True]


def test_file_of_a_year_without_log_is_named(book):
    checkpoints.keep_outside(1999, 1, checkpoints.signed_note(1999, 1, b"\0" * 32))
    assert any("is newer than the database" in finding for finding in findings())


# --- the command ---------------------------------------------------------------------------------------------------


def test_command_says_that_all_is_intact(book):
    out = StringIO()
    call_command("verify_registers", stdout=out)
    assert "All is intact." in out.getvalue()
    assert "7 entries" in out.getvalue()


def test_command_ends_with_one_and_names_what_differs(unguarded):
    alter(Entry, unguarded[0].pk, nature="other")
    out = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("verify_registers", "--without-files", stdout=out)
    assert end.value.code == 1
    assert f"entry {unguarded[0].number_text}: differs from its event: nature" in out.getvalue()


def test_check_of_another_app_is_asked(db, monkeypatch):
    monkeypatch.setattr(verification, "_checks", [])

    def check(report):
        report.counts["things"] += 1
        report.finds("thing 1", "is not what it was")

    verification.register_check(check)
    verification.register_check(check)
    report = verification.verify()
    assert (report.findings, report.counts["things"]) == (1, 1)


# --- stored files --------------------------------------------------------------------------------------------------


@pytest.fixture
def letter(organisation, settings, tmp_path):
    """A stored file that a deposit names in the log, in a store of its own: other tests damage the same bytes."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    from core.files.operations import receive
    from tests.core.files.makers import pdf

    settings.FILE_STORE = tmp_path / "files"
    upload = SimpleUploadedFile("letter.pdf", pdf())
    return receive(upload, name="letter.pdf", declared_type="application/pdf", organisation=organisation)


def test_stored_files_are_read_again(letter):
    report = verification.verify()
    assert report.is_intact
    assert (report.counts["files"], report.counts["bytes of files"]) == (1, letter.size)


def test_flipped_byte_of_a_stored_file_is_named(letter):
    from core.files import store

    path = store.current().path(letter.key)
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.chmod(0o600)
    path.write_bytes(data)
    assert [finding.partition(":")[0] for finding in findings()] == [f"file {letter.public_id}"]


def test_lost_file_is_named(letter):
    from core.files import store

    store.current().path(letter.key).unlink()
    assert ["missing or cannot be read" in finding for finding in findings()] == [True]


def test_file_named_in_the_log_but_not_stored_is_named(letter):
    body = {"files": [letter.sha256, "0" * 64]}
    append([EventDraft("deposit.accepted", uuid.uuid4(), body)])
    assert [finding for finding in findings() if "0000000000000000…" in finding]
    assert len(findings()) == 1
