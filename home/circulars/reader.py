"""What the page of a circular says to one person: why it concerns them, what they did with it, what they may do.

Nothing of it is kept from one page to the next.
"""

from datetime import date, datetime
from typing import NamedTuple

from core.organisations.permissions import holdings_of
from core.prepared import Prepared
from home.circulars import operations, permissions
from home.circulars.models import Acknowledgement, CircularVersion, DoneAction


class Answer(NamedTuple):
    """What the person did with a version, and the last version they know."""

    meaning_hash: str
    opened_at: datetime | None
    acknowledged_at: datetime | None
    read_version: int | None
    number: int | None
    day: date | None
    of_day: int | None


@Prepared
def _answers(user, circular):
    read = (f"read_version__{name}" for name in ("number", "day", "of_day"))
    answers = Acknowledgement.objects.filter(person=user, circular=circular)
    return answers.values_list("meaning_hash", "opened_at", "acknowledged_at", "read_version_id", *read)


@Prepared
def _done(user, posts, circular):
    return DoneAction.objects.done(user, posts).filter(circular=circular).values_list("pk")


def for_reader(circular, user, actions) -> dict:
    """All of it for the current version; for strangers nothing. `actions` are what the version asks for."""
    if not user.is_authenticated:
        return {}
    answers = [Answer(*row) for row in _answers(user=user.pk, circular=circular.pk)]
    own = next((answer for answer in answers if answer.meaning_hash == circular.current.meaning_hash), None)
    reasons = circular.reasons_for(user)
    if reasons and (own is None or own.opened_at is None):
        operations.open_version(circular, by=user)
    return {
        "own": own,
        "reasons": [str(reason) for reason in reasons],
        **_since(circular, answers),
        **_doing(circular, user, actions),
        **{name: getattr(permissions, name)(user, circular) for name in _MAY},
    }


_MAY = ("can_acknowledge", "can_see_reach", "can_withdraw")


def _since(circular, answers) -> dict:
    """The last version the person knows, if it is not the current one, and where the change is shown."""
    read = [answer for answer in answers if answer.read_version]
    last = max(read, key=lambda answer: answer.number, default=None)
    if last is None or last.read_version == circular.current_id:
        return {"last_read": None, "since_url": ""}
    version = CircularVersion(pk=last.read_version, number=last.number, day=last.day, of_day=last.of_day)
    return {"last_read": version, "since_url": f"{circular.get_absolute_url()}/compare?before={version.address}"}


def _doing(circular, user, actions) -> dict:
    """What of the actions this person has done, if they must."""
    if not actions or not permissions.can_do_actions(user, circular):
        return {}
    posts = [holding.post_id for holding in holdings_of(user)]
    keys = [key for (key,) in _done(user=user.pk, posts=posts, circular=circular.pk)]
    done = DoneAction.objects.filter(pk__in=keys).select_related("person") if keys else ()
    by_action = {row.action: row for row in done}
    return {"can_do": True, "actions": [action | {"done": by_action.get(action["key"])} for action in actions]}
