from datetime import timedelta

import pytest

from core.dates import starts_at, today
from home.circulars import operations, tasks
from home.circulars.enums import Change, OccurrenceKind
from home.circulars.force import Force
from home.circulars.models import Circular, Occurrence
from home.circulars.operations import history
from home.circulars.signals import circular_changed
from tests.factories.circulars import abrogating, publish, published
from tests.factories.organisations import UnitFactory, post_for
from tests.factories.users import UserFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def told(circular):
    """What is written of a circular, in the order of the days: kind and day, counted from today."""
    rows = Occurrence.objects.filter(circular=circular).order_by("day", "pk")
    return [(row.kind, (row.day - today()).days) for row in rows]


@pytest.fixture
def to_day(monkeypatch):
    """to_day(5): five days later the job has run."""
    begin = today()

    def move(number):
        for module in (history, operations.in_force, tasks):
            monkeypatch.setattr(module, "today", lambda: begin + number * DAY)
        tasks.follow_the_calendar()

    return move


@pytest.fixture
def changed():
    """The circulars of which the signal told."""
    keys = []

    def note(sender, circular, **kwargs):
        keys.append(circular)

    circular_changed.connect(note)
    yield keys
    circular_changed.disconnect(note)


def test_publication_and_entry_into_force_are_written(organisation, to_day):
    circular = published(organisation, in_force_on=today() + 5 * DAY)
    assert told(circular) == [("published", 0)]
    to_day(6)
    to_day(7)
    assert told(circular) == [("published", 0), ("entered", 5)]


def test_new_versions_are_written_as_what_they_are(organisation):
    circular = published(organisation)
    for change in (Change.CORRECTION, Change.MAJOR):
        Circular.objects.filter(pk=circular.pk).update(change=change, office=f"وزير {change}")
        circular = publish(circular)
    publish(circular)
    assert told(circular) == [("published", 0), ("entered", 0), ("corrected", 0), ("changed", 0)]
    assert Occurrence.objects.get(kind="changed").version == circular.current


def test_each_step_of_a_gap_is_written_on_its_own_day(organisation, to_day):
    first = published(organisation)
    second = abrogating(first, paragraphs="p3", starts_on=today() + 2 * DAY)
    abrogating(first, paragraphs="p2", starts_on=today() + 4 * DAY, number="16/2026")
    to_day(9)
    assert told(first) == [("published", 0), ("entered", 0), ("partly", 2), ("partly", 4)]
    partly = Occurrence.objects.filter(circular=first, kind="partly").order_by("day")
    assert [row.paragraphs for row in partly] == ["p3", "p2 p3"]
    assert partly[0].act == second


def test_suspension_ends_by_itself(organisation, to_day):
    first = published(organisation)
    suspending = {"predicate": "suspends", "circular": first, "ends_on": today() + 2 * DAY}
    published(organisation, number="15/2026", relations=[suspending])
    to_day(3)
    assert told(first)[2:] == [("suspended", 0), ("resumed", 3)]


def test_what_no_force_shows_is_written_on_its_day(organisation, to_day):
    first = published(organisation)
    amending = {"predicate": "amends", "circular": first, "paragraphs": "p2", "starts_on": today() + 3 * DAY}
    second = published(organisation, number="15/2026", relations=[amending])
    assert told(first) == [("published", 0), ("entered", 0)]
    to_day(4)
    to_day(5)
    assert told(first)[2:] == [("amended", 3)]
    row = Occurrence.objects.get(kind="amended")
    assert (row.act, row.paragraphs) == (second, "p2")


def test_withdrawal_is_written_once(organisation):
    circular = published(organisation)
    publisher = UserFactory()
    post_for(publisher, UnitFactory(organisation=organisation), "circular_publisher")
    operations.withdraw(circular, by=publisher, reason="خطأ في الاختصاص")
    tasks.follow_the_calendar()
    assert told(circular) == [("published", 0), ("entered", 0), ("withdrawn", 0)]


def test_entry_into_force_that_is_put_off_is_written(organisation):
    circular = published(organisation)
    Circular.objects.filter(pk=circular.pk).update(in_force_on=today() + 5 * DAY)
    publish(circular)
    assert told(circular)[2:] == [("changed", 0), ("put_off", 0)]
    assert Occurrence.objects.get(kind="put_off").force == Force.NOT_YET


def test_history_of_older_circulars_is_written_afterwards(organisation, to_day):
    first = published(organisation)
    abrogating(first, starts_on=today() + 2 * DAY)
    before = told(first)
    Occurrence.objects.all().delete()
    to_day(0)
    assert told(first) == before
    Occurrence.objects.all().delete()
    to_day(3)
    row = Occurrence.objects.get(circular=first, kind="abrogated")
    assert (row.day, row.at) == (today() + 2 * DAY, starts_at(today() + 2 * DAY))


def test_job_that_finds_nothing_new_writes_nothing(organisation):
    published(organisation, expires_on=today() + DAY)
    published(organisation, number="13/2026", in_force_on=today() + DAY)
    tasks.follow_the_calendar()
    before = Occurrence.objects.count()
    tasks.follow_the_calendar()
    assert Occurrence.objects.count() == before == 3


def test_history_of_very_many_is_what_it_is_of_few(organisation, to_day, monkeypatch):
    monkeypatch.setattr(history, "_FEW", 1)
    circulars = [published(organisation, number=f"{n}/2026", expires_on=today() + DAY) for n in (13, 14, 15)]
    to_day(2)
    assert [told(each) for each in circulars] == [[("published", 0), ("entered", 0), ("expired", 2)]] * 3


def test_signal_tells_after_the_commit_of_all_whose_pages_change(
    organisation, changed, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        first = published(organisation)
        assert changed == []
    assert set(changed) == {first.pk}
    changed.clear()
    with django_capture_on_commit_callbacks(execute=True):
        citing = {"predicate": "cites", "circular": first}
        second = published(organisation, number="15/2026", relations=[citing])
    assert set(changed) == {first.pk, second.pk}
    changed.clear()
    with django_capture_on_commit_callbacks(execute=True):
        publish(second)
    assert set(changed) == {second.pk}


def test_history_is_seen_by_whoever_may_read_the_circular(organisation, karim):
    published(organisation, audience="addressees")
    public = published(organisation, number="13/2026")
    assert {row.circular for row in Occurrence.objects.visible_to(karim)} == {public}
    assert str(Occurrence.objects.filter(circular=public).latest("pk")).endswith(str(OccurrenceKind.ENTERED.label))
