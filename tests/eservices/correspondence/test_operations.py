from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.utils import timezone

from core import dates
from core.audit.models import AuditEntry
from core.evidence.models import Event as EvidenceEvent
from core.exceptions import BusinessError, NotAllowed, WrongState
from core.notifications.models import Notification
from core.outbox.models import Message
from eservices.correspondence import operations, tasks
from eservices.correspondence.enums import NoActionReason, Treatment
from eservices.correspondence.models import Correspondence, WorkItem
from tests.factories.letters import act_type_for, deposited, overdue, party, stored_pdf

pytestmark = pytest.mark.django_db


@contextmanager
def refused(code):
    """A refusal with its sentence, and with this code."""
    with pytest.raises(BusinessError) as refusal:
        yield
    assert refusal.value.code == code
    assert str(refusal.value)


def codes(item):
    events = EvidenceEvent.objects.filter(object_id=item.correspondence.object_id).order_by("pk")
    return [event.code for event in events]


def told(item):
    return [notice.event for notice in item.sender_notices.all()]


def again(item):
    """The same item as a second person sees it."""
    return WorkItem.objects.get(pk=item.pk)


def test_register_incoming_gives_number_receipt_and_clock(organisation, registry, act_type):
    done = deposited(organisation, act_type=act_type)

    letter = done.item.correspondence
    assert letter.number.startswith("MSP-A-")
    assert done.item.state == Treatment.TO_QUALIFY
    assert done.item.registered_at == letter.entry.registered_at
    assert done.item.due_on == done.item.legal_due_on()
    assert done.receipt.entry == letter.entry
    assert len(done.tracking_code.replace("-", "")) == 13
    assert codes(done.item)[:2] == ["entry.registered", "deposit.accepted"]
    assert told(done.item) == ["registered"]


def test_clerks_are_told_of_a_letter_by_the_worker_once(organisation, registry, amina):
    done = deposited(organisation)
    asked = Message.objects.get(name="correspondence.tell_registry")
    assert asked.payload == {"item": done.item.pk, "by": None}
    assert Notification.objects.filter(recipient=amina).count() == 0

    tasks.tell_registry(asked.payload)
    tasks.tell_registry(asked.payload)

    assert Notification.objects.filter(recipient=amina, event="correspondence.registered").count() == 1


def test_register_incoming_over_the_counter_by_somebody_else_is_refused(organisation, registry, karim):
    letter = operations.Letter(organisation, party(), "طلب")

    with pytest.raises(NotAllowed):
        operations.register_incoming(letter, by=karim, role="clerk", assurance="at_counter")
    assert Correspondence.objects.count() == 0


def test_register_incoming_of_a_type_that_assigns_itself_hands_it_on(organisation, registry, unit):
    own = act_type_for(organisation, code="self", unit=unit, assigns_itself=True)

    done = deposited(organisation, act_type=own)

    assert done.item.state == Treatment.ASSIGNED
    assert done.item.owner_unit == unit
    assert told(done.item) == ["registered", "assigned"]


def test_assign_qualifies_tells_and_counts(item, unit, other_unit, youssef, amina):
    operations.assign(
        item, to_unit=unit, by=amina, instruction="reply", note="عاجل", copies=[other_unit, unit], nature="appeal"
    )

    item = again(item)
    assert (item.state, item.owner_unit) == (Treatment.ASSIGNED, unit)
    assert item.correspondence.nature == "appeal"
    assert [copy.unit for copy in item.copies.all()] == [other_unit]
    assert Notification.objects.filter(recipient=youssef, event="correspondence.assigned").count() == 1
    assert AuditEntry.objects.filter(event="correspondence.assigned").count() == 1


def test_assign_with_a_nearer_day_and_a_coordinator(item, unit, other_unit, amina):
    near = dates.today() + timedelta(days=5)

    operations.assign(item, to_unit=unit, by=amina, due_on=near, coordinator=other_unit, confidentiality=1)

    item = again(item)
    assert item.due_on == near
    assert item.coordinator == other_unit
    assert item.confidentiality == item.correspondence.confidentiality == 1
    assert sorted(row.role for row in item.assignments.all()) == ["coordinator", "owner"]


def test_second_of_two_clerks_is_told_by_whom(item, unit, amina, hamza):
    same = again(item)
    operations.assign(item, to_unit=unit, by=amina)

    with pytest.raises(WrongState) as refusal:
        operations.assign(same, to_unit=unit, by=hamza)
    assert refusal.value.code == "assigned_before"
    assert "أمينة بناني" in str(refusal.value)
    assert item.assignments.count() == 1


