"""What both databases are asked in the same words: rows of passages that match and may be read, and what is shown."""

from ..contract import Question

STREAMS = ("refs", "title_nrm", "title_stm", "body_nrm", "body_stm")
_PLACE = "place.passage_id, place.document_id, place.facets_id, place.day, place.words"


class Rows:
    """A connection with the index of tokens. Databases differ in `FOUND` (stream → where passages are matched),
    `HOLDING` (those of one token), `WITHIN` (one of a list), and how a query for tokens is written.
    """

    FOUND: dict[str, str]
    HOLDING: str
    WITHIN: str

    def __init__(self, connection):
        self._connection = connection

    def listed(self, values):
        """The parameter that stands for a list."""
        raise NotImplementedError

    def places(self, question: Question, **expressions: str) -> dict[str, list[tuple]]:
        """By stream, (passage, document, facets, day, words) of what the expressions match and the person may read."""
        found: dict[str, list[tuple]] = {stream: [] for stream in expressions}
        parts = [self._placed(question, place, *each) for place, each in enumerate(expressions.items())]
        if parts:
            parameters = [each for _sql, several in parts for each in several]
            for place, *row in self.rows(" UNION ALL ".join(sql for sql, _parameters in parts), *parameters):
                found[list(expressions)[place]].append(tuple(row))
        return found

    def _placed(self, question, place, stream, expression):
        sql = (
            f"SELECT {place}, {_PLACE} FROM {self.FOUND[stream]} AND place.access_id IN"  # noqa: S608
            f" (SELECT access_id FROM search_accesstoken WHERE token {self.WITHIN})"
        )
        parameters = [expression, self.listed(sorted(question.tokens))]
        if question.pending:
            sql += (
                " AND place.document_id NOT IN"  # noqa: S608
                f" (SELECT id FROM search_document WHERE doc_id {self.WITHIN})"
            )
            parameters.append(self.listed(sorted(question.pending)))
        return sql, parameters

    def holding(self, tokens: list[str]) -> list[tuple[int, int]]:
        """(place of the token in the list, passage in which it stands), for each of them."""
        if not tokens:
            return []
        parameters = [each for place, token in enumerate(tokens) for each in (place, self.term(token))]
        return self.rows(" UNION ALL ".join([self.HOLDING] * len(tokens)), *parameters)

    def streams(self, passages: list[int]) -> list[tuple]:
        """(passage, refs, title_nrm, title_stm, body_nrm, body_stm) of passages."""
        names = ", ".join(STREAMS)
        sql = f"SELECT passage_id, {names} FROM search_streams WHERE passage_id {self.WITHIN}"  # noqa: S608
        return self.rows(sql, self.listed(passages))

    def shown(self, passages: list[int]) -> dict[int, tuple]:
        """Passage → (doc_id, number, title, body, language, file, page)."""
        sql = (
            "SELECT passage.id, document.doc_id, passage.number, passage.title, passage.body, passage.language,"  # noqa: S608
            " passage.file_id, passage.page FROM search_passage AS passage"
            f" JOIN search_document AS document ON document.id = passage.document_id WHERE passage.id {self.WITHIN}"
        )
        return {passage: tuple(row) for passage, *row in self.rows(sql, self.listed(passages))}

    def rows(self, sql, *parameters) -> list[tuple]:
        with self._connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchall()
