"""Literal tables of states: `{state: {event: Transition(to, actors, guards)}}`, read by one small machine.

A table names actors and guards; an app's `permissions.py` gives the functions behind the names: that is the machine.
"""

from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from core import sql
from core.exceptions import NotAllowed, WrongState

CLOCK = "clock"  # the actor of periodic jobs: no person ever is the clock
DEPOSITOR = "depositor"  # the sender of a letter, without an account: proves it with number and code
RULE = "rule"  # an act type that hands its letters on by itself
IMPERSONAL = (CLOCK, DEPOSITOR, RULE)  # act through `check(None, ..., role=...)`


@dataclass(frozen=True)
class Transition:
    """Where an event leads, who may cause it (any of `actors`), what must hold besides (each of `guards`)."""

    to: str
    actors: tuple[str, ...]
    guards: tuple[str, ...] = ()


class Machine:
    """A table of states with the functions its names stand for.

    `actors` are `(user, obj) -> bool`; `guards` are `(obj) -> str`, the sentence of the unmet condition or "".
    The impersonal actors are none of them: no user ever is the clock.
    """

    def __init__(self, states, events, table, *, actors, guards, field="state"):
        self.states, self.events, self.table = states, events, table
        self.actors, self.guards, self.field = actors, guards, field

    def transition(self, obj, event) -> Transition | None:
        return self.table.get(getattr(obj, self.field), {}).get(event)

    def may(self, user, obj, event) -> bool:
        """Whether `user` may cause `event` now: state, actor and guards all allow it. Reads only."""
        step = self.transition(obj, event)
        return bool(step and self._is_actor(step, user, obj, "") and not self._unmet(step, obj))

    def permitted(self, user, obj) -> list[str]:
        """The events `user` may cause on `obj` now, in the table's order."""
        return [event for event in self.table.get(getattr(obj, self.field), {}) if self.may(user, obj, event)]

    def check(self, user, obj, event, *, role="") -> Transition:
        """The transition, or the refusal: WrongState for state and guards, NotAllowed for the actor."""
        step = self.transition(obj, event)
        if step is None:
            raise WrongState(
                _("This cannot be done any more: the state is now “%(state)s”.")
                % {"state": self.states(getattr(obj, self.field)).label}
            )
        if not self._is_actor(step, user, obj, role):
            raise NotAllowed()
        if sentence := self._unmet(step, obj):
            raise WrongState(sentence, code="condition_unmet")
        return step

    def problems(self) -> list[str]:
        """What is wrong with the table itself; run at start-up by a system check."""
        found = []
        for state, row in self.table.items():
            if state not in self.states:
                found.append(f"unknown state {state}")
            for event, step in row.items():
                known = {*self.actors, *IMPERSONAL}
                found += [f"{state}.{event}: unknown event"] * (event not in self.events)
                found += [f"{state}.{event}: unknown target {step.to}"] * (step.to not in self.states)
                found += [f"{state}.{event}: unknown actor {name}" for name in step.actors if name not in known]
                found += [f"{state}.{event}: unknown guard {name}" for name in step.guards if name not in self.guards]
        found += [f"state {state} has no row" for state in self.states if state not in self.table]
        return found

    def _is_actor(self, step, user, obj, role) -> bool:
        if user is None:
            return role in step.actors
        return any(self.actors[name](user, obj) for name in step.actors if name in self.actors)

    def _unmet(self, step, obj) -> str:
        return next((sentence for name in step.guards if (sentence := self.guards[name](obj))), "")


def move(obj: models.Model, step: Transition, *, field="state", **changes: Any) -> None:
    """Move one row to `step.to` if it still is where `obj` saw it; a second caller gets WrongState: nothing changes."""
    before = getattr(obj, field)
    changes |= {field: step.to}
    if hasattr(obj, "updated_at"):
        changes["updated_at"] = timezone.now()
    written = {name: value.pk if isinstance(value, models.Model) else value for name, value in changes.items()}
    moved = sql.update(type(obj), written, **{obj._meta.pk.name: obj.pk, field: before})
    if not moved:
        raise WrongState(_("Somebody else was faster: the state has changed in the meantime."), code="too_late")
    for name, value in changes.items():
        setattr(obj, name, value)
