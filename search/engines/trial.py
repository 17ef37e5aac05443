"""A throw-away index, for measuring: the embedded engine on tables of its own that leave nothing behind."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.utils import load_backend

from ..models import AccessSet, AccessToken, Document, Facets, Passage, Place, Streams, Vocabulary
from . import postgresql, sqlite
from .database import DatabaseEngine

ENGINES = ("postgresql", "sqlite")
_MODELS = (AccessSet, AccessToken, Facets, Document, Passage, Streams, Place, Vocabulary)
_ALIAS = "search_trial"


@contextmanager
def trial_engine(name: str) -> Iterator[DatabaseEngine]:
    """`sqlite`: a database in memory. `postgresql`: temporary tables beside those of the installation."""
    connection = connections[_ALIAS] = _connection(name)
    try:
        with connection.cursor() as cursor:
            if name == "postgresql":
                cursor.execute("SET search_path TO pg_temp, public")
        with connection.schema_editor() as editor:
            for model in _MODELS:
                editor.create_model(model)
        with connection.cursor() as cursor:
            (postgresql if name == "postgresql" else sqlite).create(cursor)
        yield DatabaseEngine(_ALIAS)
    finally:
        connection.close()
        del connections[_ALIAS]


def _connection(name):
    """One more connection to the database of the installation, or one to memory."""
    settings = dict(connections[DEFAULT_DB_ALIAS].settings_dict)
    if name == "sqlite":
        settings |= {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:", "OPTIONS": {}}
    return load_backend(settings["ENGINE"]).DatabaseWrapper(settings, _ALIAS)
