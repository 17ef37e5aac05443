"""The desk asks for each reason to see letters by itself; together they are what `visible_to` says, for everybody."""

from functools import partial

import pytest
from django.http import QueryDict

from eservices.correspondence import desk
from eservices.correspondence.desk_letters import TABS, Letters
from eservices.correspondence.models import WorkItem
from tests.search import world as worlds

pytestmark = [pytest.mark.both, pytest.mark.django_db]
ADDRESSES = (
    "",
    "state=to_qualify",
    "state=in_progress",
    "state=closed",
    "state=waiting",
    "due=none",
    "due=late&state=assigned",
    "sort=due",
    "sort=-due&state=assigned",
    "sort=registered",
    "channel=portal",
    "since=2020-01-01&until=2090-01-01",
)


@pytest.mark.parametrize("seed", range(2))
def test_desk_lists_and_counts_what_may_be_seen_and_nothing_else(seed):
    world = worlds.make(seed, people=40, acts=2, mail=40)

    seen = set()
    for reader in world.readers():
        for address in ADDRESSES:
            values = desk.DeskFilter(QueryDict(address)).values()
            narrowed = desk.narrow(WorkItem.objects.visible_to(reader), values)
            letters = Letters(reader, partial(desk.narrow, values=values))
            expected = list(desk.select(narrowed, values, reader).values_list("pk", flat=True))

            state, sort = values["state"], values["sort"] or desk.DEFAULT_SORT
            counts = {"": narrowed.count(), **{tab: narrowed.filter(state=tab).count() for tab in TABS}}
            assert letters.find(state, sort, 500, ("", *TABS), 500) == (expected, counts), (reader, address)
            assert letters.find(state, sort, 3, (), 0) == (expected[:3], {})
            assert letters.find(state, sort, 3, ("",), 2) == (expected[:3], {"": min(counts[""], 2)})
        seen.add(frozenset(WorkItem.objects.visible_to(reader).values_list("pk", flat=True)))
    assert len(seen) > 10  # the world is one in which it matters who asks
