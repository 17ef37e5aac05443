from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from core.audit.models import AuditEntry
from core.dates import today
from core.exceptions import BusinessError, NotAllowed, WrongState
from core.notifications.models import Notification
from core.organisations.enums import Role
from core.outbox.models import Message
from home.circulars import operations, permissions, tasks
from home.circulars.enums import Acknowledging, Audience, Change, Predicate
from home.circulars.force import Force
from home.circulars.models import Acknowledgement, Circular, CircularVersion, Relation
from tests.factories.circulars import abrogating, add_text, publish, published, written
from tests.factories.organisations import DelegationFactory, UnitFactory, post_for
from tests.factories.users import UserFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def editor(organisation):
    user = UserFactory(username="editor")
    post_for(user, UnitFactory(organisation=organisation), Role.CIRCULAR_EDITOR, Role.CIRCULAR_PUBLISHER)
    return user


def addressed(unit, **values):
    return published(
        unit.organisation, addressees=[{"organisation": unit.organisation}], acknowledging=Acknowledging.ASKED, **values
    )


def run_outbox():
    for message in Message.objects.filter(name="circulars.deliver"):
        tasks.deliver(message.payload, message=message)


# --- publishing ----------------------------------------------------------------------------------------------------


def test_publication_freezes_a_version(organisation, editor):
    circular = published(organisation, by=editor)

    version = circular.current
    assert (version.number, version.change, version.published_by, version.day) == (1, Change.FIRST, editor, today())
    assert [block["anchor"] for block in version.content["texts"]["ar"]["blocks"]] == ["p1", "p2", "p3"]
    assert version.hash == version.meaning_hash
    assert circular.force == Force.IN_FORCE
    assert AuditEntry.objects.filter(event="circulars.published").count() == 1


def test_publishing_what_is_not_different_makes_no_version(organisation):
    circular = published(organisation)
    assert publish(circular).current == circular.current
    assert CircularVersion.objects.count() == 1


def test_correction_keeps_what_acknowledgements_are_about(organisation):
    circular = published(organisation)
    first = circular.current
    Circular.objects.filter(pk=circular.pk).update(change=Change.CORRECTION, change_note="خطأ مطبعي", office="الوزير")

    second = publish(circular).current

    assert (second.number, second.of_day, second.note) == (2, 2, "خطأ مطبعي")
    assert second.meaning_hash == first.meaning_hash != second.hash


def test_major_change_asks_again(organisation):
    circular = published(organisation)
    Circular.objects.filter(pk=circular.pk).update(change=Change.MAJOR, office="الوزير")
    second = publish(circular).current
    assert second.meaning_hash == second.hash != circular.current.hash


def test_anchors_are_never_given_twice(organisation):
    circular = published(organisation)
    text = circular.texts.get()
    kept = [block for block in text.body.raw_data if "الثانية" not in block["value"]]
    text.body = [*kept, {"type": "paragraph", "value": "<p>فقرة جديدة</p>", "id": "new"}]
    text.save()

    second = publish(circular).current

    assert [block["anchor"] for block in second.content["texts"]["ar"]["blocks"]] == ["p1", "p3", "p4"]


def test_translation_has_the_addresses_of_the_authentic_text(organisation):
    circular = written(organisation)
    add_text(circular, "fr", "Dépôt numérique obligatoire", ["Un", "Deux", "Trois"], standing="official")
    version = publish(circular).current
    assert [block["anchor"] for block in version.content["texts"]["fr"]["blocks"]] == ["p1", "p2", "p3"]
    assert version.authentic == "ar"


@pytest.mark.parametrize("change", ["translation only", "no paragraph"])
def test_circular_without_authentic_paragraphs_is_not_published(organisation, change):
    circular = written(organisation, paragraphs=() if change == "no paragraph" else ("فقرة",))
    if change == "translation only":
        circular.texts.update(standing="working")
    with pytest.raises(operations.CannotPublish):
        operations.freeze(circular, by=None)


def test_published_version_cannot_be_changed(organisation):
    version = published(organisation).current
    with pytest.raises(DatabaseError), transaction.atomic():
        CircularVersion.objects.filter(pk=version.pk).update(hash="0" * 64)
    with pytest.raises(DatabaseError), transaction.atomic():
        version.delete()


# --- withdrawal ----------------------------------------------------------------------------------------------------


def test_withdrawn_circular_says_so_and_stays(organisation, editor):
    circular = operations.withdraw(published(organisation), by=editor, reason=" صدر خطأ ")
    circular.refresh_from_db()
    assert (circular.force, circular.withdrawal_reason) == (Force.WITHDRAWN, "صدر خطأ")
    assert Circular.objects.visible_to(editor).get() == circular


