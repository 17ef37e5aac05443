from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.cache import cache

from core import limits

MINUTE = timedelta(minutes=1)


def test_places_are_taken_until_none_is_left():
    assert [limits.allow("track", "a", limit=2, per=MINUTE) for _n in range(3)] == [True, True, False]


def test_places_of_another_person_or_scope_are_their_own():
    limits.allow("track", "a", limit=1, per=MINUTE)
    assert limits.allow("track", "b", limit=1, per=MINUTE)
    assert limits.allow("deposit", "a", limit=1, per=MINUTE)


def test_place_is_free_again_after_its_time():
    short = timedelta(seconds=0)
    assert limits.allow("track", "a", limit=1, per=short)
    assert limits.allow("track", "a", limit=1, per=short)


def test_refusal_says_when_to_come_back():
    limits.check("track", "a", limit=1, per=MINUTE)
    with pytest.raises(limits.TooMany) as refusal:
        limits.check("track", "a", limit=1, per=MINUTE)
    assert (refusal.value.retry_after, refusal.value.code) == (60, "too_many")


def test_eight_at_once_get_no_more_places_than_there_are():
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda _n: limits.allow("track", "a", limit=3, per=MINUTE), range(8)))
    assert sum(got) <= 3


def test_cache_holds_no_address():
    limits.allow("track", "203.0.113.7", limit=1, per=MINUTE)
    assert not any("203.0.113.7" in key for key in cache._cache)
