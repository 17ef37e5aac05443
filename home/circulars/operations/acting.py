"""What a circular asks for is done by its addressees."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.audit.operations import record
from core.exceptions import NotAllowed, WrongState
from home.circulars import permissions
from home.circulars.models import Circular, DoneAction


@transaction.atomic
def do_action(circular, key, *, by) -> DoneAction:
    """Note that an action of the current version was carried out at the post of `by`.

    Done again is the same as once, also by another holder of the post. Refused: NotAllowed to anybody it is not
    addressed to for action; WrongState if the current version asks for no such action.
    """
    circular, posts = _asked(circular, key, by)
    done = _done(circular, key, by).first()
    if done is None:
        done = DoneAction.objects.create(circular=circular, action=key, person=by, post_id=posts[0])
        record("circulars.action_done", circular, by=by, action=key)
    return done


@transaction.atomic
def undo_action(circular, key, *, by) -> None:
    """Take back that an action was carried out; nothing if it was not. Refused as `do_action`."""
    circular, _posts = _asked(circular, key, by)
    if _done(circular, key, by).update(undone_at=timezone.now()):
        record("circulars.action_undone", circular, by=by, action=key)


def _asked(circular, key, by) -> tuple[Circular, list[int]]:
    """The circular, locked, and the posts by which `by` must act."""
    circular = Circular.objects.select_for_update(of=("self",)).select_related("current").get(pk=circular.pk)
    posts = permissions.posts_to_act(by, circular)
    if not posts or circular.is_withdrawn:
        raise NotAllowed()
    if key not in {action.get("key") for action in circular.current.content["actions"]}:
        raise WrongState(_("The circular was changed in the meantime: read what it asks for now."))
    return circular, posts


def _done(circular, key, by):
    return DoneAction.objects.of(by).filter(circular=circular, action=key)
