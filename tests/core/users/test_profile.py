import pytest
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import translation

from core.audit.models import AuditEntry
from core.organisations import operations as organisations
from core.outbox.models import Message
from core.users import operations, tasks
from core.users.models import User
from tests.factories.users import UserFactory

pytestmark = pytest.mark.django_db
FIELDS = {"name_ar": "سعيد", "first_name": "Saïd", "last_name": "Ouazzani", "language": "fr", "notices": "at_once"}


@pytest.mark.parametrize(("language", "title"), [("ar", "حسابي"), ("fr", "Mon compte"), ("en", "My account")])
def test_profile_is_shown_in_each_language(client_of, said, language, title):
    with translation.override(language):
        response = client_of(said).get(reverse("users:profile"))

    assert response.status_code == 200
    assert f"<h1>{title}</h1>" in response.content.decode()


def test_profile_is_saved_and_told(client_of, said):
    response = client_of(said).post("/ar/account/profile/", FIELDS)

    assert (response.status_code, response["Location"]) == (303, "/fr/account/profile/")
    assert response.cookies["django_language"].value == "fr"
    said.refresh_from_db()
    assert {name: getattr(said, name) for name in FIELDS} == FIELDS
    entry = AuditEntry.objects.get(event="users.profile_changed")
    assert entry.actor == said
    assert entry.data == {"fields": ["first_name", "language", "last_name", "name_ar", "notices"]} or entry.data == {
        "fields": sorted(set(entry.data["fields"]))
    }


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name_ar": "", "first_name": " ", "last_name": ""}, "name_ar"),
        ({"language": "de"}, "language"),
        ({"language": ""}, "language"),
        ({"notices": "often"}, "notices"),
        ({"first_name": "x" * 151}, "first_name"),
    ],
)
def test_profile_refuses_with_a_sentence_and_keeps_what_was_typed(client_of, said, changes, field):
    response = client_of(said).post("/fr/account/profile/", FIELDS | changes)

    assert response.status_code == 200
    assert list(response.context["form"].errors) == [field]
    assert str(response.context["form"].errors[field][0]).endswith(".")
    said.refresh_from_db()
    assert said.language == "ar"


def test_profile_is_cleaned_of_directions_and_spaces(client_of, said):
    client_of(said).post("/ar/account/profile/", FIELDS | {"first_name": "  Sa\u202eïd \u200f "})

    said.refresh_from_db()
    assert said.first_name == "Saïd"


def test_profile_asks_a_stranger_to_sign_in(client):
    assert client.get("/ar/account/profile/").status_code == 302


def test_profile_that_stays_the_same_leaves_no_trace(said):
    operations.change_profile(said, by=said, first_name=said.first_name, is_superuser=True)

    said.refresh_from_db()
    assert not said.is_superuser
    assert not AuditEntry.objects.exists()


# --- language ------------------------------------------------------------------------------------------------------


def test_language_is_kept_and_the_page_stays(client_of, said):
    response = client_of(said).post("/ar/account/language/", {"language": "fr", "next": "/ar/account/profile/?page=2"})

    assert (response.status_code, response["Location"]) == (303, "/fr/account/profile/?page=2")
    assert response.cookies["django_language"].value == "fr"
    assert User.objects.get(pk=said.pk).language == "fr"
    assert not AuditEntry.objects.exists()


def test_language_of_a_stranger_is_kept_in_the_cookie(client):
    response = client.post("/ar/account/language/", {"language": "en"}, headers={"referer": "/ar/account/login/"})

    assert response["Location"] == "/en/account/login/"
    assert response.cookies["django_language"].value == "en"


@pytest.mark.parametrize("page", ["https://evil.example/", "//evil.example/x", "javascript:alert(1)", "/"])
def test_language_never_leads_elsewhere(client, page):
    response = client.post("/ar/account/language/", {"language": "fr", "next": page})

    assert response["Location"] == "/fr/"


def test_unknown_language_is_refused(client):
    assert client.post("/ar/account/language/", {"language": "xx"}).status_code == 400
    assert client.get("/ar/account/language/").status_code == 405


def test_same_language_writes_nothing(said, django_assert_num_queries):
    with django_assert_num_queries(0):
        operations.choose_language(said, language="ar")


# --- invitation ----------------------------------------------------------------------------------------------------


def test_invitation_leads_to_setting_a_password(nadia):
    user = organisations.open_account(User(username="new", email="new@example.ma", name_ar="جديد"), by=nadia)
    message = Message.objects.get(name="users.invite")
    assert message.payload == {"user": user.pk}

    tasks.send_invitation(message.payload, message=message)

    letter = mail.outbox[0]
    assert letter.to == ["new@example.ma"]
    link = next(line for line in letter.body.splitlines() if "/password/reset/key/" in line)
    path = link.removeprefix("http://localhost:8000")
    client = Client()
    page = client.get(path, follow=True)
    assert page.status_code == 200
    password = "Une-phrase-assez-longue"
    client.post(page.redirect_chain[-1][0], {"password1": password, "password2": password})
    assert client.login(username="new", password=password)


def test_invitation_is_worded_in_the_language_of_the_person(nadia):
    user = organisations.open_account(User(username="new", email="new@example.ma", language="fr"), by=nadia)
    message = Message.objects.get(name="users.invite")

    tasks.send_invitation(message.payload, message=message)
    tasks.send_invitation(message.payload, message=message)

    first, second = mail.outbox
    assert first.subject == "Votre compte sur Diwan est prêt"
    assert "/fr/account/password/reset/key/" in first.body
    assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"]
    assert user.language == first.extra_headers["Content-Language"]


def test_invitation_to_a_closed_account_is_not_sent():
    message = Message.objects.create(name="users.invite")
    closed = UserFactory(is_active=False)

    tasks.send_invitation({"user": closed.pk}, message=message)

    assert mail.outbox == []


def test_operations_are_audited(nadia, said):
    organisations.change_account(said, by=nadia, email="said@msp.ma")

    entry = AuditEntry.objects.about(said).get()
    assert (entry.event, entry.actor, entry.data) == ("users.changed", nadia, {"fields": ["email"]})


def test_superuser_command_says_what_it_is_for(capsys, monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "Rabat-1956-Diwan")

    call_command("createsuperuser", interactive=False, username="root", email="root@example.ma")

    assert "sets up an installation" in capsys.readouterr().err
    assert User.objects.get(username="root").is_superuser
