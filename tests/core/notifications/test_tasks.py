from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.template import TemplateDoesNotExist

from core import failpoints
from core.dates import CASABLANCA
from core.notifications import tasks, wording
from core.notifications.models import Notification
from core.notifications.operations import notify, send_mail
from core.outbox.enums import MessageState
from core.outbox.models import Message
from core.outbox.operations import run_pending
from core.text import ltr
from core.users.enums import NoticePreference
from tests.factories.users import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def reader():
    """Reads Arabic, wants each notice at once."""
    return UserFactory(notices=NoticePreference.AT_ONCE, language="ar")


@pytest.fixture
def sparing():
    """Reads French, wants one mail a day."""
    return UserFactory(notices=NoticePreference.DIGEST, language="fr")


def at(hour, day=22):
    return datetime(2026, 11, day, hour, 0, tzinfo=CASABLANCA)


def test_depositor_gets_plain_text_in_their_language(said):
    send_mail("a@example.ma", "tried.said", language="fr", key="deposit:1", data={**said, "url": "/ar/track/"})
    run_pending()

    [letter] = mail.outbox
    assert letter.to == ["a@example.ma"]
    assert ltr("MSP-A-2026-000007-X") in letter.subject
    assert letter.subject.endswith("<a & b>")
    assert "https://diwan.example.ma/fr/track/" in letter.body
    assert "5 décembre 2026" in letter.body or "5 December 2026" in letter.body
    assert letter.content_subtype == "plain"


def test_mail_says_that_a_machine_wrote_it(said):
    message = send_mail("a@example.ma", "tried.said", language="ar", key="deposit:1", data=said)
    run_pending()

    headers = mail.outbox[0].extra_headers
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["Content-Language"] == "ar"
    assert headers["Message-ID"].endswith("@diwan.example.ma>")
    assert message.key not in headers["Message-ID"]


def test_mail_sent_twice_by_a_failure_is_the_same_mail(said):
    message = send_mail("a@example.ma", "tried.said", language="ar", key="deposit:1", data=said)
    with failpoints.active(**{"notifications.after_send": "raise"}):
        run_pending()
    message.refresh_from_db()
    assert message.state == MessageState.WAITING
    Message.objects.update(due_at=message.created_at)
    run_pending()

    first, second = mail.outbox
    assert first.extra_headers == second.extra_headers
    assert (first.subject, first.body) == (second.subject, second.body)


def test_mails_of_two_keys_are_two_mails(said):
    for key in ("deposit:1", "deposit:2"):
        send_mail("a@example.ma", "tried.said", language="ar", key=key, data=said)
    run_pending()
    assert len({letter.extra_headers["Message-ID"] for letter in mail.outbox}) == 2


def test_mail_without_words_is_put_off_and_visible():
    message = send_mail("a@example.ma", "tried.forgotten", language="ar", key="1", data={})
    run_pending()
    message.refresh_from_db()
    assert "TemplateDoesNotExist" in message.last_error
    with pytest.raises(TemplateDoesNotExist):
        wording.subject("tried.forgotten", {}, language="ar")


def test_notice_is_mailed_at_once_in_the_readers_language(reader, said):
    notify(reader, "tried.said", url="/fr/desk/1/", **said)
    run_pending()

    [letter] = mail.outbox
    assert letter.to == [reader.email]
    assert "https://diwan.example.ma/ar/desk/1/" in letter.body
    assert "https://diwan.example.ma/ar/notifications/" in letter.body
    assert Notification.objects.get().mailed_at is not None


def test_notice_already_mailed_is_not_mailed_again(reader, said):
    notify(reader, "tried.said", **said)
    run_pending()
    notice = Notification.objects.get()
    tasks.mail_notice({"notice": notice.pk}, message=Message.objects.get())
    assert len(mail.outbox) == 1


def test_notice_of_somebody_who_left_is_not_mailed(reader, said):
    notify(reader, "tried.said", **said)
    reader.is_active = False
    reader.save()
    run_pending()
    assert mail.outbox == []


def test_digest_gathers_the_news_once_a_day(sparing, said, clock):
    clock(at(15, day=21))
    notify(sparing, "tried.said", url="/ar/desk/1/", **said)
    notify(sparing, "tried.said", url="", **said)
    clock(at(6))
    assert not tasks.is_digest_due()
    clock(at(8))
    assert tasks.is_digest_due()
    tasks.plan_digests()
    tasks.plan_digests()
    run_pending()

    [letter] = mail.outbox
    assert letter.subject.startswith("2 ")
    assert letter.body.count("MSP-A-2026-000007-X") == 2
    assert "https://diwan.example.ma/fr/desk/1/" in letter.body
    assert not tasks.is_digest_due()


def test_digest_leaves_out_what_was_read_meanwhile(sparing, said, clock):
    clock(at(15, day=21))
    notify(sparing, "tried.said", **said)
    clock(at(8))
    tasks.plan_digests()
    Notification.objects.update(read_at=at(8))
    run_pending()
    assert mail.outbox == []


def test_news_of_today_waits_for_tomorrow(sparing, said, clock):
    clock(at(9))
    notify(sparing, "tried.said", **said)
    clock(at(9) + timedelta(hours=2))
    assert not tasks.is_digest_due()
    clock(at(9, day=23))
    assert tasks.is_digest_due()


def test_long_digest_is_cut_and_says_so(sparing, said, clock):
    clock(at(15, day=21))
    for _n in range(tasks.LINES_IN_DIGEST + 2):
        notify(sparing, "tried.said", **said)
    clock(at(8))
    tasks.plan_digests()
    run_pending()
    assert mail.outbox[0].body.count("MSP-A-2026-000007-X") == tasks.LINES_IN_DIGEST
    assert "2" in mail.outbox[0].body.split("MSP-A-2026-000007-X")[-1]


def test_digest_of_somebody_who_left_is_not_sent(sparing, said, clock):
    clock(at(15, day=21))
    notify(sparing, "tried.said", **said)
    clock(at(8))
    tasks.plan_digests()
    sparing.is_active = False
    sparing.save()
    run_pending()
    assert mail.outbox == []


def test_days_and_moments_survive_storage(said):
    assert wording.unpack(wording.pack(said)) == said


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("/ar/desk/1/", "https://diwan.example.ma/fr/desk/1/"),
        ("/v/TOKEN", "https://diwan.example.ma/v/TOKEN"),
        ("https://elsewhere.ma/", "https://elsewhere.ma/"),
        ("", ""),
    ],
)
def test_address_in_a_mail_is_whole_and_in_the_readers_language(said, url, expected):
    assert wording.whole(url, "fr") == expected
