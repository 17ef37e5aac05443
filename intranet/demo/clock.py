"""A year told in order: acts wait in a queue and happen at their own moment, by a clock the demonstration sets."""

import heapq
import itertools
from datetime import datetime, time, timedelta

import time_machine

from core.dates import CASABLANCA
from core.organisations.calendar import Calendar


class Year:
    """The queue of acts. `at(moment, act)` plans one; `play()` lets them happen in the order of their moments.

    This process's clock shows each act's moment while it happens. Only ever used on an empty database in demonstration
    mode: registers and log are append-only and take their time from that clock.
    """

    def __init__(self, ends: datetime):
        self.ends = ends
        self._queue = []
        self._order = itertools.count()

    def at(self, moment: datetime, act) -> None:
        if moment < self.ends:
            heapq.heappush(self._queue, (moment, next(self._order), act))

    def play(self) -> None:
        if not self._queue:
            return
        with time_machine.travel(self._queue[0][0], tick=False) as clock:
            while self._queue:
                now, _order, act = heapq.heappop(self._queue)
                clock.move_to(now, tick=False)
                act(now)


def at_moment(moment: datetime):
    """A context in which this process's clock stands at `moment`."""
    return time_machine.travel(moment, tick=False)


def office_moment(calendar: Calendar, day, *, minutes: int, seconds: int = 0) -> datetime:
    """So many minutes after 08:30 of the next working day from `day` on."""
    day = calendar.next_working_day(day)
    return datetime.combine(day, time(8, 30), CASABLANCA) + timedelta(minutes=minutes, seconds=seconds)
