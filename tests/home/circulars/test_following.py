from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.urls import reverse

from core.dates import CASABLANCA, today
from core.exceptions import NotAllowed
from core.notifications import tasks as notices
from core.notifications.models import Notification
from core.organisations.permissions import forget
from core.outbox.models import Message
from core.outbox.operations import run_pending
from core.users.enums import NoticePreference
from home.circulars import operations, tasks
from home.circulars.enums import Audience, Change
from home.circulars.models import Circular, Follow, Theme
from tests.factories.circulars import abrogating, publish, published
from tests.factories.users import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def theme():
    return Theme.objects.create(slug="digital", name_ar="الرقمنة", name_fr="Numérique")


def news(person):
    """What a person has been told by following, the oldest first."""
    return [
        (row.data["what"], row.data["number"])
        for row in Notification.objects.filter(recipient=person, event="circulars.happened").order_by("pk")
    ]


def lose_post(person):
    person.tenures.update(ends_on=today() - timedelta(days=1))
    forget(person)


# --- following -----------------------------------------------------------------------------------------------------


def test_following_twice_is_following_once(organisation, youssef, theme):
    for _time in range(2):
        operations.follow(by=youssef, theme=theme)
        operations.follow(by=youssef, authority=organisation)
    assert sorted(follow.what for follow in Follow.objects.visible_to(youssef)) == ["authority", "theme"]


def test_following_is_refused(organisation, unit, youssef, karim):
    hidden = published(organisation, audience=Audience.ADDRESSEES, addressees=[{"post": youssef.tenures.get().post}])
    for person, target in [
        (UserFactory(), {"authority": organisation}),
        (karim, {"circular": hidden}),
        (karim, {"unit": unit}),
    ]:
        with pytest.raises(NotAllowed):
            operations.follow(by=person, **target)
    own = operations.follow(by=youssef, circular=hidden)
    with pytest.raises(NotAllowed):
        operations.unfollow(own, by=karim)
    with pytest.raises(NotAllowed):
        operations.set_pace(own, by=karim, pace=NoticePreference.NONE)
    assert Follow.objects.get().pace == ""


def test_follow_is_of_one_thing(organisation, youssef, theme):
    with pytest.raises(IntegrityError), transaction.atomic():
        Follow.objects.create(person=youssef, theme=theme, authority=organisation)
    with pytest.raises(IntegrityError), transaction.atomic():
        Follow.objects.create(person=youssef)


# --- who is told ---------------------------------------------------------------------------------------------------


def test_each_way_of_following_brings_the_news(organisation, unit, youssef, said, amina, karim, salma, theme):
    operations.follow(by=karim, authority=organisation)
    operations.follow(by=amina, theme=theme)
    circular = published(organisation)
    circular.themes.set([theme])
    circular.save()
    operations.follow(by=youssef, circular=circular)
    run_pending()
    assert (news(karim), news(amina), news(youssef), news(said)) == (
        [("Published", "12/2026")], [("Published", "12/2026")], [("Published", "12/2026")], [],
    )  # fmt: skip


def test_nobody_is_told_twice_of_one_thing(organisation, karim, theme):
    circular = published(organisation)
    circular.themes.set([theme])
    circular.save()
    for target in ({"authority": organisation}, {"theme": theme}, {"circular": circular}):
        operations.follow(by=karim, **target)
    for row in circular.history.all():
        operations.tell_followers(row)
        operations.tell_followers(row)
    assert news(karim) == [("Published", "12/2026")]


def test_addressees_and_whoever_published_are_not_told_again(organisation, unit, youssef, said):
    for person in (youssef, said):
        operations.follow(by=person, authority=organisation)
    published(organisation, by=said, addressees=[{"post": youssef.tenures.get().post}])
    run_pending()
    assert list(Notification.objects.values_list("recipient", "event")) == [(youssef.pk, "circulars.published")]


def test_change_of_force_is_told_also_to_addressees(organisation, unit, youssef):
    operations.follow(by=youssef, unit=unit)
    first = published(organisation, addressees=[{"organisation": organisation}])
    abrogating(first)
    run_pending()
    assert news(youssef) == [("Abrogated", "12/2026")]
    assert Notification.objects.get(event="circulars.happened").data["act"] == "15/2026"


