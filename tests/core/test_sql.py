from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone
from threading import Thread
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone as django_timezone

from core import sql
from core.organisations.models import Organisation, Unit
from core.outbox.models import Message
from tests.factories.organisations import UnitFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def message(place, **more):
    return Message(name="test.sql", payload={"place": place}, key=f"test-{place}", **more)


def places():
    return [
        row["place"] for row in Message.objects.filter(name="test.sql").order_by("pk").values_list("payload", flat=True)
    ]


@pytest.fixture
def messages():
    rows = [message(place) for place in range(3)]
    for row in rows:
        sql.create(row)
    return rows


def test_a_row_that_is_made_has_its_key(messages):
    kept = {row.pk: row.payload["place"] for row in Message.objects.filter(name="test.sql")}
    assert kept == {row.pk: row.payload["place"] for row in messages}
    assert not any(row._state.adding for row in messages)


def test_rows_that_are_there_already_are_left_alone_when_made_once(messages):
    assert not sql.create(message(1), once=True)
    sql.add([message(1), message(9)], once=True)

    assert places() == [0, 1, 2, 9]


def test_very_many_rows_are_made_by_several_statements():
    with CaptureQueriesContext(connection) as queries:
        sql.add([message(place) for place in range(7_000)], once=True)
    assert (len(queries), Message.objects.filter(name="test.sql").count()) == (14, 7_000)


def test_nothing_is_asked_for_no_rows():
    with CaptureQueriesContext(connection) as queries, sql.together():
        sql.add([])
    assert len(queries) == 0


def test_rows_wait_for_each_other_and_go_at_the_end_of_the_block():
    with CaptureQueriesContext(connection) as queries, sql.together():
        sql.add([message(1)])
        with sql.together():  # somebody who wants it too
            sql.add([message(2), message(3)], once=True)
            sql.add([message(2)], once=True)
        assert len(queries) == 0
        assert sql.is_together()
    assert len(queries) == (1 if sql.is_postgresql() else 3)
    assert sorted(places()) == [1, 2, 3]
    assert not sql.is_together()


def test_changes_and_removals_wait_as_well(messages):
    first, second, third = (row.pk for row in messages)
    with CaptureQueriesContext(connection) as queries, sql.together():
        sql.change(Message, [({"payload": {"place": 7}}, {"id": [first, second]})])
        sql.remove(Message, id=[third])
        sql.add([message(8)])
        assert len(queries) == 0
    assert len(queries) == (1 if sql.is_postgresql() else 3)
    assert places() == [7, 7, 8]


def test_a_row_made_in_a_block_has_its_key_at_once_and_goes_at_the_end():
    with CaptureQueriesContext(connection) as queries, sql.together(keys_of=(Message, Organisation)):
        row = message(1)
        assert sql.create(row)
        assert row.pk
        assert not row._state.adding
        assert sql.create(message(2))
    assert len(queries) == (3 if sql.is_postgresql() else 2)  # both keys, one more, both rows
    assert Message.objects.get(pk=row.pk).payload == {"place": 1}
    assert sorted(places()) == [1, 2]


def test_keys_of_several_models_are_drawn_by_one_question(organisation):
    with CaptureQueriesContext(connection) as queries, sql.together(keys_of=(Message,)):
        with sql.together(keys_of=(Unit,)):
            unit = Unit(organisation=organisation, code="NEW", name_ar="أ", name_fr="A")
            sql.create(unit)
        sql.create(message(1))
        assert len(queries) == (1 if sql.is_postgresql() else 2)
    assert len(queries) == 2  # the keys, both rows; or one row after the other
    assert Unit.objects.get(code="NEW").pk == unit.pk
    assert places() == [1]


def test_each_key_is_drawn_once_however_often_it_is_asked_for(organisation):
    with CaptureQueriesContext(connection) as queries, sql.together(keys_of=(Message, Unit)):
        with sql.together(keys_of=(Unit, Message)):
            sql.create(message(1))
        if sql.is_postgresql():
            assert queries[0]["sql"].count("nextval") == 2


def test_what_was_done_before_the_end_goes_with_a_block_that_fails():
    with transaction.atomic(), suppress(ValueError), sql.together():
        sql.add([message(1)])
        sql.settle()
        raise ValueError("stop")
    assert places() == []


