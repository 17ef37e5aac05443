"""What the clock does with pages: they appear and go at the moment their editors said."""

from datetime import timedelta

from django.utils import timezone
from wagtail.models import Page, Revision

from core.outbox import handlers
from core.outbox.operations import enqueue

PUBLISH, TAKE_DOWN = "home.publish_page", "home.take_down_page"


def ask_for_scheduled():
    """Ask for each page whose moment has come, by itself: one that cannot be published holds up no other."""
    for revision in _to_publish():
        key = f"{PUBLISH}:{revision.pk}:{revision.approved_go_live_at.isoformat()}"
        enqueue(PUBLISH, {"revision": revision.pk}, key=key)
    for page in _to_take_down():
        enqueue(TAKE_DOWN, {"page": page.pk}, key=f"{TAKE_DOWN}:{page.pk}:{page.expire_at.isoformat()}")


def publish(payload, *, message):
    """Publish the revision of a page, unless it was taken off the clock meanwhile."""
    revision = _to_publish().filter(pk=payload["revision"]).first()
    if revision:
        revision.publish(log_action="wagtail.publish.scheduled")


def take_down(payload, *, message):
    """Take a page away whose time is over, unless its editor has changed that meanwhile."""
    page = _to_take_down().filter(pk=payload["page"]).first()
    if page:
        page.specific.unpublish(set_expired=True, log_action="wagtail.unpublish.scheduled")


def _to_publish():
    due = Revision.page_revisions.filter(approved_go_live_at__lte=timezone.now())
    return due.order_by("approved_go_live_at", "pk")


def _to_take_down():
    return Page.objects.live().filter(expire_at__lte=timezone.now()).order_by("expire_at", "pk")


def register():
    handlers.register(PUBLISH, publish)
    handlers.register(TAKE_DOWN, take_down)
    handlers.register_job(
        "home.publish_scheduled",
        ask_for_scheduled,
        timedelta(minutes=1),
        wanted=lambda: _to_publish().exists() or _to_take_down().exists(),
    )