@pytest.mark.parametrize("person", ["youssef", "karim", "nadia"])
def test_assign_by_somebody_without_the_registry_is_refused(item, unit, person, request):
    with pytest.raises(NotAllowed):
        operations.assign(item, to_unit=unit, by=request.getfixturevalue(person))
    assert again(item).state == Treatment.TO_QUALIFY


def test_take_tells_the_sender_who_treats_it(assigned, said):
    operations.take(assigned, by=said)

    assert assigned.taken_by == said
    assert codes(assigned)[-1] == "taken_in_charge"
    assert told(assigned)[-1] == "taken"


def test_take_of_a_letter_taken_before_is_refused(assigned, said, youssef):
    same = again(assigned)
    operations.take(assigned, by=said)

    with pytest.raises(WrongState):
        operations.take(same, by=youssef)


def test_reassign_goes_to_the_other_unit(in_progress, other_unit, youssef):
    operations.reassign(in_progress, to_unit=other_unit, by=youssef, instruction="opinion")

    assert again(in_progress).owner_unit == other_unit
    assert again(in_progress).taken_by is None
    assert in_progress.state == Treatment.ASSIGNED


def test_reassign_to_the_same_unit_is_refused(in_progress, unit, youssef):
    with refused("same_unit"):
        operations.reassign(in_progress, to_unit=unit, by=youssef, instruction="opinion")


def test_send_back_twice_tells_the_head_of_the_registry(assigned, unit, amina, youssef, registry):
    from core.organisations.enums import Role
    from tests.factories.organisations import post_for
    from tests.factories.users import UserFactory

    chief = UserFactory(username="chief")
    post_for(chief, registry, Role.HEAD)
    operations.send_back(assigned, by=youssef, reason="wrong_unit", note="ليس من اختصاصنا")
    assert Notification.objects.filter(recipient=chief).count() == 0
    operations.assign(assigned, to_unit=unit, by=amina)

    operations.send_back(assigned, by=youssef, reason="wrong_unit")

    assert again(assigned).state == Treatment.TO_QUALIFY
    assert Notification.objects.filter(recipient=chief, event="correspondence.sent_back_again").count() == 1
    assert Notification.objects.filter(recipient=amina, event="correspondence.sent_back").count() == 2


def test_request_pieces_stops_the_clock_and_sends_a_numbered_letter(in_progress, said):
    request = operations.request_pieces(in_progress, by=said, text="نسخة من التصميم")

    assert in_progress.state == Treatment.ON_HOLD
    assert request.due_on == dates.today() + timedelta(days=15)
    assert request.letter.number.startswith("MSP-D-")
    assert told(in_progress)[-1] == "pieces_requested"


def test_request_pieces_a_second_time_is_refused(on_hold, youssef):
    operations.receive_pieces(on_hold, files=[])

    with pytest.raises(WrongState) as refusal:
        operations.request_pieces(on_hold, by=youssef, text="وثيقة أخرى")
    assert refusal.value.code == "condition_unmet"


def test_receive_pieces_moves_the_due_date_by_the_days_it_stood(on_hold, organisation):
    before = on_hold.due_on
    request = on_hold.pieces_request
    request.asked_on -= timedelta(days=7)
    request.save()

    operations.receive_pieces(on_hold, files=[(stored_pdf(organisation), "")], message="تفضلوا")

    assert again(on_hold).state == Treatment.IN_PROGRESS
    assert again(on_hold).due_on >= before + timedelta(days=7)
    assert again(on_hold).due_on == again(on_hold).legal_due_on()
    assert on_hold.correspondence.attachments.filter(kind="piece").count() == 1
    assert codes(on_hold)[-1] == "pieces.received"


def test_receive_pieces_twice_is_refused(on_hold):
    same = again(on_hold)
    operations.receive_pieces(on_hold, files=[])

    with pytest.raises(WrongState):
        operations.receive_pieces(same, files=[])


def test_expire_hold_closes_and_tells(on_hold):
    operations.expire_hold(on_hold)

    assert again(on_hold).closing_reason == NoActionReason.PIECES_NOT_SUPPLIED
    assert told(on_hold)[-1] == "hold_expired"


