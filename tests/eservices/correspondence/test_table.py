"""The treatment table as the design states it: for every state and role exactly these events, no more and no fewer."""

import pytest

from eservices.correspondence.enums import Event, Treatment
from eservices.correspondence.permissions import delivery, outgoing, treatment

pytestmark = pytest.mark.django_db

CLERK = {
    Treatment.TO_QUALIFY: {Event.ASSIGN, Event.NO_ACTION, Event.REDIRECT},
    Treatment.ASSIGNED: {Event.REASSIGN, Event.REDIRECT},
    Treatment.IN_PROGRESS: {Event.REASSIGN, Event.REDIRECT},
    Treatment.ON_HOLD: {Event.PIECES_RECEIVED, Event.REDIRECT},
    Treatment.CLOSED: set(),
    Treatment.ARCHIVED: set(),
}
HEAD = {
    Treatment.TO_QUALIFY: set(),
    Treatment.ASSIGNED: {Event.TAKE, Event.REASSIGN, Event.SEND_BACK},
    Treatment.IN_PROGRESS: {Event.REQUEST_PIECES, Event.EXTEND, Event.REASSIGN, Event.NO_ACTION, Event.DUPLICATE},
    Treatment.ON_HOLD: set(),
    Treatment.CLOSED: {Event.REOPEN},
    Treatment.ARCHIVED: set(),
}
AGENT = {
    Treatment.TO_QUALIFY: set(),
    Treatment.ASSIGNED: {Event.TAKE},
    Treatment.IN_PROGRESS: {Event.REQUEST_PIECES},
    Treatment.ON_HOLD: set(),
    Treatment.CLOSED: set(),
    Treatment.ARCHIVED: set(),
}
NOBODY = {state: set() for state in Treatment}


@pytest.mark.parametrize("state", list(Treatment))
@pytest.mark.parametrize(
    ("person", "expected"),
    [("amina", CLERK), ("youssef", HEAD), ("said", AGENT), ("karim", NOBODY), ("nadia", NOBODY), ("salma", NOBODY)],
)
def test_permitted_events_are_those_of_the_table(item, unit, state, person, expected, request):
    item.state = state
    item.owner_unit = None if state == Treatment.TO_QUALIFY else unit

    assert set(treatment.permitted(request.getfixturevalue(person), item)) == expected[state]


@pytest.mark.parametrize("machine", [treatment, outgoing, delivery])
def test_tables_name_only_what_exists(machine):
    assert machine.problems() == []
