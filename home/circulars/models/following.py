"""What people want news of."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.organisations.models import Organisation, Unit
from core.users.enums import NoticePreference
from home.circulars.models.addressees import Addressee
from home.circulars.models.circular import Circular, Theme


class FollowQuerySet(models.QuerySet):
    def visible_to(self, user):
        """What somebody follows is their own business."""
        return self.filter(person_id=user.pk)

    def of(self, circular):
        """Those to which news of this circular belong: it, its authority, its themes, units it is addressed to."""
        return self.filter(
            Q(circular=circular)
            | Q(authority=circular.authority_id)
            | Q(theme__in=circular.themes.all())
            | Q(unit__in=Addressee.units_of(circular))
        )


class Follow(models.Model):
    """Somebody wants news of a circular, an authority's circulars, a theme, or all that is addressed to their unit."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("person"))
    circular = models.ForeignKey(Circular, models.CASCADE, null=True, blank=True, related_name="+")
    authority = models.ForeignKey(Organisation, models.CASCADE, null=True, blank=True, related_name="+")
    theme = models.ForeignKey(Theme, models.CASCADE, null=True, blank=True, related_name="+")
    unit = models.ForeignKey(Unit, models.CASCADE, null=True, blank=True, related_name="+")
    pace = models.CharField(_("by e-mail"), max_length=8, choices=NoticePreference, blank=True, default="")
    since = models.DateTimeField(_("since"), default=timezone.now)

    TARGETS = ("circular", "authority", "theme", "unit")

    objects = FollowQuerySet.as_manager()

    class Meta:
        verbose_name = _("following")
        verbose_name_plural = _("follows")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["person", "circular"], name="follow_circular_once"),
            models.UniqueConstraint(fields=["person", "authority"], name="follow_authority_once"),
            models.UniqueConstraint(fields=["person", "theme"], name="follow_theme_once"),
            models.UniqueConstraint(fields=["person", "unit"], name="follow_unit_once"),
            models.CheckConstraint(
                condition=Q(circular=None, authority=None, theme=None, unit__isnull=False)
                | Q(circular=None, authority=None, theme__isnull=False, unit=None)
                | Q(circular=None, authority__isnull=False, theme=None, unit=None)
                | Q(circular__isnull=False, authority=None, theme=None, unit=None),
                name="follow_one_thing",
            ),
        ]

    def __str__(self):
        return str(self.target)

    @property
    def what(self) -> str:
        """Which of TARGETS it is."""
        return next(name for name in self.TARGETS if getattr(self, f"{name}_id"))

    @property
    def target(self):
        return getattr(self, self.what)
