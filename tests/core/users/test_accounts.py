import json

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.usersessions.models import UserSession
from cryptography.fernet import InvalidToken
from django.contrib.messages import get_messages
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation

from core.crypto import decrypt_text, encrypt_text
from core.outbox.models import Message
from core.users import tasks
from core.users.adapters import AccountAdapter, MFAAdapter
from core.users.models import User
from tests.factories.users import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def user():
    return UserFactory(username="amina", email="amina@example.ma", name_ar="أمينة بناني", first_name="Amina")


def sign_in(client, login, password=PASSWORD):
    return client.post(reverse("account_login"), {"login": login, "password": password})


def confirm(client):
    """What allauth asks for before anything about the account's security changes."""
    return client.post(reverse("account_reauthenticate"), {"password": PASSWORD})


def code_of(secret):
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


# --- signing in ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("login", ["amina", "AMINA", "amina@example.ma", "Amina@Example.MA"])
def test_sign_in_works_by_user_name_and_by_mail(client, user, login):
    response = sign_in(client, login)

    assert response.status_code == 302
    assert client.session["_auth_user_id"] == str(user.pk)


def test_wrong_password_says_so_without_naming_what_exists(client, user):
    sentences = {
        login: sign_in(client, login, "wrong").context["form"].non_field_errors()
        for login in ("amina", "nobody", "amina@example.ma", "nobody@example.ma")
    }

    assert len({tuple(errors) for errors in sentences.values()}) == 1
    assert "_auth_user_id" not in client.session


def test_closed_account_does_not_sign_in(client, user):
    User.objects.filter(pk=user.pk).update(is_active=False)

    sign_in(client, "amina")

    assert "_auth_user_id" not in client.session


def test_session_ends_with_the_account(client_of, user):
    client = client_of(user)
    User.objects.filter(pk=user.pk).update(is_active=False)

    assert client.get(reverse("users:profile")).status_code == 302


def test_sign_in_is_limited(client, user):
    for _n in range(5):
        sign_in(client, "amina", "wrong")

    response = sign_in(client, "amina")

    assert "_auth_user_id" not in client.session
    assert response.context["form"].errors


@pytest.mark.parametrize("path", ["signup/", "email/", "confirm-email/", "confirm-email/abc/"])
def test_nobody_makes_or_changes_accounts_alone(client, client_of, user, path):
    assert client.get(f"/ar/account/{path}").status_code == 404
    assert client_of(user).post(f"/ar/account/{path}", {"email": "x@example.ma"}).status_code == 404
    assert not AccountAdapter().is_open_for_signup(None)
    assert not AccountAdapter().can_delete_email(None)


@pytest.mark.parametrize("path", ["login/", "password_reset/", "password_reset/confirm/a/b/"])
def test_administration_has_no_door_of_its_own(client, user, path):
    response = client.post(f"/cms/{path}", {"username": "amina", "password": PASSWORD})

    assert response["Location"].startswith("/ar/account/login/")
    assert "_auth_user_id" not in client.session


def test_sessions_are_listed(client, user):
    sign_in(client, "amina")

    response = client.get(reverse("usersessions_list"))

    assert response.status_code == 200
    assert UserSession.objects.get().user == user


# --- second factor -------------------------------------------------------------------------------------------------


def test_totp_secret_and_seed_are_unreadable_at_rest(user):
    totp = TOTP.activate(user, SECRET)
    codes = RecoveryCodes.activate(user)

    stored = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    assert SECRET not in stored
    assert decrypt_text(totp.instance.data["secret"]) == SECRET
    assert codes.instance.data["seed"].startswith("gAAAA")
    assert totp.validate_code(code_of(SECRET))
    assert RecoveryCodes(Authenticator.objects.get(type="recovery_codes")).validate_code(codes.generate_codes()[0])


def test_old_key_still_reads_what_it_wrote(settings):
    old, new = settings.FIELD_KEYS[0], b"c" * 43 + b"="
    secret = encrypt_text("سر")
    settings.FIELD_KEYS = [new, old]
    assert decrypt_text(secret) == "سر"
    newer = encrypt_text("سر")
    settings.FIELD_KEYS = [new]
    assert decrypt_text(newer) == "سر"
    with pytest.raises(InvalidToken):
        decrypt_text(secret)


def test_sign_in_asks_for_the_second_factor(client, user):
    TOTP.activate(user, SECRET)

    response = sign_in(client, "amina")

    assert response["Location"] == reverse("mfa_authenticate")
    assert "_auth_user_id" not in client.session
    client.post(reverse("mfa_authenticate"), {"code": code_of(SECRET)})
    assert client.session["_auth_user_id"] == str(user.pk)


def test_recovery_code_replaces_the_second_factor_once(client, user):
    TOTP.activate(user, SECRET)
    code = RecoveryCodes.activate(user).generate_codes()[0]
    sign_in(client, "amina")
    client.post(reverse("mfa_authenticate"), {"code": code})
    assert client.session["_auth_user_id"] == str(user.pk)

    again = Client()
    sign_in(again, "amina")
    response = again.post(reverse("mfa_authenticate"), {"code": code})

    assert "_auth_user_id" not in again.session
    assert response.context["form"].errors


