import pytest
from django.core.mail import EmailMessage, get_connection
from django.urls import reverse
from django.utils import translation

from core.notifications import demo, views
from core.notifications.models import Notification
from core.notifications.operations import notify
from core.users.enums import NoticePreference

pytestmark = pytest.mark.django_db


@pytest.fixture
def notice(youssef, said):
    notify(youssef, "tried.said", url="/ar/desk/1/", **said)
    return Notification.objects.get()


def test_list_shows_ones_own_notices(client_of, youssef, notice):
    page = client_of(youssef).get("/ar/notifications/")

    assert page.status_code == 200
    assert page.context["unread"] == 1
    assert "MSP-A-2026-000007-X" in page.text
    assert "&lt;a &amp; b&gt;" in page.text


def test_list_of_another_is_empty(client_of, karim, notice):
    page = client_of(karim).get("/fr/notifications/")
    assert page.status_code == 200
    assert "MSP-A-2026-000007-X" not in page.text


def test_list_asks_as_much_for_one_row_as_for_three(client_of, youssef, said, django_assert_max_num_queries):
    client = client_of(youssef)
    counts = []
    for _round in range(2):
        notify(youssef, "tried.said", **said)
        client.get("/ar/notifications/")
        with django_assert_max_num_queries(40) as queries:
            client.get("/ar/notifications/")
        counts.append(len(queries))
        notify(youssef, "tried.said", **said)
    assert counts[0] == counts[1]


def test_list_is_paged(client_of, youssef, said, monkeypatch):
    monkeypatch.setattr(views, "ON_A_PAGE", 2)
    for _n in range(3):
        notify(youssef, "tried.said", **said)
    page = client_of(youssef).get("/ar/notifications/?page=2")
    assert len(page.context["rows"]) == 1


def test_followed_notice_is_read_and_leads_on(client_of, youssef, notice):
    answer = client_of(youssef).get(f"/fr/notifications/{notice.pk}/")

    notice.refresh_from_db()
    assert (answer.status_code, answer["Location"]) == (303, "/fr/desk/1/")
    assert notice.read_at is not None


def test_notice_without_address_leads_back_to_the_list(client_of, youssef, said):
    notify(youssef, "tried.said", **said)
    answer = client_of(youssef).get(f"/ar/notifications/{Notification.objects.get().pk}/")
    assert answer["Location"] == "/ar/notifications/"


def test_notice_of_another_does_not_exist(client_of, karim, notice):
    assert client_of(karim).get(f"/ar/notifications/{notice.pk}/").status_code == 404
    assert Notification.objects.unread().count() == 1


def test_stranger_is_asked_to_sign_in(client, notice):
    for path in ("", f"{notice.pk}/", "read/", "mail/"):
        assert client.post(f"/ar/notifications/{path}").status_code in (302, 405)
    assert Notification.objects.unread().count() == 1


@pytest.mark.parametrize(("up_to", "left"), [("0", 1), ("x", 1), ("999999999", 0)])
def test_all_shown_notices_are_marked_read(client_of, youssef, notice, up_to, left):
    answer = client_of(youssef).post("/ar/notifications/read/", {"up_to": up_to})
    assert (answer.status_code, Notification.objects.unread().count()) == (303, left)


@pytest.mark.parametrize(("choice", "kept"), [("none", "none"), ("hourly", "digest")])
def test_choice_of_mail_is_saved_if_there_is_such_a_choice(client_of, youssef, choice, kept):
    client_of(youssef).post("/ar/notifications/mail/", {"notices": choice})
    youssef.refresh_from_db()
    assert youssef.notices == NoticePreference(kept)


def test_menu_counts_what_is_unread(rf, youssef, notice, stranger):
    request = rf.get("/")
    request.user = youssef
    assert views.menu_entry(request).count == 1
    request.user = stranger
    assert views.menu_entry(request) is None or request.user.is_authenticated


# --- the mails of the demonstration ---------------------------------------------------------------------


@pytest.fixture
def folder(settings, tmp_path):
    settings.EMAIL_FILE_PATH = str(tmp_path)
    return tmp_path


def send(subject, body):
    headers = {"Date": "Sun, 22 Nov 2026 10:42:07 +0000", "Content-Language": "ar"}
    with get_connection("django.core.mail.backends.filebased.EmailBackend") as connection:
        EmailMessage(subject, body, "d@example.ma", ["a@example.ma"], headers=headers, connection=connection).send()


def test_mailbox_shows_what_would_have_been_sent(client, folder):
    send("تم تسجيل مراسلتك", "السلام عليكم\n\nhttp://localhost:8000/ar/track/")
    page = client.get("/ar/demo/mail/")

    [letter] = page.context["page"]
    assert (letter.subject, letter.to) == ("تم تسجيل مراسلتك", "a@example.ma")
    assert letter.paragraphs == [["السلام عليكم"], ["http://localhost:8000/ar/track/"]]
    assert 'href="http://localhost:8000/ar/track/"' in page.text


def test_mailbox_is_empty_before_the_first_mail(client, folder, settings):
    assert client.get("/fr/demo/mail/").status_code == 200
    settings.EMAIL_FILE_PATH = str(folder / "missing")
    assert demo.mails() == []


def test_mailbox_does_not_exist_outside_the_demonstration(client, settings):
    settings.DEMO = False
    with translation.override("ar"):
        assert client.get(reverse("notifications:mailbox")).status_code == 404
