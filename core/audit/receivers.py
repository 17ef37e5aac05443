"""Who signed in and out, and who failed to: lines of the log, by the account's key, never by what was typed."""

import logging

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver

logger = logging.getLogger("diwan.security")


@receiver(user_logged_in)
def signed_in(sender, request, user, **kwargs):
    logger.info("account.signed_in", extra={"user": user.pk})


@receiver(user_logged_out)
def signed_out(sender, request, user, **kwargs):
    logger.info("account.signed_out", extra={"user": user.pk if user else None})


@receiver(user_login_failed)
def sign_in_failed(sender, credentials, **kwargs):
    logger.warning("account.sign_in_failed")
