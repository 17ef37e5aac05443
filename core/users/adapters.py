"""How allauth behaves here: nobody signs up, secrets are unreadable at rest, refusals are sentences."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.crypto import decrypt_text, encrypt_text

_WRONG_SIGN_IN = _("The name or the password is not right. Check both and try again.")
_WRONG_CODE = _("This code is not right or has been used. Enter the one your application shows now.")


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
