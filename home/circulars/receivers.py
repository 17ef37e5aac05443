"""What follows from Wagtail's own acts: a published circular is frozen; what waits for somebody is told to them."""

from django.urls import reverse
from wagtail.admin.signal_handlers import (
    workflow_approval_email_notifier,
    workflow_rejection_email_notifier,
    workflow_submission_email_notifier,
)
from wagtail.models import TaskState, WorkflowState
from wagtail.signals import published, task_submitted, workflow_approved, workflow_rejected, workflow_submitted

from core import public
from core.files.signals import file_read
from core.notifications.operations import notify
from core.organisations.enums import Role
from core.organisations.models import Post
from home.circulars import operations
from home.circulars.models import Circular, CircularFile

# Wagtail's mails know neither our notices nor how each person wants them: of circulars they tell nobody.
_MAILS = (
    (workflow_submitted, workflow_submission_email_notifier, "workflow_state_submitted_email_notification"),
    (workflow_rejected, workflow_rejection_email_notifier, "workflow_state_rejected_email_notification"),
    (workflow_approved, workflow_approval_email_notifier, "workflow_state_approved_email_notification"),
)


def keep_version(sender, instance, revision, **kwargs):
    """Freeze what has just been published: by whoever did it, or approved what the clock publishes."""
    if instance.live:  # what is published at a later moment is told of now as well
        operations.freeze(instance, by=revision.published_by or operations.approved_by(revision))


def ask_publishers(sender, instance, user, **kwargs):
    """A circular waits for its second pair of eyes."""
    circular = instance.workflow_state.content_object
    if isinstance(circular, Circular):
        url = reverse("wagtailsnippets_circulars_circular:review", args=[circular.pk])
        facts = {"by": user, "url": url, "key": f"circular-review-{instance.pk}", "number": circular.number}
        posts = Post.objects.filter(unit__organisation=circular.authority_id, roles__role=Role.CIRCULAR_PUBLISHER)
        for post in posts.distinct():
            notify(post, "circulars.submitted", role=Role.CIRCULAR_PUBLISHER, **facts)


def tell_sent_back(sender, instance, user, **kwargs):
    _tell_editor(instance, "circulars.sent_back", by=user)


def tell_approved(sender, instance, user, **kwargs):
    _tell_editor(instance, "circulars.approved", by=user)


def _tell_editor(state, event, *, by):
    circular = state.content_object
    if isinstance(circular, Circular) and state.requested_by:
        url = reverse("wagtailsnippets_circulars_circular:edit", args=[circular.pk])
        notify(state.requested_by, event, by=by, url=url, number=circular.number)


def make_pages_anew(sender, file, **kwargs):
    """The page of a circular tells civil servants whether the text of its files is known."""
    if CircularFile.objects.filter(file=file).exists():
        public.changed()


def _but_of_circulars(notifier):
    def told(instance, **kwargs):
        if not isinstance(instance.content_object, Circular):
            notifier(instance, **kwargs)

    return told


def register():
    published.connect(keep_version, sender=Circular, dispatch_uid="circulars.keep_version")
    file_read.connect(make_pages_anew, dispatch_uid="circulars.make_pages_anew")
    task_submitted.connect(ask_publishers, sender=TaskState, dispatch_uid="circulars.ask_publishers")
    workflow_rejected.connect(tell_sent_back, sender=WorkflowState, dispatch_uid="circulars.tell_sent_back")
    workflow_approved.connect(tell_approved, sender=WorkflowState, dispatch_uid="circulars.tell_approved")
    for signal, notifier, uid in _MAILS:
        signal.disconnect(sender=WorkflowState, dispatch_uid=uid)
        signal.connect(_but_of_circulars(notifier), sender=WorkflowState, dispatch_uid=uid, weak=False)