@pytest.mark.parametrize("act", [lambda row: sql.create(row, once=True), lambda row: sql.settle()])
def test_what_belongs_to_a_change_is_not_done_before_it(messages, act):
    def ask():
        return sql.update_and(Message, {"last_error": "now"}, lambda: act(message(7)), id=messages[0].pk)

    if sql.is_postgresql():
        with pytest.raises(RuntimeError):
            ask()
        assert places() == [0, 1, 2]
    else:  # there the change comes first
        assert ask()


def test_what_waits_is_done_before_somebody_looks_for_it():
    with sql.together():
        row = message(1)
        sql.create(row)
        sql.add([message(2)])
        sql.settle()
        assert sorted(places()) == [1, 2]
        assert sql.update(Message, {"last_error": "now"}, id=row.pk) == 1
        sql.add([message(3)])
    assert sorted(places()) == [1, 2, 3]
    sql.settle()  # outside a block nothing waits


def test_what_belongs_to_a_change_goes_with_it(messages):
    first, second, third = messages

    def more():
        sql.create(message(7))
        sql.add([message(8), message(9)])
        sql.change(Message, [({"last_error": "too"}, {"id": second.pk})])
        sql.remove(Message, id=third.pk)

    with CaptureQueriesContext(connection) as queries:
        assert sql.update_and(Message, {"last_error": "now"}, more, id=first.pk, last_error="")
    if sql.is_postgresql():
        assert len(queries) == 2  # the key, all else
    assert sorted(places()) == [0, 1, 7, 8, 9]
    assert [Message.objects.get(pk=row.pk).last_error for row in (first, second)] == ["now", "too"]


def test_nothing_goes_with_a_change_that_is_none(messages):
    first, second, third = messages

    def more():
        sql.create(message(7))
        sql.add([message(8), message(9)])
        sql.add([message(1), message(6)], once=True)
        sql.change(Message, [({"last_error": "too"}, {"id": second.pk})])
        sql.remove(Message, id=third.pk)

    assert not sql.update_and(Message, {"last_error": "now"}, more, id=first.pk, last_error="another")

    assert places() == [0, 1, 2]
    assert not Message.objects.exclude(last_error="").filter(name="test.sql").exists()
    assert not sql.is_together()


@pytest.mark.django_db(transaction=True)
def test_a_change_that_fails_leaves_nothing_of_what_belongs_to_it(messages):
    def again():
        sql.create(message(7))
        sql.create(message(1))  # its key is there already

    with pytest.raises(IntegrityError):
        sql.update_and(Message, {"last_error": "now"}, again, id=messages[0].pk)

    assert places() == [0, 1, 2]
    assert not Message.objects.exclude(last_error="").filter(name="test.sql").exists()
    assert not sql.is_together()


@pytest.mark.django_db(transaction=True)
def test_no_row_is_made_in_a_block_that_fails():
    with transaction.atomic(), suppress(ValueError), sql.together():  # somebody who goes on in the transaction
        sql.create(message(1))
        raise ValueError("stop")
    with pytest.raises(ValueError, match="stop"), sql.together():
        sql.create(message(2))
        raise ValueError("stop")
    assert places() == []


def test_nothing_goes_from_a_block_that_fails():
    with pytest.raises(ValueError, match="stop"), sql.together():
        sql.add([message(1)])
        raise ValueError("stop")
    assert not sql.is_together()
    sql.add([message(2)])
    assert places() == [2]


def test_only_rows_with_all_values_are_changed(messages):
    first, _second, third = messages
    Message.objects.filter(pk=third.pk).update(last_error="before")

    changed = sql.update(Message, {"last_error": "now"}, id=[first.pk, third.pk], last_error="", leased_until=None)

    assert changed == 1
    assert [Message.objects.get(pk=row.pk).last_error for row in messages] == ["now", "", "before"]


def test_whether_there_is_a_row_with_these_values(messages):
    assert sql.exists(Message, name="test.sql", key="test-1", lease="")
    assert sql.exists(Message, id=[row.pk for row in messages], leased_until=None)
    assert not sql.exists(Message, name="test.sql", key="test-9")