def test_totp_is_set_up_on_the_site(client, user):
    sign_in(client, "amina")
    assert client.get(reverse("mfa_activate_totp"))["Location"].startswith(reverse("account_reauthenticate"))
    confirm(client)
    page = client.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret

    client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})

    row = Authenticator.objects.get(type=Authenticator.Type.TOTP)
    assert decrypt_text(row.data["secret"]) == secret
    assert client.get(reverse("mfa_view_recovery_codes")).status_code == 200


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_passkey_can_be_registered_on_localhost(user, language):
    client = Client(headers={"host": "localhost:8000"})
    with translation.override(language):
        sign_in(client, "amina")
        confirm(client)
        response = client.get(reverse("mfa_add_webauthn"))

    assert response.status_code == 200
    options = response.context["js_data"]["creation_options"]["publicKey"]
    assert options["rp"]["id"] == "localhost"
    assert options["user"]["name"] == "amina@example.ma"


def test_passkey_sign_in_offers_a_challenge(client):
    response = client.get(reverse("mfa_login_webauthn"), headers={"accept": "application/json"})

    assert response.status_code == 200
    assert response.json()["request_options"]["publicKey"]["challenge"]


def test_last_second_factor_stays_where_one_is_required(user, settings):
    totp = TOTP.activate(user, SECRET).instance
    codes = RecoveryCodes.activate(user).instance
    adapter = MFAAdapter()

    settings.MFA_REQUIRED = False
    assert adapter.can_delete_authenticator(totp)
    settings.MFA_REQUIRED = True
    assert not adapter.can_delete_authenticator(totp)
    assert adapter.can_delete_authenticator(codes)
    Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data={})
    assert adapter.can_delete_authenticator(totp)


def test_application_shows_the_name_of_the_product():
    with translation.override("en"):
        assert MFAAdapter().get_totp_issuer() == "Diwan"


def test_staff_without_second_factor_is_sent_to_set_one_up(client_of, amina, settings):
    settings.MFA_REQUIRED = True
    client = client_of(amina)

    response = client.get(reverse("notifications:list"))
    assert response["Location"] == reverse("mfa_index")
    TOTP.activate(amina, SECRET)
    assert client.get(reverse("notifications:list")).status_code == 200


# --- what is said about the account --------------------------------------------------------------------------------


def test_forgotten_password_is_set_by_a_link_nobody_can_read_at_rest(client, user):
    client.post(reverse("account_reset_password"), {"email": "AMINA@example.ma"})
    message = Message.objects.get(name="users.mail")
    assert "key" not in json.dumps(message.payload["sealed"]).split("/")
    assert mail.outbox == []

    tasks.send_sealed(message.payload, message=message)

    letter = mail.outbox[0]
    assert (letter.to, letter.subject) == (["amina@example.ma"], "اختر كلمة سر جديدة للديوان")
    link = next(line for line in letter.body.splitlines() if "/password/reset/key/" in line)
    page = client.get("/" + link.split("/", 3)[3], follow=True)
    password = "Une-phrase-assez-longue"
    client.post(page.redirect_chain[-1][0], {"password1": password, "password2": password})
    assert Client().login(username="amina", password=password)
    told = Message.objects.filter(name="users.mail").exclude(pk=message.pk).get()
    tasks.send_sealed(told.payload, message=told)
    assert mail.outbox[1].subject == "تغيير في حسابك بالديوان"


def test_unknown_address_is_answered_alike_and_told_nothing(client, user):
    known = client.post(reverse("account_reset_password"), {"email": "amina@example.ma"})
    Message.objects.all().delete()
    unknown = client.post(reverse("account_reset_password"), {"email": "nobody@example.ma"})

    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert not Message.objects.exists()


def test_changed_password_is_said_on_the_page_and_by_mail(client, user):
    sign_in(client, "amina")
    password = "Une-phrase-assez-longue"
    response = client.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": password, "password2": password},
        follow=True,
    )

    assert [str(message) for message in response.context["messages"]] == ["تم تغيير كلمة السر."]
    told = Message.objects.get(name="users.mail")
    tasks.send_sealed(told.payload, message=told)
    assert "تم تغيير كلمة السر." in mail.outbox[0].body
    assert "127.0.0.1" in mail.outbox[0].body


def test_signing_in_says_nothing_and_signing_out_does(client, user):
    sign_in(client, "amina")
    assert list(get_messages(client.get(reverse("users:profile")).wsgi_request)) == []

    response = client.post(reverse("account_logout"))

    assert [str(message) for message in get_messages(response.wsgi_request)] == ["تم الخروج."]


# --- names ---------------------------------------------------------------------------------------------------------


def test_full_name_is_in_the_script_of_the_page():
    both = User(username="a", first_name="Amina", last_name="Bennani", name_ar="أمينة بناني")
    arabic, latin, neither = (
        User(username="b", name_ar="أمينة"),
        User(username="c", first_name="Amina"),
        User(username="d"),
    )

    with translation.override("ar"):
        assert [str(user) for user in (both, arabic, latin, neither)] == ["أمينة بناني", "أمينة", "Amina", "d"]
    with translation.override("fr"):
        assert [str(user) for user in (both, arabic, latin, neither)] == ["Amina Bennani", "أمينة", "Amina", "d"]
    with translation.override(None):
        assert str(both) in {"أمينة بناني", "Amina Bennani"}


def test_mail_and_user_name_are_unique_without_regard_to_case(user):
    for values in ({"username": "other", "email": "AMINA@example.ma"}, {"username": "Amina", "email": "o@example.ma"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            UserFactory(**values)


def test_people_are_found_by_natural_key_without_regard_to_case(user):
    assert User.objects.get_by_natural_key("AMINA") == user
    assert User.objects.normalize_email(" Amina@Example.MA ") == "amina@example.ma"
    assert User.objects.active().get() == user
