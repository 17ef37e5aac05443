"""Where passages are kept and found. The embedded engine stands in the database itself and is always there."""

from ..contract import Engine
from .database import DatabaseEngine


def embedded() -> Engine:
    """The index in the database."""
    return DatabaseEngine()


def current() -> Engine:
    """The engine that is asked first."""
    return embedded()


__all__ = ["current", "embedded"]
