"""What the editor says while a circular waits for its second pair of eyes: nobody changes it, and who may decide."""

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.locks import BaseLock, WorkflowLock

from core.organisations.enums import Role
from core.organisations.permissions import has_role

OWN_EDIT = gettext_lazy(
    "The last edit of this circular is yours: a second person must approve it. "
    "Ask another publisher of your administration."
)


def publishes(user, circular) -> bool:
    """Whether `user` is a publisher of the administration that issues it."""
    return has_role(user, Role.CIRCULAR_PUBLISHER, organisation=circular.authority_id)


def edited_last(user, circular) -> bool:
    """Whether `user` saved the latest revision."""
    return circular.latest_revision_id is not None and circular.latest_revision.user_id == user.pk


class ReviewLock(WorkflowLock):
    """What is being reviewed stays as it is until somebody decides, or its editor takes it back."""

    def for_user(self, user):
        return True

    def get_message(self, user):
        waits = _("This circular waits for approval and cannot be changed until then.")
        if not publishes(user, self.object):
            return waits
        if edited_last(user, self.object):
            return format_html("{} {}", waits, OWN_EDIT)
        url = reverse("wagtailsnippets_circulars_circular:review", args=[self.object.pk])
        return format_html('{} <a href="{}">{}</a>', waits, url, _("Read it and decide"))

    def get_locked_by(self, user, can_lock=False):
        return _("Waits for approval")

    def get_description(self, user, can_lock=False):
        return _("A publisher who did not make the last edit approves it or sends it back.")


class WithdrawnLock(BaseLock):
    """A withdrawn circular is history."""

    def for_user(self, user):
        return True

    def get_message(self, user):
        reason = self.object.withdrawal_reason
        return _("This circular was withdrawn and is not changed any more. Reason: %(reason)s") % {"reason": reason}

    def get_locked_by(self, user):
        return _("Withdrawn")

    def get_description(self, user):
        return _("What was withdrawn stays as it was.")
