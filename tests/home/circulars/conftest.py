"""The issuer's people: ilham writes circulars, tarik approves them."""

import pytest

from core.organisations.enums import Role
from core.organisations.operations import sync_groups
from home.circulars.setup import let_editors_write
from tests.factories.organisations import UnitFactory, post_for
from tests.factories.users import UserFactory


@pytest.fixture
def office(organisation):
    let_editors_write()
    return UnitFactory(organisation=organisation)


@pytest.fixture
def ilham(office):
    """Writes circulars."""
    user = UserFactory(username="ilham")
    post_for(user, office, Role.CIRCULAR_EDITOR)
    return user


@pytest.fixture
def tarik(office):
    """Approves circulars, and may write them too."""
    user = UserFactory(username="tarik")
    post_for(user, office, Role.CIRCULAR_EDITOR, Role.CIRCULAR_PUBLISHER)
    return user


@pytest.fixture
def foreign_publisher(other_organisation):
    user = UserFactory(username="foreign")
    post_for(user, UnitFactory(organisation=other_organisation), Role.CIRCULAR_EDITOR, Role.CIRCULAR_PUBLISHER)
    return user


@pytest.fixture
def cms(client_of):
    """cms(user): a browser in which `user` is signed in, with what their posts allow in Wagtail's administration."""

    def sign_in(user):
        sync_groups()
        return client_of(user)

    return sign_in
