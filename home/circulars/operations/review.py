"""A second pair of eyes: what an editor submitted is approved or sent back by a publisher who did not edit it last."""

from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.models import Revision, TaskState

from core.audit.operations import record
from core.exceptions import BusinessError, WrongState
from home.circulars.models import Circular


@transaction.atomic
def approve(circular, *, by, revision, comment="") -> Circular:
    """Approve the revision with this key: published at once, or by the clock when it says from when.

    The editor is told. Refused: NotAllowed to anybody but publishers of the issuing administration, and to whoever
    made the last edit; WrongState if nothing waits or something else was submitted since; CannotPublish as `freeze`.
    """
    state = _waiting(circular, revision)
    state.task.specific.on_action(state, by, "approve", comment=comment.strip())
    record("circulars.approved", circular, by=by, revision=state.revision_id)
    return Circular.objects.select_related("current", "authority").get(pk=circular.pk)


@transaction.atomic
def send_back(circular, *, by, revision, comment) -> None:
    """Return what was submitted to its editor, who is told why.

    Refused: NotAllowed but to publishers of the issuing administration; WrongState as for `approve`; BusinessError
    without a word on what is to be changed.
    """
    state = _waiting(circular, revision)
    if not comment.strip():
        raise BusinessError(_("Say what is to be changed."), code="no_comment")
    state.task.specific.on_action(state, by, "reject", comment=comment.strip())
    record("circulars.sent_back", circular, by=by, revision=state.revision_id)


def approved_by(revision: Revision):
    """Who approved a revision which the clock publishes; None if nobody had to."""
    approved = TaskState.objects.filter(revision=revision, status=TaskState.STATUS_APPROVED)
    state = approved.select_related("finished_by").order_by("-finished_at").first()
    return state.finished_by if state else None


@transaction.atomic
def unschedule(revision: Revision) -> None:
    """Take a revision off the clock."""
    Revision.objects.filter(pk=revision.pk).update(approved_go_live_at=None)


def _waiting(circular, revision) -> TaskState:
    """The step that waits for a decision on this revision."""
    circular = Circular.objects.select_for_update(of=("self",)).get(pk=circular.pk)
    state = circular.current_workflow_task_state
    if state is None:
        raise WrongState(_("Nothing of this circular waits for approval."))
    if not revision == state.revision_id == circular.latest_revision_id:
        raise WrongState(_("It was changed and submitted again in the meantime: read it again before you decide."))
    return state
