import pytest

from eservices.correspondence import operations
from tests.factories.letters import act_type_for, deposited


@pytest.fixture
def act_type(organisation):
    return act_type_for(organisation)


@pytest.fixture
def item(organisation, registry, act_type):
    """A deposited letter that waits to be assigned."""
    return deposited(organisation, act_type=act_type).item


@pytest.fixture
def assigned(item, unit, amina):
    operations.assign(item, to_unit=unit, by=amina, instruction="reply")
    return item


@pytest.fixture
def in_progress(assigned, youssef):
    operations.take(assigned, by=youssef)
    return assigned


@pytest.fixture
def on_hold(in_progress, youssef):
    operations.request_pieces(in_progress, by=youssef, text="نسخة من التصميم")
    return in_progress
