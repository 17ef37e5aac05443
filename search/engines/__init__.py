"""Where passages are kept and found. The embedded engine stands in the database itself and is always there."""

from django.conf import settings

from ..contract import Engine
from .database import DatabaseEngine


def embedded() -> Engine:
    """The index in the database."""
    return DatabaseEngine()


def server() -> Engine | None:
    """The index on the search server, where one is configured."""
    if not settings.ELASTICSEARCH_URL:
        return None
    from .elasticsearch import ElasticsearchEngine  # noqa: PLC0415 - its client is loaded only where there is a server

    return ElasticsearchEngine(settings.ELASTICSEARCH_URL, prefix=settings.ELASTICSEARCH_PREFIX)


def current() -> Engine:
    """The engine that is asked first."""
    return server() or embedded()


__all__ = ["current", "embedded", "server"]
