"""Where passages are kept and found. An engine proposes; `ranking` decides the order, for all of them alike."""

from .passages import Passage
from .postgresql import PostgresqlEngine
from .sqlite import SqliteEngine

ENGINES = {"sqlite": SqliteEngine, "postgresql": PostgresqlEngine}

__all__ = ["ENGINES", "Passage", "PostgresqlEngine", "SqliteEngine"]
