"""Which notices their reader may still know of: an app whose rights change with posts says so for its events.

A notice may wait days for its digest; what it tells is asked for again when it leaves or is shown.
"""

from collections.abc import Callable

_guards: dict[str, Callable] = {}


def register(prefix: str, func: Callable) -> None:
    """`func(reader, notices)` answers which of these notices, whose events begin with `prefix`, are still open."""
    _guards[prefix] = func


def open_to(reader, notices: list) -> list:
    """The notices that `reader` may know of now, in their order."""
    closed = set()
    for prefix, func in _guards.items():
        ours = [notice for notice in notices if notice.event.startswith(prefix)]
        if ours:
            closed |= {notice.pk for notice in ours} - {notice.pk for notice in func(reader, ours)}
    return [notice for notice in notices if notice.pk not in closed]
