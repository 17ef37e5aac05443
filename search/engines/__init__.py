"""Where passages are kept and found. An engine proposes; `ranking` decides the order, for all of them alike."""

from ..contract import Engine, EngineAway
from .passages import Passage
from .postgresql import PostgresqlEngine
from .sqlite import SqliteEngine

ENGINES = {"sqlite": SqliteEngine, "postgresql": PostgresqlEngine}


def current() -> Engine:
    """The engine that is asked first: the search server where one is set up."""
    return embedded()


def embedded() -> Engine:
    """The one that lies in the database itself."""
    raise EngineAway("There is no index yet.")


__all__ = ["ENGINES", "Passage", "PostgresqlEngine", "SqliteEngine", "current", "embedded"]