def test_rows_are_found_by_lists_and_by_nothing_too(messages):
    keys = [row.pk for row in messages]
    assert {row.pk for row in sql.find_all(Message, id=keys[1:], leased_until=None)} == set(keys[1:])
    assert sql.find_all(Message, id=keys, done_at=django_timezone.now()) == []


def test_several_rows_are_changed_by_one_statement(messages):
    with CaptureQueriesContext(connection) as queries:
        sql.change(Message, [({"last_error": str(row.pk)}, {"id": row.pk}) for row in messages[:2]])
    assert len(queries) == (1 if sql.is_postgresql() else 2)
    assert [Message.objects.get(pk=row.pk).last_error for row in messages] == [
        *(str(row.pk) for row in messages[:2]),
        "",
    ]


def test_only_rows_with_all_values_are_deleted(messages):
    first, second, third = messages

    sql.remove(Message, id=[first.pk, second.pk], key="test-0")
    assert sorted(row.pk for row in Message.objects.filter(name="test.sql")) == [second.pk, third.pk]


def test_of_many_rows_as_many_as_asked_for_are_found_in_their_order(organisation):
    Organisation.objects.create(code="ZZ", slug="zz", kind="commune", name_ar="أ", name_fr="AAA")

    assert [row.pk for row in sql.find_all(Organisation, at_most=1, is_active=True)] == [
        Organisation.objects.first().pk
    ]
    assert len(sql.find_all(Organisation, is_active=True)) == Organisation.objects.count()


@pytest.fixture
def part(unit):
    """A unit within a unit."""
    return UnitFactory(organisation=unit.organisation, parent=unit, code="PART")


def test_foreign_keys_are_read_with_the_row(part):
    with CaptureQueriesContext(connection) as queries:
        found = sql.find(Unit, related=("parent__organisation", "territory", "organisation"), id=part.pk)
        assert (found.organisation, found.territory) == (part.organisation, part.territory)
        assert (found.parent.pk, found.parent.organisation.name_ar) == (part.parent_id, part.organisation.name_ar)
    assert len(queries) == 1
    assert vars(found.parent.organisation).keys() == vars(Organisation.objects.get()).keys()


def test_what_points_to_nothing_has_nothing_behind_it(part):
    found = sql.find(Unit, related=("parent__parent__organisation",), id=part.pk)

    assert found.parent.parent is None


def test_a_row_is_found_by_what_it_points_to(part):
    def find(code):
        return sql.find(Unit, related=("parent__organisation",), parent__organisation__code=code, code="PART")

    assert find(part.organisation.code) == part
    assert find("none") is None


def test_each_thread_has_its_own_connection():
    theirs = []
    thread = Thread(target=lambda: theirs.append(sql.database()))
    thread.start()
    thread.join()
    assert sql.database() is connections["default"] is not theirs[0]


def test_what_is_whole_leaves_nothing_in_the_transaction_of_a_caller_who_goes_on():
    @sql.whole
    def act():
        sql.create(Message(name="test.sql", payload={}, key="half"))
        raise ValueError

    with pytest.raises(transaction.TransactionManagementError), transaction.atomic():
        with pytest.raises(ValueError):
            act()
        Message.objects.exists()
    assert not Message.objects.filter(key="half").exists()


@pytest.mark.django_db(transaction=True)
def test_what_is_whole_has_a_transaction_without_a_caller_too():
    @sql.whole
    def act():
        assert connection.in_atomic_block
        sql.create(Message(name="test.sql", payload={}, key="half"))
        raise ValueError

    with pytest.raises(ValueError):
        act()
    assert not Message.objects.filter(key="half").exists()


@pytest.mark.skipif(connection.vendor == "postgresql", reason="its driver has these types")
def test_values_are_written_as_django_writes_them():
    moment = datetime(2026, 11, 29, 0, 30, tzinfo=timezone(timedelta(hours=1)))
    kinds = {"uuid": uuid4(), "moment": moment, "day": date(2026, 11, 29)}
    written = sql.fetch_one(("SELECT %s, %s, %s", list(kinds.values())))
    assert written == (kinds["uuid"].hex, "2026-11-28 23:30:00", "2026-11-29")
    ops = connection.ops
    assert written[1:] == (ops.adapt_datetimefield_value(moment), ops.adapt_datefield_value(kinds["day"]))
    assert ops.adapt_datetimefield_value(moment.astimezone(UTC)) == written[1]
