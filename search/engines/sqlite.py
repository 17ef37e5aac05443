"""The index of tokens on SQLite: FTS5 without content of its own, which only says where a token stands.

Tokens are ready, so the tokenizer parts them at ASCII separators alone; `_` joins the parts of references and grams.
What leaves the index is told with the very tokens that came in: SQLite 3.40 has no other way, and they are in the
streams.
"""

import json

from .rows import Rows
from .tokens import gram_tokens, word_tokens

_OPTIONS = """content='', columnsize=0, tokenize="ascii tokenchars '_'" """
_TABLES = {
    "search_words": f"tokens, detail='none', {_OPTIONS}",
    "search_exact": f"title, body, {_OPTIONS}",
    "search_grams": f"tokens, detail='none', {_OPTIONS}",
}


def create(cursor):
    for name, declared in _TABLES.items():
        cursor.execute(f"CREATE VIRTUAL TABLE {name} USING fts5({declared})")
    clear = " ".join(f"INSERT INTO {name}({name}) VALUES ('delete-all');" for name in _TABLES)  # noqa: S608
    cursor.execute(  # no row of the index outlives the places
        "CREATE TRIGGER search_emptied AFTER DELETE ON search_place"  # noqa: S608
        f" WHEN NOT EXISTS (SELECT 1 FROM search_place) BEGIN {clear} END"
    )


def drop(cursor):
    cursor.execute("DROP TRIGGER search_emptied")
    for name in _TABLES:
        cursor.execute(f"DROP TABLE {name}")


class SqliteIndex(Rows):
    AND, OR = " AND ", " OR "
    FOUND = {
        stream: f"search_{stream} AS found JOIN search_place AS place ON place.passage_id = found.rowid"
        f" WHERE found.search_{stream} MATCH %s"
        for stream in ("words", "exact", "grams")
    }
    HOLDING = "SELECT %s, rowid FROM search_words WHERE search_words MATCH %s"
    WITHIN = "IN (SELECT value FROM json_each(%s))"

    def listed(self, values):
        return json.dumps(values)

    @staticmethod
    def term(token):
        return '"' + token.replace('"', '""') + '"'

    gram = term

    def beginning(self, token):
        return self.term(token) + "*"

    def phrase(self, words):
        return self.term(" ".join(words))

    def add(self, places, kept):
        """Write the rows of places, and the tokens of their streams."""
        with self._connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO search_place (passage_id, document_id, access_id, facets_id, day, words)"
                " VALUES (%s, %s, %s, %s, %s, %s)",
                places,
            )
            for table, columns, rows in self._tokens(kept):
                marks = ", ".join(["%s"] * len(columns))
                cursor.executemany(
                    f"INSERT INTO {table} (rowid, {', '.join(columns)}) VALUES (%s, {marks})",  # noqa: S608
                    rows,
                )

    def discard(self, kept):
        """Take the tokens of these streams out."""
        with self._connection.cursor() as cursor:
            for table, columns, rows in self._tokens(kept):
                marks = ", ".join(["%s"] * len(columns))
                cursor.executemany(
                    f"INSERT INTO {table} ({table}, rowid, {', '.join(columns)}) VALUES ('delete', %s, {marks})",  # noqa: S608
                    rows,
                )

    @staticmethod
    def _tokens(kept):
        return [
            ("search_words", ["tokens"], [(each.pk, " ".join(word_tokens(each))) for each in kept]),
            ("search_exact", ["title", "body"], [(each.pk, each.title_nrm, each.body_nrm) for each in kept]),
            ("search_grams", ["tokens"], [(each.pk, " ".join(dict.fromkeys(gram_tokens(each)))) for each in kept]),
        ]

    def count(self, changes):
        """Add to the vocabulary."""
        with self._connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO search_vocabulary (token, passages) VALUES (%s, %s) ON CONFLICT (token)"
                " DO UPDATE SET passages = passages + excluded.passages",
                changes,
            )
