"""What follows from Wagtail's own acts: a published circular is frozen, by whoever published it or by the clock."""

from wagtail.signals import published

from home.circulars import operations
from home.circulars.models import Circular


def keep_version(sender, instance, revision, **kwargs):
    """Freeze what has just been published."""
    operations.freeze(instance, by=revision.user)


def register():
    published.connect(keep_version, sender=Circular, dispatch_uid="circulars.keep_version")
