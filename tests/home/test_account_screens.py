"""The screens of allauth in our frame: every one renders, in each language, without a cookie more than it needs."""

import re

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from tests.factories.users import PASSWORD

DIRECTIONS = [("ar", "rtl"), ("fr", "ltr"), ("en", "ltr")]


@pytest.fixture
def signed_in(client, amina):
    """amina with her password, given twice: no screen asks her again."""
    client.post("/ar/account/login/", {"login": amina.username, "password": PASSWORD})
    answer = client.post("/ar/account/reauthenticate/", {"password": PASSWORD})
    assert answer.status_code == 302
    return client


def html_of(client, name, language="ar", **kwargs):
    with override(language):
        answer = client.get(reverse(name, kwargs=kwargs or None))
    assert answer.status_code == 200, (name, answer.status_code, answer.headers.get("Location"))
    return answer.content.decode()


def directions(client, name):
    """The head of the screen in each language."""
    return [
        (language, re.search(r'<html lang="(\w\w)" dir="(\w+)"', html_of(client, name, language)).groups())
        for language, _direction in DIRECTIONS
    ]


EXPECTED = [(language, (language, direction)) for language, direction in DIRECTIONS]


def test_screens_before_signing_in(client, db):
    for name in ("account_login", "account_reset_password", "account_reset_password_done", "account_inactive"):
        assert directions(client, name) == EXPECTED, name


def test_screens_of_the_account(signed_in):
    for name in (
        "account_change_password",
        "account_logout",
        "account_reauthenticate",
        "mfa_index",
        "mfa_activate_totp",
        "mfa_list_webauthn",
        "mfa_add_webauthn",
        "usersessions_list",
    ):
        assert directions(signed_in, name) == EXPECTED, name


def test_signing_in_leads_to_the_own_desk(client, amina):
    answer = client.post("/fr/account/login/", {"login": amina.email, "password": PASSWORD})

    assert answer.headers["Location"] == "/fr/my-desk/"


def test_wrong_password_is_said_and_the_name_kept(client, amina):
    html = client.post("/en/account/login/", {"login": "amina", "password": "wrong"}).content.decode()

    assert "<title>Error: " in html
    assert 'class="error-summary"' in html
    assert 'value="amina"' in html
    assert "wrong" not in html.replace("went wrong", "")


def test_code_of_the_application_is_set_up_with_a_picture_of_ours(signed_in):
    html = html_of(signed_in, "mfa_activate_totp")

    assert "<svg" in html.split('class="qr"')[1][:400]
    assert "data:image" not in html
    assert "style=" not in html


def test_second_factor_is_asked_and_shown(client, amina):
    TOTP.activate(amina, generate_totp_secret())
    RecoveryCodes.activate(amina)

    answer = client.post("/ar/account/login/", {"login": "amina", "password": PASSWORD}, follow=True)
    html = answer.content.decode()
    assert 'autocomplete="one-time-code"' in html
    assert 'id="mfa_webauthn_authenticate"' in html

    code = RecoveryCodes(Authenticator.objects.get(user=amina, type="recovery_codes")).get_unused_codes()[0]
    client.post("/ar/account/2fa/authenticate/", {"code": code})
    client.post("/ar/account/reauthenticate/", {"password": PASSWORD})
    assert "9" in html_of(client, "mfa_index")
    for name in ("mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_deactivate_totp", "mfa_reauthenticate"):
        html_of(client, name)


def test_password_is_set_by_the_link_of_the_mail_once(client, amina):
    key = f"{user_pk_to_url_str(amina)}-{default_token_generator.make_token(amina)}"
    link = f"/fr/account/password/reset/key/{key}/"

    answer = client.get(link, follow=True)
    assert 'autocomplete="new-password"' in answer.content.decode()
    new = "Une-phrase-longue-2026"
    client.post(answer.request["PATH_INFO"], {"password1": new, "password2": new})

    amina.refresh_from_db()
    assert amina.check_password(new)
    assert "Demander un nouveau lien" in Client().get(link, follow=True).content.decode()


def test_key_can_be_renamed_and_removed(signed_in, amina):
    key = Authenticator.objects.create(
        user=amina, type="webauthn", data={"name": "مفتاح المكتب", "credential": {"clientExtensionResults": {}}}
    )

    assert "مفتاح المكتب" in html_of(signed_in, "mfa_list_webauthn")
    assert "مفتاح المكتب" in html_of(signed_in, "mfa_edit_webauthn", pk=key.pk)
    assert "مفتاح المكتب" in html_of(signed_in, "mfa_remove_webauthn", pk=key.pk)
