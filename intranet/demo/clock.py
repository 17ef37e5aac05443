"""A year told in order: acts wait in a queue and happen at their own moment, by a clock the demonstration sets."""

import heapq
import itertools
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from unittest import mock

from django.utils import timezone

from core.dates import CASABLANCA
from core.organisations.calendar import next_working_day


class Year:
    """The queue of acts. `at(moment, act)` plans one; `play()` lets them happen in the order of their moments.

    The installation's clock (`django.utils.timezone.now`) shows each act's moment while it happens. Only ever used on
    an empty database in demonstration mode: registers and log are append-only and take their time from that clock.
    """

    def __init__(self, ends: datetime):
        self.ends = ends
        self._queue = []
        self._order = itertools.count()

    def at(self, moment: datetime, act) -> None:
        if moment < self.ends:
            heapq.heappush(self._queue, (moment, next(self._order), act))

    def play(self) -> None:
        now = [self.ends]
        with mock.patch.object(timezone, "now", lambda: now[0]):
            while self._queue:
                now[0], _order, act = heapq.heappop(self._queue)
                act(now[0])


@contextmanager
def at_moment(moment: datetime):
    """The installation's clock stands at `moment`."""
    with mock.patch.object(timezone, "now", lambda: moment):
        yield


def office_moment(organisation, day, *, minutes: int, seconds: int = 0) -> datetime:
    """So many minutes after 08:30 of the next working day from `day` on."""
    day = next_working_day(organisation, day)
    return datetime.combine(day, time(8, 30), CASABLANCA) + timedelta(minutes=minutes, seconds=seconds)
