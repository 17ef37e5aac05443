"""SQLite's full text index, FTS5, over ready tokens."""

import sqlite3

from ..ranking import WEIGHTS, Counts, Found
from .passages import FIELDS, PROPOSED, Embedded

# `_` joins the parts of references and grams; without it the tokenizer would part them again.
_TOKENS = """tokenize="unicode61 remove_diacritics 0 tokenchars '_'" """
_WORDS = ("refs", "title_nrm", "title_stm", "body_nrm", "body_stm")
_TABLES = f"""
CREATE TABLE passage (id INTEGER PRIMARY KEY, doc_id TEXT, dated TEXT, {", ".join(_WORDS)}, c4);
CREATE VIRTUAL TABLE words USING fts5({", ".join(_WORDS)}, content='passage', content_rowid='id', {_TOKENS});
CREATE VIRTUAL TABLE grams USING fts5(c4, content='passage', content_rowid='id', detail='column', {_TOKENS});
CREATE VIRTUAL TABLE words_in USING fts5vocab('words', 'col');
CREATE VIRTUAL TABLE grams_in USING fts5vocab('grams', 'col');
"""
_COLUMNS = ("doc_id", "refs", *FIELDS, "dated")


class SqliteEngine(Embedded):
    def __init__(self, path=":memory:"):
        self._connection = sqlite3.connect(path)
        self._connection.executescript(_TABLES)
        self._mean, self._passages = {}, 0

    def close(self):
        self._connection.close()

    def fill(self, passages):
        rows = [passage.row() for passage in passages]
        names = ("doc_id", "dated", *_WORDS, "c4")
        with self._connection as connection:
            marks = ", ".join(f":{name}" for name in names)
            connection.executemany(f"INSERT INTO passage ({', '.join(names)}) VALUES ({marks})", rows)  # noqa: S608
            for table in ("words", "grams"):
                connection.execute(f"INSERT INTO {table}({table}) VALUES ('rebuild')")  # noqa: S608
        self._passages = len(rows)
        self._mean = {name: sum(row[name].count(" ") + 1 for row in rows) / max(len(rows), 1) for name in FIELDS}

    def counts(self, query):
        words, grams = [*query.nrm, *query.stm], list(query.c4)
        having = {}
        for table, tokens in (("words_in", words), ("grams_in", grams)):
            marks = ", ".join("?" * len(tokens))
            rows = self._connection.execute(
                f"SELECT col, term, doc FROM {table} WHERE term IN ({marks})",  # noqa: S608
                tokens,
            )
            having |= {(name, term): documents for name, term, documents in rows}
        return Counts(self._passages, self._mean, having)

    def by_words(self, stems, refs, phrases, counts):
        parts = [f"{{title_stm body_stm}} : {_quoted(stem)}" for stem in stems]
        parts += [f"refs : {_quoted(ref)}" for ref in refs]
        match = " OR ".join(parts)
        exact = " AND ".join(f"{{title_nrm body_nrm}} : {_quoted(' '.join(words))}" for words in phrases)
        if exact:
            match = exact
        return self._proposed("words", match, (60, *(WEIGHTS[name] for name in _WORDS[1:]))) if match else []

    def by_grams(self, groups):
        match = " OR ".join("(" + " AND ".join(_quoted(gram) for gram in group) + ")" for group in groups)
        return self._proposed("grams", match, (1,)) if match else []

    def _proposed(self, table, match, weights):
        columns = ", ".join(f"passage.{name}" for name in _COLUMNS)
        rows = self._connection.execute(
            f"SELECT {columns} FROM {table} JOIN passage ON passage.id = {table}.rowid"  # noqa: S608
            f" WHERE {table} MATCH ? ORDER BY bm25({table}, {', '.join(map(str, weights))}) LIMIT {PROPOSED}",
            [match],
        )
        return [Found(**dict(zip(_COLUMNS, row, strict=True))) for row in rows]


def _quoted(token):
    return '"' + token.replace('"', '""') + '"'
