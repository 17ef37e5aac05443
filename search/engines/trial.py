"""A throw-away index, for measuring: the embedded engine on tables of its own that leave nothing behind."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.utils import load_backend

from ..contract import Engine
from ..models import AccessSet, AccessToken, Document, Facets, Passage, Place, Streams, Vocabulary
from . import postgresql, sqlite
from .database import DatabaseEngine
from .elasticsearch import ElasticsearchEngine
from .tokens import vocabulary

ENGINES = ("elasticsearch", "postgresql", "sqlite")
_MODELS = (AccessSet, AccessToken, Facets, Document, Passage, Streams, Place, Vocabulary)
_ALIAS = "search_trial"


@contextmanager
def trial_engine(name: str, url: str = "") -> Iterator[Engine]:
    """An empty index, gone afterwards.

    `sqlite`: in memory. `postgresql`: temporary tables beside those of the installation. `elasticsearch`: an index of
    its own on the server at `url` or the one of the settings.
    """
    if name == "elasticsearch":
        with _on_server(url or settings.ELASTICSEARCH_URL) as engine:
            yield engine
        return
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


@contextmanager
def _on_server(url):
    engine = _Counting(url, prefix=f"trial{secrets.token_hex(4)}")
    try:
        engine.prepare()
        yield engine
    finally:
        engine.clean()


class _Counting(ElasticsearchEngine):
    """One that counts the tokens itself, since no database holds what it is given."""

    def __init__(self, url, **options):
        super().__init__(url, vocabulary=self._count, timeout=30, **options)
        self._kept = {}  # doc_id → (version, its vocabulary)

    def _written(self, record):
        source = super()._written(record)
        if record.version >= self._kept.get(record.doc_id, (0,))[0]:
            streams = [SimpleNamespace(**passage) for passage in source.get("passages", ())]
            self._kept[record.doc_id] = record.version, vocabulary(streams)
        return source

    def remove(self, gone):
        gone = list(gone)
        for doc_id, version in gone:
            if version >= self._kept.get(doc_id, (0,))[0]:
                self._kept[doc_id] = version, {}
        return super().remove(gone)

    def _count(self, tokens):
        return {token: sum(said.get(token, 0) for _, said in self._kept.values()) for token in tokens}
