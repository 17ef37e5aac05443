"""What circulars ask of a person: actions and acknowledgements, by day."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import get_language

from home.circulars import deadlines
from home.circulars.models import Action, Circular, DoneAction


@dataclass(frozen=True)
class ToDo:
    """An action, or without one the acknowledgement of the circular."""

    circular: Circular
    due_on: date | None
    action: Action | None = None
    place: int = 0
    done: DoneAction | None = None

    @property
    def words(self) -> str:
        title = self.circular.current.title
        return (get_language() == "fr" and self.action.text_fr) or self.action.text_ar if self.action else title


def keys(user, *, what="", state="waiting") -> list[tuple]:
    """(day, kind, key) of all that waits for `user` or, with `state` done, that they have done; the earliest first."""
    is_done = state == "done"
    found = []
    if what != "acknowledge":
        actions = Action.objects.asked_of(user)
        actions = actions.done_by(user) if is_done else actions.left_by(user)
        found += [(due or date.max, "action", key) for key, due in actions.values_list("pk", "due_on")]
    if what != "act":
        circulars = Circular.objects
        circulars = circulars.acknowledged_by(user) if is_done else circulars.to_acknowledge(user)
        rows = circulars.order_by().values_list("pk", "acknowledge_by")
        found += [(due or date.max, "circular", key) for key, due in rows]
    return sorted(found, reverse=is_done)


def items(user, found) -> list[ToDo]:
    """The things behind some keys, in their order."""
    actions = Action.objects.in_bulk(key for _day, kind, key in found if kind == "action")
    wanted = {action.circular_id for action in actions.values()}
    wanted |= {key for _day, kind, key in found if kind == "circular"}
    circulars = Circular.objects.select_related("authority", "current").in_bulk(wanted)
    done = {row.action: row for row in DoneAction.objects.of(user).filter(action__in=actions).select_related("person")}
    rows = []
    for _day, kind, key in found:
        if kind == "circular":
            rows.append(ToDo(circulars[key], circulars[key].acknowledge_by))
        else:
            circular = circulars[actions[key].circular_id]
            place = _place(circular, key)
            rows.append(ToDo(circular, actions[key].due_on, actions[key], place, done.get(key)))
    return rows


def calendar(rows) -> bytes:
    """Those that have a day, as an iCalendar file."""
    return deadlines.as_calendar(
        [
            deadlines.of_action(row.circular, row.circular.current, _frozen(row), get_language())
            if row.action
            else deadlines.of_acknowledgement(row.circular)
            for row in rows
            if row.due_on and (row.action is None or row.place)
        ]
    )


def _place(circular, key) -> int:
    """Where the current version names the action, from 1; 0 if it does not."""
    places = [action.get("key") for action in circular.current.content["actions"]]
    return places.index(key) + 1 if key in places else 0


def _frozen(row) -> dict:
    return row.circular.current.content["actions"][row.place - 1]
