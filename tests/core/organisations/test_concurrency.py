"""Two administrators at the same moment: one seat has one person."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from core.dates import today
from core.exceptions import WrongState
from core.organisations import operations
from core.organisations.enums import Role
from core.organisations.models import Tenure
from core.users.models import User
from tests.factories.organisations import PostFactory
from tests.factories.users import UserFactory

TOGETHER = 4


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
def test_seat_taken_by_several_at_once_goes_to_one(nadia, unit):
    post = PostFactory(unit=unit, roles=[Role.HEAD])
    people = [UserFactory() for _n in range(TOGETHER)]
    start = Barrier(TOGETHER)

    def appoint(person):
        try:
            start.wait()
            administrator = User.objects.get(pk=nadia.pk)
            operations.appoint(person, post=post, by=administrator, starts_on=today())
        except WrongState as refusal:
            return refusal.code
        finally:
            connections.close_all()
        return "appointed"

    with ThreadPoolExecutor(TOGETHER) as pool:
        answers = sorted(pool.map(appoint, people))

    assert answers == ["appointed", "taken", "taken", "taken"]
    assert Tenure.objects.filter(post=post).count() == 1
    assert User.objects.filter(groups__name=Role.HEAD).count() == 1
