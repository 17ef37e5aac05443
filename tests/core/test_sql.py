import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import sql
from core.organisations.models import Organisation
from core.outbox.models import Message

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def messages():
    rows = [Message(name="test.sql", payload={"place": place}, key=f"test-{place}") for place in range(3)]
    sql.create_all(rows)
    return rows


def test_rows_made_together_have_the_keys_of_their_rows(messages):
    kept = {row.pk: row.payload["place"] for row in Message.objects.filter(name="test.sql")}
    assert kept == {row.pk: row.payload["place"] for row in messages}
    assert not any(row._state.adding for row in messages)


def test_rows_that_are_there_already_are_left_alone_when_made_once(messages):
    again = [Message(name="test.sql", payload={}, key="test-1"), Message(name="test.sql", payload={}, key="test-9")]

    sql.create_all(again, once=True)

    assert [row.pk for row in again] == [None, None]
    kept = Message.objects.filter(name="test.sql").order_by("key").values_list("key", "payload")
    assert list(kept)[1:] == [("test-1", {"place": 1}), ("test-2", {"place": 2}), ("test-9", {})]


def test_very_many_rows_are_made_by_several_statements():
    rows = [Message(name="test.sql", payload={}, key=f"many-{place}") for place in range(7_000)]
    with CaptureQueriesContext(connection) as queries:
        sql.create_all(rows, once=True)
    assert (len(queries), Message.objects.filter(name="test.sql").count()) == (14, 7_000)


def test_nothing_is_asked_for_no_rows():
    with CaptureQueriesContext(connection) as queries:
        sql.create_all([])
    assert len(queries) == 0


def test_only_rows_with_all_values_are_changed(messages):
    first, _second, third = messages
    Message.objects.filter(pk=third.pk).update(last_error="before")

    changed = sql.update(Message, {"last_error": "now"}, id=[first.pk, third.pk], last_error="", leased_until=None)

    assert changed == 1
    assert [Message.objects.get(pk=row.pk).last_error for row in messages] == ["now", "", "before"]


def test_only_rows_with_all_values_are_deleted(messages):
    first, second, third = messages

    assert sql.delete(Message, id=[first.pk, second.pk], key="test-0") == 1
    assert sorted(row.pk for row in Message.objects.filter(name="test.sql")) == [second.pk, third.pk]


def test_of_many_rows_as_many_as_asked_for_are_found_in_their_order(organisation):
    Organisation.objects.create(code="ZZ", slug="zz", kind="commune", name_ar="أ", name_fr="AAA")

    assert [row.pk for row in sql.find_all(Organisation, at_most=1, is_active=True)] == [
        Organisation.objects.first().pk
    ]
    assert len(sql.find_all(Organisation, is_active=True)) == Organisation.objects.count()
