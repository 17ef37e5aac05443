from datetime import timedelta

import pytest
from django.utils import timezone

from core.audit.models import AuditEntry
from core.dates import today
from core.exceptions import NotAllowed
from core.notifications import operations
from core.notifications.models import Notification
from core.notifications.operations import notify, send_mail
from core.organisations.enums import Act, Role
from core.outbox.models import Message
from core.users.enums import NoticePreference
from tests.factories.organisations import DelegationFactory, TenureFactory, post_for
from tests.factories.users import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def post(unit):
    """A post of the unit, empty so far."""
    return post_for(UserFactory(is_active=False), unit, Role.HEAD, Role.AGENT)


def told():
    return list(Notification.objects.order_by("recipient").values_list("recipient", flat=True))


def test_person_is_told(youssef, amina, said):
    notify(youssef, "tried.said", by=amina, url="/ar/x/", **said)

    notice = Notification.objects.get()
    assert (notice.recipient, notice.event, notice.by, notice.url) == (youssef, "tried.said", amina, "/ar/x/")
    assert str(notice) == f"tried.said {notice.pk}"


def test_nobody_is_told_of_their_own_act(youssef, said):
    notify(youssef, "tried.said", by=youssef, **said)
    assert told() == []


def test_unit_means_each_of_its_people_once(unit, youssef, karim):
    second = UserFactory()
    post_for(second, unit, Role.AGENT)
    post_for(youssef, unit, Role.AGENT)

    notify(unit, "tried.said")
    assert told() == sorted([youssef.pk, second.pk])


def test_role_narrows_the_unit(unit, youssef):
    post_for(UserFactory(), unit, Role.READER)

    notify(unit, "tried.said", role=Role.HEAD)
    assert told() == [youssef.pk]


def test_post_means_its_holder_and_delegate(post, youssef):
    holder, delegate = UserFactory(), UserFactory()
    TenureFactory(post=post, user=holder)
    DelegationFactory(post=post, user=delegate)

    notify(post, "tried.said")
    assert told() == sorted([holder.pk, delegate.pk])


def test_delegate_is_told_in_a_role_only_when_the_act_lends_it(post):
    directing, treating = UserFactory(), UserFactory()
    DelegationFactory(post=post, user=directing, acts=[Act.DIRECT])
    DelegationFactory(post=post, user=treating, acts=[Act.TREAT])

    notify(post, "tried.said", role=Role.HEAD)
    assert told() == [directing.pk]


def test_those_who_left_are_not_told(post):
    TenureFactory(post=post, user=UserFactory(), ends_on=today() - timedelta(1))
    TenureFactory(post=post, user=UserFactory(is_active=False))
    DelegationFactory(post=post, user=UserFactory(), revoked_at=timezone.now())

    notify(post, "tried.said")
    notify(UserFactory(is_active=False), "tried.said")
    assert told() == []


def test_key_tells_each_person_once(unit, youssef):
    notify(unit, "tried.said", key="late:1")
    later = UserFactory()
    post_for(later, unit, Role.AGENT)
    notify(unit, "tried.said", key="late:1")

    assert told() == sorted([youssef.pk, later.pk])


def test_mail_is_asked_for_only_by_those_who_want_it_at_once(unit, youssef):
    for choice in NoticePreference.values:
        post_for(UserFactory(username=choice, notices=choice), unit, Role.AGENT)
    post_for(UserFactory(notices=NoticePreference.AT_ONCE, email=""), unit, Role.AGENT)

    notify(unit, "tried.said", key="k")
    notice = Notification.objects.get(recipient__username="at_once")
    assert list(Message.objects.values_list("name", "payload", "key")) == [
        ("notifications.mail_notice", {"notice": notice.pk}, f"notice:{notice.pk}")
    ]


def test_mail_to_a_depositor_is_one_row_a_key(said):
    first = send_mail("a@example.ma", "tried.said", language="fr", key="deposit:1", data=said)
    second = send_mail("a@example.ma", "tried.said", language="fr", key="deposit:1", data=said)

    assert first.pk == second.pk
    assert (first.name, first.key) == ("notifications.mail", "mail:deposit:1")


def test_read_notice_stays_read_since_the_first_time(youssef):
    notify(youssef, "tried.said")
    notice = Notification.objects.get()
    operations.mark_read(notice, by=youssef)
    first = Notification.objects.get().read_at
    operations.mark_read(notice, by=youssef)

    assert Notification.objects.get().read_at == first is not None


def test_notice_of_another_stays_unread(youssef, karim):
    notify(youssef, "tried.said")
    operations.mark_read(Notification.objects.get(), by=karim)
    assert Notification.objects.unread().count() == 1


def test_marking_all_leaves_what_came_since(youssef, karim):
    notify(youssef, "tried.said")
    seen = Notification.objects.get().pk
    notify(youssef, "tried.said")
    notify(karim, "tried.said")

    assert operations.mark_all_read(by=youssef, up_to=seen) == 1
    assert Notification.objects.unread().count() == 2


def test_choice_of_mail_is_kept_and_recorded(youssef):
    operations.choose_mail(youssef, by=youssef, notices=NoticePreference.NONE)

    youssef.refresh_from_db()
    assert youssef.notices == NoticePreference.NONE
    assert AuditEntry.objects.get().event == "notifications.mail_chosen"


def test_choice_of_mail_for_another_is_refused(youssef, karim):
    with pytest.raises(NotAllowed):
        operations.choose_mail(youssef, by=karim, notices=NoticePreference.NONE)
