from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """A person with an account: made by an administrator, never by sign-up; what they may do comes from their posts."""

    email = models.EmailField(_("e-mail"), unique=True)
    name_ar = models.CharField(_("name in Arabic"), max_length=150, blank=True)
    language = models.CharField(_("language"), max_length=2, default="ar")

    def get_full_name(self):
        if (get_language() or "ar").startswith("ar") and self.name_ar:
            return self.name_ar
        return super().get_full_name() or self.name_ar or self.username