def test_extend_once(in_progress, youssef):
    before = in_progress.due_on

    operations.extend(in_progress, by=youssef, ground="opinion")

    assert again(in_progress).due_on >= before + timedelta(days=29)
    with pytest.raises(WrongState):
        operations.extend(in_progress, by=youssef, ground="opinion")


def test_extend_of_a_type_without_extension_is_refused(organisation, registry, unit, amina, youssef):
    plain = act_type_for(organisation, code="plain", extension_days=0)
    item = deposited(organisation, act_type=plain).item
    operations.assign(item, to_unit=unit, by=amina)
    operations.take(item, by=youssef)

    with pytest.raises(WrongState):
        operations.extend(item, by=youssef, ground="opinion")


def test_extend_without_a_time_limit_is_refused(organisation, registry, unit, amina, youssef):
    item = deposited(organisation).item
    operations.assign(item, to_unit=unit, by=amina)
    operations.take(item, by=youssef)

    with pytest.raises(WrongState):
        operations.extend(item, by=youssef, ground="opinion")


def test_redirect_gives_a_number_of_the_other_body(item, amina, other_organisation, other_registry, karim):
    arrived = operations.redirect(item, to_organisation=other_organisation, by=amina)

    assert again(item).closing_reason == NoActionReason.REDIRECTED
    assert arrived.correspondence.number.startswith("CAM-A-")
    assert arrived.correspondence.redirected_from == item.correspondence
    assert told(item)[-1] == "redirected"
    assert Notification.objects.filter(recipient=karim, event="correspondence.registered").count() == 1


def test_redirect_to_the_same_body_is_refused(item, amina, organisation):
    with refused("same_body"):
        operations.redirect(item, to_organisation=organisation, by=amina)
    assert again(item).state == Treatment.TO_QUALIFY


def test_no_action_of_spam_is_told_and_logged(item, amina):
    operations.no_action(item, by=amina, reason=NoActionReason.SPAM)

    assert again(item).state == Treatment.CLOSED
    assert codes(item)[-1] == "deposit.refused"
    assert told(item)[-1] == "no_action"


def test_no_action_with_a_reason_that_does_not_fit_is_refused(item, amina):
    with refused("reason"):
        operations.no_action(item, by=amina, reason=NoActionReason.NOTHING_ASKED)
    assert again(item).state == Treatment.TO_QUALIFY


def test_no_action_by_the_head_of_a_letter_in_progress(in_progress, youssef):
    operations.no_action(in_progress, by=youssef, reason=NoActionReason.NOTHING_ASKED)

    assert codes(in_progress)[-1] == "closed"


def test_mark_duplicate_names_the_first(organisation, registry, in_progress, youssef):
    first = deposited(organisation).item

    operations.mark_duplicate(in_progress, first=first, by=youssef)

    assert again(in_progress).duplicate_of == first
    assert told(in_progress)[-1] == "duplicate"


def test_mark_duplicate_of_itself_is_refused(in_progress, youssef):
    with refused("first"):
        operations.mark_duplicate(in_progress, first=in_progress, by=youssef)


def test_dispatch_answer_numbers_it_and_closes_the_letter(in_progress, organisation, youssef):
    pdf = stored_pdf(organisation, "answer")

    answer = operations.dispatch_answer(
        in_progress, pdf=pdf, subject="جواب", signed_by="يوسف الإدريسي، مدير", by=youssef
    )

    assert answer.number.startswith("MSP-D-")
    assert again(in_progress).closing_reason == NoActionReason.ANSWERED
    assert answer.deliveries.get().state == "delivered"
    assert told(in_progress)[-1] == "answered"
    logged = EvidenceEvent.objects.filter(object_id=answer.object_id).order_by("pk")
    assert [event.code for event in logged] == ["entry.registered", "consigned"]


def test_dispatch_answer_by_an_agent_is_refused(in_progress, organisation, said):
    with pytest.raises(NotAllowed):
        operations.dispatch_answer(in_progress, pdf=stored_pdf(organisation), subject="جواب", signed_by="سعيد", by=said)
    assert Correspondence.objects.filter(reply_to=in_progress.correspondence).count() == 0


def test_dispatch_answer_to_a_letter_not_taken_is_refused(assigned, organisation, youssef):
    with pytest.raises(WrongState):
        operations.dispatch_answer(assigned, pdf=stored_pdf(organisation), subject="جواب", signed_by="يوسف", by=youssef)


