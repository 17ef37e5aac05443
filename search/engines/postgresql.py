"""The index of tokens on PostgreSQL: `tsvector` literals, never `to_tsvector`, whose parser would part `2_20_293`.

The column stands in the narrow table of places and is kept out of line, so that counting many matches reads little.
"""

from .rows import Rows
from .tokens import gram_tokens, word_tokens

_LAST = 16_383  # the last place a tsvector can hold
_GRAM, _WORD = "g", "n"
# PostgreSQL weighs the pages of the narrow table alone, not the tokens it would fetch for each of its rows: it would
# read the table through. As a function it looks passages up by their tokens, and nothing else of the session changes.
_LOOKING_UP = """
    CREATE OR REPLACE FUNCTION search_holding(wanted tsquery)
    RETURNS TABLE (
        passage_id bigint, document_id bigint, access_id bigint, facets_id bigint, day integer, words integer
    )
    LANGUAGE sql STABLE SET enable_seqscan = off SET jit = off AS $$
        SELECT passage_id, document_id, access_id, facets_id, day, words FROM search_place WHERE tokens @@ wanted
    $$
"""


def create(cursor):
    cursor.execute("ALTER TABLE search_place ADD COLUMN tokens tsvector")
    cursor.execute("ALTER TABLE search_place ALTER COLUMN tokens SET STORAGE EXTERNAL")
    cursor.execute("ALTER TABLE search_place SET (toast_tuple_target = 128)")
    cursor.execute("CREATE INDEX search_place_tokens ON search_place USING gin (tokens)")


def create_function(cursor):
    """What looks passages up; once in the database, it serves every table of places that stands in front."""
    cursor.execute(_LOOKING_UP)


def drop(cursor):
    cursor.execute("DROP FUNCTION IF EXISTS search_holding")
    cursor.execute("ALTER TABLE search_place DROP COLUMN tokens")


class PostgresqlIndex(Rows):
    AND, OR = " & ", " | "
    FOUND = dict.fromkeys(("words", "exact", "grams"), "search_holding(%s::tsquery) AS place WHERE true")
    HOLDING = "SELECT %s::int, passage_id FROM search_holding(%s::tsquery)"
    WITHIN = "= ANY(%s)"

    def listed(self, values):
        return values

    @staticmethod
    def term(token):
        return "'" + token.replace("\\", "\\\\").replace("'", "''") + "'"

    def gram(self, token):
        return self.term(_GRAM + token)

    def beginning(self, token):
        return self.term(token) + ":*"

    def phrase(self, words):
        return "(" + " <-> ".join(self.term(_WORD + word) for word in words) + ")"

    def add(self, places, kept):
        """Write the rows of places, with the tokens of their streams."""
        columns = [*zip(*places, strict=True), [self._literal(each) for each in kept]]
        with self._connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO search_place (passage_id, document_id, access_id, facets_id, day, words, tokens)"
                " SELECT passage, document, access, facets, day, words, tokens::tsvector FROM unnest("
                "%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::int[], %s::int[], %s::text[])"
                " AS made(passage, document, access, facets, day, words, tokens)",
                [list(column) for column in columns],
            )

    def discard(self, kept):
        """The tokens leave with the rows of places."""

    def count(self, changes):
        """Add to the vocabulary, in one order, so that two writers never wait for each other."""
        tokens, numbers = zip(*sorted(changes), strict=True)
        with self._connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO search_vocabulary (token, passages) SELECT * FROM unnest(%s::text[], %s::bigint[])"
                " ON CONFLICT (token) DO UPDATE SET passages = search_vocabulary.passages + excluded.passages",
                [list(tokens), list(numbers)],
            )

    def _literal(self, kept):
        """Title and body after each other, a gap between them so that no phrase runs across."""
        title, body = kept.title_nrm.split(), kept.body_nrm.split()
        numbered = [*enumerate(title, 1), *enumerate(body, len(title) + 2)]
        places = [f"{self.term(_WORD + word)}:{min(place, _LAST)}" for place, word in numbered]
        rest = [*word_tokens(kept), *dict.fromkeys(_GRAM + gram for gram in gram_tokens(kept))]
        return " ".join([*places, *map(self.term, rest)])