@pytest.mark.parametrize(
    ("addressee", "is_told"),
    [
        ({}, True),
        ({"unit_kind": "central"}, True),
        ({"unit_kind": "registry"}, False),
        ({"unit_kind": "deconcentrated"}, False),
        ({"post": "youssef"}, True),
        ({"organisation": "other"}, False),
    ],
)
def test_unit_is_followed_as_circulars_are_addressed(
    organisation, other_organisation, unit, youssef, said, addressee, is_told
):
    addressee = addressee | ({"post": youssef.tenures.get().post} if "post" in addressee else {})
    addressee = addressee | ({"organisation": other_organisation} if "organisation" in addressee else {})
    circular = published(organisation, addressees=[addressee])
    operations.follow(by=said, unit=unit)
    abrogating(circular)
    run_pending()
    assert (news(said) != []) == is_told


def test_who_left_hears_nothing(organisation, unit, youssef, said):
    hidden = published(organisation, audience=Audience.ADDRESSEES, addressees=[{"organisation": organisation}])
    for target in ({"circular": hidden}, {"unit": unit}):
        operations.follow(by=youssef, **target)
    run_pending()
    lose_post(youssef)
    Circular.objects.filter(pk=hidden.pk).update(change=Change.MAJOR, office="وزير آخر")
    publish(hidden)
    run_pending()
    assert news(youssef) == []


def test_act_one_may_not_read_is_not_named(organisation, karim):
    operations.follow(by=karim, authority=organisation)
    abrogating(published(organisation), audience=Audience.ADDRESSEES)
    run_pending()
    assert news(karim) == [("Published", "12/2026"), ("Abrogated", "12/2026")]
    assert Notification.objects.filter(event="circulars.happened").latest("pk").data["act"] == ""


def test_what_lies_far_back_is_no_news(organisation, karim, monkeypatch):
    operations.follow(by=karim, authority=organisation)
    monkeypatch.setattr("home.circulars.operations.history.NEWS", timedelta(days=0))
    published(organisation)
    assert not Message.objects.filter(name="circulars.tell_followers").exists()


# --- how it comes --------------------------------------------------------------------------------------------------


def test_news_come_as_fast_as_one_of_the_follows_asks(organisation, karim, theme):
    circular = published(organisation)
    circular.themes.set([theme])
    circular.save()
    Message.objects.all().delete()
    for pace, target in (("weekly", {"theme": theme}), ("at_once", {"authority": organisation})):
        operations.set_pace(operations.follow(by=karim, **target), by=karim, pace=pace)
    karim.email, karim.language = "karim@example.ma", "fr"
    karim.save()
    operations.tell_followers(circular.history.get(kind="published"))
    run_pending()
    assert Notification.objects.get(recipient=karim).pace == "at_once"
    [letter] = mail.outbox
    assert "12/2026" in letter.subject
    assert "/fr/circulars/following/" in letter.body


def test_mail_that_waited_is_not_sent_to_who_may_no_longer_read(organisation, unit, youssef, client_of):
    hidden = published(organisation, audience=Audience.ADDRESSEES, addressees=[{"organisation": organisation}])
    Message.objects.all().delete()
    operations.set_pace(operations.follow(by=youssef, circular=hidden), by=youssef, pace="at_once")
    abrogating(hidden, audience=Audience.ADDRESSEES)
    for message in Message.objects.filter(name="circulars.tell_followers"):
        tasks.tell_followers(message.payload, message=message)
    assert news(youssef) == [("Abrogated", "12/2026")]
    lose_post(youssef)
    run_pending()
    assert mail.outbox == []
    title = hidden.current.title
    assert title not in client_of(youssef).get(reverse("notifications:list")).text


