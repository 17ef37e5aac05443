"""PostgreSQL over ready tokens: `tsvector` literals, never `to_tsvector`, whose parser would part `2_20_293`.

Kept in temporary tables of one connection. A token carries its stream in front: «s» stems, «n» folded words with their
places for exact phrases, «r» references; grams have a column of their own.
"""

from django.db import connections

from ..ranking import Counts, Found
from .passages import FIELDS, PROPOSED, Embedded

_COLUMNS = ("doc_id", "refs", *FIELDS, "dated")
_TABLES = f"""
CREATE TEMPORARY TABLE search_trial (id serial PRIMARY KEY, {", ".join(f"{name} text" for name in _COLUMNS)},
    words tsvector, grams tsvector);
CREATE TEMPORARY TABLE search_trial_token (field text, token text, passages integer, PRIMARY KEY (field, token));
"""
_INDEXES = "CREATE INDEX ON search_trial USING gin (words); CREATE INDEX ON search_trial USING gin (grams);"
_LAST = 16_383  # the last place a tsvector can hold


class PostgresqlEngine(Embedded):
    def __init__(self, alias="default"):
        self._connection = connections[alias]
        self._mean, self._passages = {}, 0
        with self._connection.cursor() as cursor:
            cursor.execute(_TABLES)

    def close(self):
        with self._connection.cursor() as cursor:
            cursor.execute("DROP TABLE search_trial, search_trial_token")

    def fill(self, passages):
        rows = [passage.row() for passage in passages]
        having = {}
        for row in rows:
            for name in FIELDS:
                for token in set(row[name].split()):
                    having[name, token] = having.get((name, token), 0) + 1
        names = ", ".join(_COLUMNS)
        marks = ", ".join(["%s"] * len(_COLUMNS))
        with self._connection.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO search_trial ({names}, words, grams) VALUES ({marks}, %s::tsvector, %s::tsvector)",  # noqa: S608
                [[*(row[name] for name in _COLUMNS), _words(row), _literal("", row["c4"].split())] for row in rows],
            )
            cursor.executemany(
                "INSERT INTO search_trial_token VALUES (%s, %s, %s)", [(*key, count) for key, count in having.items()]
            )
            cursor.execute(_INDEXES + "ANALYZE search_trial")
        self._passages = len(rows)
        self._mean = {name: sum(row[name].count(" ") + 1 for row in rows) / max(len(rows), 1) for name in FIELDS}

    def counts(self, query):
        tokens = [*query.nrm, *query.stm, *query.c4]
        with self._connection.cursor() as cursor:
            cursor.execute("SELECT field, token, passages FROM search_trial_token WHERE token = ANY(%s)", [tokens])
            return Counts(
                self._passages, self._mean, {(name, token): count for name, token, count in cursor.fetchall()}
            )

    def by_words(self, stems, refs, phrases, counts):
        if phrases:
            match = " & ".join("(" + " <-> ".join(_quoted("n" + word) for word in words) + ")" for words in phrases)
            return self._proposed("words", [(match, 1.0)], match)
        weighed = [
            (_quoted("s" + stem), max(counts.rarity("title_stm", stem), counts.rarity("body_stm", stem)))
            for stem in stems
        ]
        weighed += [(_quoted("r" + ref), 60.0) for ref in refs]
        return self._proposed("words", weighed, " | ".join(token for token, _ in weighed))

    def by_grams(self, groups):
        every = ["(" + " & ".join(_quoted(gram) for gram in group) + ")" for group in groups]
        return self._proposed("grams", [(group, 1.0) for group in every], " | ".join(every))

    def _proposed(self, column, weighed, match):
        if not match:
            return []
        order = " + ".join(f"({column} @@ %s::tsquery)::int * %s" for _ in weighed)
        names = ", ".join(_COLUMNS)
        with self._connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {names} FROM search_trial WHERE {column} @@ %s::tsquery"  # noqa: S608
                f" ORDER BY {order} DESC, length(body_stm), id LIMIT {PROPOSED}",
                [match, *(part for pair in weighed for part in pair)],
            )
            return [Found(**dict(zip(_COLUMNS, row, strict=True))) for row in cursor.fetchall()]


def _words(row):
    """Title and body after each other, a gap between them so that no phrase runs across."""
    title, body = row["title_nrm"].split(), row["body_nrm"].split()
    gap = len(title) + 1
    places = [f"{_quoted('n' + word)}:{min(place, _LAST)}" for place, word in enumerate(title, 1)]
    places += [f"{_quoted('n' + word)}:{min(place, _LAST)}" for place, word in enumerate(body, gap + 1)]
    stems = [*row["title_stm"].split(), *row["body_stm"].split()]
    return " ".join([*places, _literal("s", stems), _literal("r", row["refs"].split())])


def _literal(stream, tokens):
    return " ".join(_quoted(stream + token) for token in dict.fromkeys(tokens))


def _quoted(token):
    return "'" + token.replace("\\", "\\\\").replace("'", "''") + "'"
