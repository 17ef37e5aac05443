from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core.users.enums import Language, NoticePreference


class UserQuerySet(models.QuerySet):
    def active(self):
        return self.filter(is_active=True)


class DiwanUserManager(UserManager.from_queryset(UserQuerySet)):
    """E-mail addresses and user names are compared without regard to case."""

    def get_by_natural_key(self, username):
        return self.get(username__iexact=username)

    @classmethod
    def normalize_email(cls, email):
        return (email or "").strip().lower()


class User(AbstractUser):
    """A person with an account: made by an administrator, never by sign-up; what they may do comes from their posts."""

    first_name = models.CharField(_("given name"), max_length=150, blank=True, help_text=_("In Latin letters."))
    last_name = models.CharField(_("family name"), max_length=150, blank=True, help_text=_("In Latin letters."))
    name_ar = models.CharField(
        _("name in Arabic"),
        max_length=150,
        blank=True,
        help_text=_("Given name and family name, as on the identity card."),
    )
    email = models.EmailField(
        _("e-mail"),
        help_text=_("The professional address; notices and the link that sets the password go there."),
        error_messages={"unique": _("Another account has this e-mail address.")},
    )
    language = models.CharField(_("language"), max_length=2, choices=Language, default=Language.ARABIC)
    notices = models.CharField(
        _("notices by e-mail"), max_length=8, choices=NoticePreference, default=NoticePreference.DIGEST
    )

    objects = DiwanUserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["last_name", "first_name", "username"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="users_email_once",
                violation_error_message=_("Another account has this e-mail address."),
            ),
            models.UniqueConstraint(
                Lower("username"),
                name="users_username_once",
                violation_error_message=_("Another account has this user name."),
            ),
        ]

    def __str__(self):
        return self.get_full_name()

    def get_full_name(self):
        """The name in the reader's script: Arabic where the page is Arabic, Latin elsewhere, never empty."""
        latin = super().get_full_name()
        if (get_language() or "ar").startswith("ar"):
            return self.name_ar or latin or self.username
        return latin or self.name_ar or self.username