def test_weekly_news_wait_for_monday(organisation, karim, monkeypatch):
    operations.set_pace(operations.follow(by=karim, authority=organisation), by=karim, pace="weekly")
    published(organisation)
    run_pending()
    friday, sunday, monday = (datetime(2026, 11, day, 8, tzinfo=CASABLANCA) for day in (20, 22, 23))
    Notification.objects.update(created_at=friday)
    monkeypatch.setattr(notices.timezone, "now", lambda: sunday)
    assert not notices.is_digest_due()
    monkeypatch.setattr(notices.timezone, "now", lambda: monday)
    assert notices.is_digest_due()


# --- pages ---------------------------------------------------------------------------------------------------------


def test_button_follows_and_stops_without_a_script(organisation, karim, client_of, theme):
    circular = published(organisation)
    page, client = f"{circular.get_absolute_url()}/ara", client_of(karim)
    assert client.get(page).text.count(reverse("circulars:follow")) == 2
    answer = client.post(reverse("circulars:follow"), {"what": "circular", "which": circular.pk, "next": page})
    assert (answer.status_code, answer.url) == (303, page)
    follow = Follow.objects.get()
    assert f'name="follow" value="{follow.pk}"' in client.get(page).text
    answer = client.post(reverse("circulars:unfollow"), {"follow": follow.pk, "next": "https://example.com/"})
    assert (answer.status_code, answer.url) == (303, reverse("circulars:following"))
    assert not Follow.objects.exists()


def test_stranger_finds_no_button(client, organisation):
    circular = published(organisation)
    assert "circulars/following" not in client.get(f"{circular.get_absolute_url()}/ara").text


def test_page_shows_what_one_follows_and_how_news_come(organisation, unit, youssef, karim, client_of, theme):
    circular = published(organisation)
    own = operations.follow(by=youssef, circular=circular)
    operations.follow(by=youssef, theme=theme)
    client, address = client_of(youssef), reverse("circulars:following")
    page = client.get(address)
    assert [row["label"] for row in page.context["rows"]] == [circular.current.title, page.context["rows"][1]["label"]]
    assert theme.name_ar in page.context["rows"][1]["label"]
    assert [button["which"] for button in page.context["offers"]] == [unit.pk]
    client.post(reverse("circulars:pace"), {"follow": own.pk, "pace": "weekly"})
    client.post(reverse("circulars:pace"), {"follow": own.pk, "pace": "hourly"})
    assert Follow.objects.get(pk=own.pk).pace == "weekly"
    assert client_of(karim).get(address).context["rows"] == []
    assert client_of(karim).post(reverse("circulars:pace"), {"follow": own.pk, "pace": "none"}).status_code == 404
    assert client_of(karim).post(reverse("circulars:unfollow"), {"follow": own.pk}).status_code == 404


def test_circular_that_is_no_longer_open_is_not_named(organisation, youssef, client_of):
    circular = published(organisation)
    operations.follow(by=youssef, circular=circular)
    Circular.objects.update(audience=Audience.ADDRESSEES)
    [row] = client_of(youssef).get(reverse("circulars:following")).context["rows"]
    assert row["circular"] is None
    assert circular.current.title not in row["label"]


@pytest.mark.parametrize("body", [{"what": "circular", "which": "0"}, {"what": "post", "which": "1"}, {}])
def test_nothing_that_is_there_is_not_followed(youssef, client_of, body):
    assert client_of(youssef).post(reverse("circulars:follow"), body).status_code == 404


def test_hidden_circular_and_unit_of_others_answer_404(organisation, unit, karim, client_of):
    hidden = published(organisation, audience=Audience.ADDRESSEES)
    for what, which in (("circular", hidden.pk), ("unit", unit.pk)):
        assert client_of(karim).post(reverse("circulars:follow"), {"what": what, "which": which}).status_code == 404


def test_page_takes_as_many_queries_for_three_as_for_one(
    organisation, youssef, client_of, theme, django_assert_num_queries, django_assert_max_num_queries
):
    client, address = client_of(youssef), reverse("circulars:following")
    operations.follow(by=youssef, circular=published(organisation))
    with django_assert_max_num_queries(15) as one:
        client.get(address)
    other = published(organisation, number="13/2026")
    for target in ({"theme": theme}, {"authority": organisation}, {"circular": other}):
        operations.follow(by=youssef, **target)
    with django_assert_num_queries(len(one.captured_queries)):
        client.get(address)
