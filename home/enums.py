from django.db import models
from django.utils.translation import gettext_lazy as _


class Audience(models.TextChoices):
    """For whom a page is written; to anybody else it does not exist."""

    PUBLIC = "public", _("Everybody")
    STAFF = "staff", _("Staff")


class Service(models.TextChoices):
    """What a menu entry or a card may lead to besides pages: routes of the platform itself."""

    FRONT = "wagtail_serve", _("Front page")
    DEPOSIT = "deposit:start", _("Deposit a letter")
    RESUME = "deposit:resume", _("Resume a saved draft")
    TRACK = "correspondence:track", _("Track a letter")
    VERIFY = "evidence:check", _("Verify a receipt")
    CIRCULARS = "circulars:list", _("Circulars")
    SIGN_IN = "account_login", _("Staff sign-in")


class Tone(models.TextChoices):
    """What a notice means."""

    INFO = "info", _("Information")
    OK = "ok", _("Good news")
    WARN = "warn", _("Attention")
    DANGER = "danger", _("Problem")
