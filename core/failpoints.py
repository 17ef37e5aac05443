"""Named points where a test makes a process fail: inert unless `FAILPOINTS` or `active()` names them.

`FAILPOINTS="deposit.after_number=exit outbox.before_handler=sleep:2"`: `exit` is what `kill -9` is (nothing is cleaned
up), `raise` raises FailPointError, `sleep:SECONDS` waits. A system check refuses it outside the demonstration.
"""

import contextlib
import os
import signal
import time

VARIABLE = "FAILPOINTS"


class FailPointError(Exception):
    """What a fail point raises: no operation expects it."""


def reach(name: str) -> None:
    """Mark that `name` is reached; does nothing unless a test asked for a failure here."""
    if action := _points.get(name):
        _fail(name, action)


@contextlib.contextmanager
def active(**points):
    """Within the block the named points act, e.g. `active(**{"deposit.after_number": "raise"})`."""
    before = dict(_points)
    _points.update(points)
    try:
        yield
    finally:
        _points.clear()
        _points.update(before)


def _fail(name, action):
    verb, _, seconds = action.partition(":")
    if verb == "exit":
        os.kill(os.getpid(), signal.SIGKILL)
    elif verb == "sleep":
        time.sleep(float(seconds or 1))
    elif verb == "raise":
        raise FailPointError(name)
    else:
        raise ValueError(f"unknown action {action!r} of fail point {name}")


_points = dict(item.split("=", 1) for item in os.environ.get(VARIABLE, "").split() if "=" in item)