def test_withdrawal_is_refused(organisation, editor, karim):
    circular = published(organisation)
    with pytest.raises(NotAllowed):
        operations.withdraw(circular, by=karim, reason="سبب")
    with pytest.raises(BusinessError):
        operations.withdraw(circular, by=editor, reason=" ")
    operations.withdraw(circular, by=editor, reason="سبب")
    with pytest.raises(WrongState):
        operations.withdraw(circular, by=editor, reason="سبب")
    with pytest.raises(WrongState):
        operations.freeze(circular, by=editor)


# --- delivered, opened, acknowledged ---------------------------------------------------------------------------------


def test_addressees_are_told_once(unit, youssef, karim):
    addressed(unit)
    run_outbox()
    run_outbox()
    assert [row.person for row in Acknowledgement.objects.all()] == [youssef]
    assert [notice.recipient for notice in Notification.objects.all()] == [youssef]


@pytest.mark.parametrize(
    ("addressee", "reached"),
    [
        ({"organisation": None}, {"amina", "youssef", "karim"}),
        ({"organisation": None, "unit_kind": "registry"}, {"amina", "karim"}),
        ({"unit_kind": "registry"}, {"amina"}),
        ({"unit_kind": "central"}, {"amina", "youssef"}),
        ({"unit_kind": "deconcentrated"}, set()),
        ({"post": "youssef"}, {"youssef"}),
    ],
)
def test_addressees_mean_posts(organisation, amina, youssef, karim, addressee, reached):
    if addressee.get("post"):
        addressee = {"post": youssef.tenures.get().post}
    circular = published(organisation, addressees=[{"organisation": organisation} | addressee])
    run_outbox()
    assert {row.person.username for row in Acknowledgement.objects.all()} == reached
    for person in (amina, youssef, karim):
        found = Circular.objects.addressed_to(person).filter(pk=circular.pk).exists()
        assert found == (person.username in reached)


def test_three_acts_are_kept_apart(unit, youssef):
    circular = addressed(unit)
    run_outbox()
    operations.open_version(circular, by=youssef)
    opened = Acknowledgement.objects.get()
    operations.open_version(circular, by=youssef)
    row = operations.acknowledge(circular, by=youssef, hash=circular.current.hash)
    again = operations.acknowledge(circular, by=youssef, hash=circular.current.hash)

    assert opened.delivered_at <= opened.opened_at <= row.acknowledged_at == again.acknowledged_at
    assert (opened.acknowledged_at, row.opened_at) == (None, opened.opened_at)


def test_opening_by_others_leaves_no_trace(unit, youssef, karim):
    operations.open_version(addressed(unit), by=karim)
    assert Acknowledgement.objects.count() == 0


def test_acknowledgement_is_refused(unit, youssef, karim):
    circular = addressed(unit)
    with pytest.raises(NotAllowed):
        operations.acknowledge(circular, by=karim, hash=circular.current.hash)
    with pytest.raises(WrongState):
        operations.acknowledge(circular, by=youssef, hash="0" * 64)
    Circular.objects.filter(pk=circular.pk).update(acknowledging=Acknowledging.NONE)
    circular.refresh_from_db()
    with pytest.raises(NotAllowed):
        operations.acknowledge(circular, by=youssef, hash=circular.current.hash)


def test_acknowledgement_stands_for_a_correction_and_not_for_a_major_change(unit, youssef):
    circular = addressed(unit)
    operations.acknowledge(circular, by=youssef, hash=circular.current.hash)
    Circular.objects.filter(pk=circular.pk).update(change=Change.CORRECTION, office="الوزير")
    circular = publish(circular)
    assert not Circular.objects.to_acknowledge(youssef).exists()

    Circular.objects.filter(pk=circular.pk).update(change=Change.MAJOR, office="وزير آخر")
    publish(circular)
    assert Circular.objects.to_acknowledge(youssef).get() == circular


def test_successor_is_asked_and_who_left_keeps_theirs(unit, youssef):
    circular = addressed(unit)
    operations.acknowledge(circular, by=youssef, hash=circular.current.hash)
    tenure = youssef.tenures.get()
    tenure.ends_on = today() - DAY
    tenure.save()
    successor = UserFactory(username="successor")
    tenure.post.tenures.create(user=successor, starts_on=today())

    assert Circular.objects.to_acknowledge(successor).get() == circular
    assert Acknowledgement.objects.get().person == youssef


