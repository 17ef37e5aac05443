"""How allauth behaves here: nobody signs up, secrets are unreadable at rest, what it says is worded by us."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib import messages
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from core.crypto import decrypt_text, encrypt_text
from core.users.signals import mail_written

_WRONG_SIGN_IN = _("The name or the password is not right. Check both and try again.")
_WRONG_CODE = _("This code is not right or has been used. Enter the one your application shows now.")
# What happened to the account, by the last part of allauth's template names: said on the page and by mail.
_CHANGES = {
    "password_changed": _("Your password has been changed."),
    "password_set": _("Your password has been set."),
    "password_reset": _("Your password has been set by the link in an e-mail."),
    "totp_activated": _("An authenticator application has been added to your account."),
    "totp_deactivated": _("The authenticator application has been removed from your account."),
    "webauthn_added": _("A passkey has been added to your account."),
    "webauthn_removed": _("A passkey has been removed from your account."),
    "recovery_codes_generated": _("New recovery codes have been made; the earlier ones do not work any more."),
}
_SAID = _CHANGES | {
    "logged_in": "",
    "logged_out": _("You have signed out."),
    "sessions_logged_out": _("The other devices have been signed out."),
}


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by an administrator; the rest is allauth's, in our words."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": _("This account is closed. Ask the administrator of your organisation."),
        "email_password_mismatch": _WRONG_SIGN_IN,
        "username_password_mismatch": _WRONG_SIGN_IN,
        "invalid_login": _WRONG_SIGN_IN,
        "enter_current_password": _("Enter your present password."),
        "incorrect_password": _("The password is not right."),
        "incorrect_code": _WRONG_CODE,
        "invalid_or_expired_key": _("This link has been used or is too old. Ask for a new one."),
        "invalid_password_reset": _("This link has been used or is too old. Ask for a new one."),
        "too_many_login_attempts": _("Too many attempts. Wait five minutes, then try again."),
        "unknown_email": _("No account has this e-mail address."),
        "username_taken": _("Another account has this user name."),
        "email_taken": _("Another account has this e-mail address."),
        "select_only_one": _("Choose one only."),
        "same_as_current": _("Enter another value than the present one."),
        "rate_limited": _("Too many requests. Wait a minute, then try again."),
    }

    def is_open_for_signup(self, request):
        return False

    def can_delete_email(self, email_address):
        return False

    def add_message(self, request, level, message_template=None, message_context=None, extra_tags="", message=None):
        sentence = message or _SAID[_last_part(message_template)]
        if sentence:
            messages.add_message(request, level, sentence, extra_tags=extra_tags)

    def send_notification_mail(self, template_prefix, user, context=None, email=None):
        """Tell the owner of the account what happened to it, from where and when."""
        values = {
            "sentence": _CHANGES[_last_part(template_prefix)],
            "address": self.get_client_ip(self.request),
            "browser": self.get_http_user_agent(self.request)[:200],
        }
        self._write(user, "changed", values)

    def send_password_reset_mail(self, user, email, context):
        self._write(user, "reset", {"url": context["password_reset_url"], "username": user.username})

    def _write(self, user, name, values):
        """Word a mail in the language of the person and hand it to whoever sends mail."""
        with translation.override(user.language):
            values |= {"name": user.get_full_name(), "site_url": f"{settings.PUBLIC_URL}/"}
            subject = " ".join(render_to_string(f"users/email/{name}_subject.txt", values).split())
            body = render_to_string(f"users/email/{name}_body.txt", values)
        mail_written.send(sender=type(user), to=user.email, subject=subject, body=body, language=user.language)


class MFAAdapter(DefaultMFAAdapter):
    """TOTP secrets and the seeds of recovery codes are stored encrypted."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _WRONG_CODE,
        "cannot_delete_authenticator": _("Your administration asks for a second factor: add another one first."),
        "cannot_generate_recovery_codes": _("Set up an authenticator application or a passkey first."),
    }

    def encrypt(self, text):
        return encrypt_text(text)

    def decrypt(self, encrypted_text):
        return decrypt_text(encrypted_text)

    def get_totp_issuer(self):
        return str(_("Diwan"))

    def get_public_key_credential_rp_entity(self):
        return super().get_public_key_credential_rp_entity() | {"name": str(_("Diwan"))}

    def can_delete_authenticator(self, authenticator):
        """Where a second factor is required, the last one stays; recovery codes alone are none."""
        if not settings.MFA_REQUIRED or authenticator.type == authenticator.Type.RECOVERY_CODES:
            return True
        factors = authenticator.user.authenticator_set.exclude(type=authenticator.Type.RECOVERY_CODES)
        return factors.exclude(pk=authenticator.pk).exists()


def _last_part(template_name):
    return (template_name or "").rpartition("/")[2].removesuffix(".txt")