def test_dispatch_answer_twice_is_refused(in_progress, organisation, youssef):
    same = again(in_progress)
    pdf = stored_pdf(organisation)
    operations.dispatch_answer(in_progress, pdf=pdf, subject="جواب", signed_by="يوسف", by=youssef)

    with pytest.raises(WrongState):
        operations.dispatch_answer(same, pdf=pdf, subject="جواب", signed_by="يوسف", by=youssef)
    assert Correspondence.objects.filter(reply_to=in_progress.correspondence).count() == 1


def test_dispatch_answer_with_another_kind_of_file_is_refused(in_progress, organisation, youssef):
    picture = stored_pdf(organisation)
    picture.kind = "png"

    with refused("not_pdf"):
        operations.dispatch_answer(in_progress, pdf=picture, subject="جواب", signed_by="يوسف", by=youssef)


def test_open_delivery_is_evidence_once(in_progress, organisation, youssef):
    answer = operations.dispatch_answer(
        in_progress, pdf=stored_pdf(organisation), subject="جواب", signed_by="يوسف", by=youssef
    )
    delivery = answer.deliveries.get()

    operations.open_delivery(delivery)
    operations.open_delivery(delivery)

    logged = EvidenceEvent.objects.filter(object_id=answer.object_id, code="opened")
    assert logged.count() == 1


@pytest.mark.parametrize(
    ("effect", "event"),
    [("accepted", "silence_accepted"), ("refused", "silence_refused"), ("none", "deadline_reached")],
)
def test_reach_deadline_says_what_silence_means(organisation, registry, effect, event):
    item = overdue(
        deposited(organisation, act_type=act_type_for(organisation, code=effect, silence_effect=effect)).item
    )

    operations.reach_deadline(item)

    assert told(item)[-1] == event
    with pytest.raises(WrongState):
        operations.reach_deadline(again(item))


def test_reach_deadline_before_the_legal_day_is_refused_whatever_nearer_day_was_asked(item, unit, amina):
    operations.assign(item, to_unit=unit, by=amina, due_on=dates.today())
    item.started_on -= timedelta(days=3)
    item.due_on = item.asked_due_on = dates.today() - timedelta(days=1)
    item.save()
    tasks.reach_deadlines()

    assert again(item).deadline_reached_at is None
    with refused("condition_unmet"):
        operations.reach_deadline(item)


def test_reopen_of_a_letter_the_unit_closed(in_progress, youssef):
    operations.no_action(in_progress, by=youssef, reason=NoActionReason.NOTHING_ASKED)

    operations.reopen(in_progress, by=youssef, note="وثيقة جديدة")

    item = again(in_progress)
    assert (item.state, item.closing_reason, item.closed_at) == (Treatment.IN_PROGRESS, "", None)


def test_reopen_of_a_redirected_letter_is_refused(assigned, amina, youssef, other_organisation, other_registry):
    operations.redirect(assigned, to_organisation=other_organisation, by=amina)

    with pytest.raises(WrongState):
        operations.reopen(assigned, by=youssef, note="خطأ")


def test_read_copy_counts_the_first_reader(item, unit, other_unit, amina, karim, youssef):
    operations.assign(item, to_unit=unit, by=amina, copies=[other_unit])
    copy = item.copies.get()

    operations.read_copy(copy, by=youssef)
    operations.read_copy(copy, by=karim)

    copy.refresh_from_db()
    assert copy.read_by == youssef


def test_ask_withdrawal_once(item, amina):
    operations.ask_withdrawal(item, message="لم أعد بحاجة إليه")

    assert again(item).withdrawal_asked_at <= timezone.now()
    assert Notification.objects.filter(recipient=amina, event="correspondence.withdrawal_asked").count() == 1
    with refused("too_late"):
        operations.ask_withdrawal(item, message="")


def test_finish_call_once_by_who_may(organisation, registry, amina, hamza, karim):
    item = deposited(organisation, sender=party(email="")).item
    operations.no_action(item, by=amina, reason=NoActionReason.SPAM)
    task = item.call_tasks.get()

    with pytest.raises(NotAllowed):
        operations.finish_call(task, by=karim)
    operations.finish_call(task, by=amina)
    with refused("too_late"):
        operations.finish_call(task, by=hamza)


def test_use_link_works_once(item):
    from eservices.correspondence.models import TrackingLink

    link = TrackingLink.objects.get(item=item)

    assert operations.use_link(link) is True
    assert operations.use_link(link) is False