def test_delegate_is_reached_at_the_post_they_act_for(organisation, unit, youssef):
    post, delegate = youssef.tenures.get().post, UserFactory(username="delegate")
    post_for(delegate, UnitFactory(organisation=organisation), Role.AGENT)
    DelegationFactory(post=post, user=delegate)
    circular = published(organisation, addressees=[{"post": post}], acknowledging=Acknowledging.ASKED)
    run_outbox()

    assert set(Acknowledgement.objects.values_list("person__username", "post")) == {
        (youssef.username, post.pk),
        ("delegate", post.pk),
    }
    Acknowledgement.objects.all().delete()
    assert operations.acknowledge(circular, by=delegate, hash=circular.current.hash).post == post


def test_who_has_left_is_not_reached(unit, youssef):
    youssef.is_active = False
    youssef.save()
    addressed(unit)
    run_outbox()
    assert not Acknowledgement.objects.exists()


# --- who may -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("audience", "readers"),
    [
        (Audience.PUBLIC, {"stranger", "karim", "youssef", "editor"}),
        (Audience.STAFF, {"karim", "youssef", "editor"}),
        (Audience.ADDRESSEES, {"youssef", "editor"}),
    ],
)
def test_audience_decides_who_sees_it(unit, youssef, karim, editor, client, audience, readers):
    from django.contrib.auth.models import AnonymousUser

    post = youssef.tenures.get().post
    circular = published(unit.organisation, audience=audience, addressees=[{"post": post}])
    people = {"stranger": AnonymousUser(), "karim": karim, "youssef": youssef, "editor": editor}
    seen = {name for name, user in people.items() if Circular.objects.visible_to(user).filter(pk=circular.pk).exists()}
    assert seen == readers


def test_draft_is_seen_by_nobody(organisation, editor):
    circular = written(organisation)
    assert not Circular.objects.visible_to(editor).exists()
    assert not permissions.can_withdraw(editor, circular)


def test_reach_is_the_issuers(organisation, editor, karim):
    circular = published(organisation)
    assert permissions.can_see_reach(editor, circular)
    assert not permissions.can_see_reach(karim, circular)


# --- force ---------------------------------------------------------------------------------------------------------


def test_abrogated_paragraph_leaves_the_act_partly_in_force_from_its_day(organisation):
    first = published(organisation)
    abrogating(first, paragraphs="p3", starts_on=today() + 5 * DAY)

    before, after = operations.force(first, on=today()), operations.force(first, on=today() + 5 * DAY)

    assert (before.status, before.until) == (Force.IN_FORCE, today() + 5 * DAY)
    assert (after.status, after.paragraphs) == (Force.PARTLY, frozenset({"p3"}))


def test_new_day_changes_the_force_by_itself(organisation, monkeypatch):
    first = published(organisation)
    abrogating(first, starts_on=today() + 5 * DAY)
    first.refresh_from_db()
    assert first.force == Force.IN_FORCE
    later = today() + 5 * DAY
    for module in (operations.in_force, tasks):
        monkeypatch.setattr(module, "today", lambda: later)

    tasks.follow_the_calendar()

    first.refresh_from_db()
    assert first.force == Force.ABROGATED


def test_very_many_due_are_computed_in_one_pass(organisation, monkeypatch):
    first = published(organisation)
    abrogating(first, starts_on=today() + 5 * DAY)
    later = today() + 5 * DAY
    for module in (operations.in_force, tasks):
        monkeypatch.setattr(module, "today", lambda: later)
    monkeypatch.setattr(operations.in_force, "AT_ONCE", 1)
    monkeypatch.setattr(tasks, "AT_ONCE", 0)

    tasks.follow_the_calendar()

    first.refresh_from_db()
    assert first.force == Force.ABROGATED
    assert operations.refresh_all() == []


def test_abrogation_counts_once_its_act_is_published(organisation):
    first = published(organisation)
    second = written(organisation, number="15/2026")
    Relation.objects.create(subject=second, predicate=Predicate.ABROGATES, circular=first, starts_on=today())
    assert operations.force(first, on=today()).status == Force.IN_FORCE
    publish(second)
    first.refresh_from_db()
    assert first.force == Force.ABROGATED


def test_contradictory_dates_are_refused(organisation):
    from django.core.exceptions import ValidationError

    circular = written(organisation)
    circular.in_force_on, circular.expires_on = date(2026, 2, 1), date(2026, 1, 1)
    with pytest.raises(ValidationError, match=r"ينتهي|cannot end"):
        circular.full_clean()
