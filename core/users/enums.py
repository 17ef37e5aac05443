from django.db import models
from django.utils.translation import gettext_lazy as _


class Language(models.TextChoices):
    """Each language under its own name, whatever the page is written in."""

    ARABIC = "ar", "العربية"
    FRENCH = "fr", "Français"
    ENGLISH = "en", "English"


class NoticePreference(models.TextChoices):
    AT_ONCE = "at_once", _("One e-mail for each notice")
    DIGEST = "digest", _("One e-mail a day")
    WEEKLY = "weekly", _("One e-mail a week, on Monday")
    NONE = "none", _("Only on the site")
