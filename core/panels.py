"""What waits for a person: apps say it here from AppConfig.ready(), the staff home above them shows it.

A panel is computed for one request; it starts from `visible_to(request.user)` and returns None when it is not that
person's business. An action is the one button a person needs most.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True)
class Tile:
    """A figure that waits: how many, of what, and where to deal with them."""

    count: int
    label: str
    url: str
    note: str = ""
    is_late: bool = False


@dataclass(frozen=True)
class Row:
    """One thing in a list: its name and address, its state in a word, its number, and where it lies."""

    title: str
    url: str
    tone: str = ""  # of components/_status.html
    status: str = ""
    number: str = ""
    notes: tuple[str, ...] = ()
    on: date | datetime | None = None


@dataclass(frozen=True)
class Panel:
    """Tiles go into “what waits for you”; rows make a list of their own, in the main column or beside it."""

    title: str = ""
    tiles: list[Tile] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    url: str = ""
    empty: str = ""
    is_aside: bool = False
    order: int = 100


@dataclass(frozen=True)
class Action:
    label: str
    url: str
    icon: str = "inbox"
    order: int = 100


@dataclass(frozen=True)
class Entry:
    """An entry of the staff menu; `count` is what waits behind it."""

    label: str
    url: str
    count: int = 0
    order: int = 100


_panels: dict[str, Callable] = {}
_actions: dict[str, Callable] = {}
_entries: dict[str, Callable] = {}


def register_panel(func):
    """`func(request) -> Panel | None`, shown on the staff home. Registering twice is the same as once."""
    _panels[_name(func)] = func
    return func


def register_action(func):
    """`func(request) -> Action | None`, a button on top of the staff home."""
    _actions[_name(func)] = func
    return func


def register_entry(func):
    """`func(request) -> Entry | None`, an entry of the staff menu on every page: keep it to one cheap query."""
    _entries[_name(func)] = func
    return func


def panels(request) -> list[Panel]:
    return _ordered(_panels, request)


def actions(request) -> list[Action]:
    return _ordered(_actions, request)


def entries(request) -> list[Entry]:
    return _ordered(_entries, request)


def _name(func):
    return f"{func.__module__}.{func.__qualname__}"


def _ordered(registry, request):
    found = (func(request) for func in registry.values())
    return sorted((item for item in found if item is not None), key=lambda item: item.order)
