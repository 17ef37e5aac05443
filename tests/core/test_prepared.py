"""Queries written once give what the plain ones give, whatever the values."""

import pytest
from django.db.models import Q

from core.organisations.models import Delegation, Post
from core.prepared import Prepared
from tests.factories.organisations import DelegationFactory, PostFactory

pytestmark = pytest.mark.django_db


def test_rows_are_those_of_the_plain_query_for_every_value(django_assert_num_queries):
    posts = PostFactory.create_batch(3)
    of_unit = Prepared(lambda unit: Post.objects.filter(unit=unit).order_by("pk").values_list("pk", "title_ar"))
    for post in posts:
        with django_assert_num_queries(1):
            rows = of_unit(unit=post.unit_id)
        assert rows == [(post.pk, post.title_ar)]
    assert of_unit(unit=0) == []
    assert len(of_unit.written) == 1


def test_lists_are_written_once_for_each_length():
    posts = PostFactory.create_batch(3)

    @Prepared
    def among(keys):
        wanted = Q(pk__in=())
        for key in keys:
            wanted |= Q(pk=key)
        return Post.objects.filter(wanted).order_by("pk").values_list("pk")

    keys = [post.pk for post in posts]
    assert [among(keys=keys[:count]) for count in (2, 1, 2)] == [
        [(keys[0],), (keys[1],)],
        [(keys[0],)],
        [(keys[0],), (keys[1],)],
    ]
    assert among(keys=[]) == []
    assert among(keys=keys[2:]) == [(keys[2],)]


def test_values_are_converted_as_by_django():
    delegation = DelegationFactory(acts=["visa"])
    fields = ("acts", "starts_on", "revoked_at")
    asked = Prepared(lambda key: Delegation.objects.filter(pk=key).values_list(*fields))
    delegation.refresh_from_db()
    assert asked(key=delegation.pk) == [(["visa"], delegation.starts_on, None)]
