import pytest

from tests.factories.letters import act_type_for


@pytest.fixture
def office(organisation, registry, unit):
    """The ministry with its registry office, which takes requests for authorisation."""
    act_type_for(organisation, unit=unit)
    return organisation
