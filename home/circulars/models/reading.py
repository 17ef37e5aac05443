"""What those a circular concerns did with it: delivered, opened, acknowledged, done."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.organisations.models import Post
from core.organisations.permissions import holdings_of


class AcknowledgementQuerySet(models.QuerySet):
    def of(self, user, version):
        return self.filter(person=user, circular=version.circular_id, meaning_hash=version.meaning_hash)

    def last_read(self, user, circular):
        """The latest version of which this person knows what it says; None before the first."""
        known = self.filter(person=user, circular=circular).exclude(read_version=None)
        row = known.select_related("read_version").order_by("-read_version__number").first()
        return row.read_version if row else None


class Acknowledgement(models.Model):
    """What one person did with one version at one post: delivered, opened, acknowledged are three acts kept apart.

    Bound to the version's hash; a successor in the post has none and is asked anew, and who leaves keeps theirs.
    """

    circular = models.ForeignKey("Circular", models.PROTECT, related_name="acknowledgements")
    meaning_hash = models.CharField(max_length=64)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("person"))
    post = models.ForeignKey(Post, models.PROTECT, related_name="+", verbose_name=_("post"))
    delivered_at = models.DateTimeField(_("delivered at"))
    opened_at = models.DateTimeField(_("opened at"), null=True)
    acknowledged_at = models.DateTimeField(_("acknowledged at"), null=True)
    reminded_at = models.DateTimeField(_("reminded at"), null=True)
    # The last version they know: the first one opened, then each they acknowledged or of which they saw what changed.
    read_version = models.ForeignKey(
        "CircularVersion", models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("version read")
    )

    objects = AcknowledgementQuerySet.as_manager()

    class Meta:
        verbose_name = _("acknowledgement")
        verbose_name_plural = _("acknowledgements")
        constraints = [
            models.UniqueConstraint(fields=["person", "circular", "meaning_hash"], name="acknowledged_once_a_version"),
        ]

    def __str__(self):
        return f"{self.person} · {self.circular}"


class DoneActionQuerySet(models.QuerySet):
    def of(self, user):
        """What counts as done for `user`: what they did, and what was done at a post they hold today."""
        return self.done(user.pk, [holding.post_id for holding in holdings_of(user)])

    def done(self, person, posts):
        """What was done by that person or at one of these posts, and not taken back."""
        theirs = Q(person=person)
        for post in posts:
            theirs |= Q(post=post)
        return self.filter(theirs, undone_at=None)


class DoneAction(models.Model):
    """That an action of a circular was carried out at a post, by whom and when; taken back, it stays as it was.

    It names the action by the key that versions carry, as editors may remove an action that somebody has done.
    """

    circular = models.ForeignKey("Circular", models.PROTECT, related_name="+")
    action = models.PositiveBigIntegerField()
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("person"))
    post = models.ForeignKey(Post, models.PROTECT, related_name="+", verbose_name=_("post"))
    done_at = models.DateTimeField(_("done at"), default=timezone.now)
    undone_at = models.DateTimeField(_("taken back at"), null=True)

    objects = DoneActionQuerySet.as_manager()

    class Meta:
        verbose_name = _("done action")
        verbose_name_plural = _("done actions")
        constraints = [
            models.UniqueConstraint(
                fields=["circular", "action", "post"], name="done_once_a_post", condition=Q(undone_at=None)
            ),
        ]

    def __str__(self):
        return f"{self.circular} · {self.person}"
