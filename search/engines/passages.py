"""The unit of search, and what every embedded engine does alike: which tokens must be there, and with what help."""

from dataclasses import dataclass

from core.text import analyse, grams

from ..query import Query
from ..ranking import Counts, rank

FIELDS = ("title_nrm", "title_stm", "body_nrm", "body_stm", "c4")
PROPOSED = 150  # passages an engine may propose to the ranking
FEW = 10  # with fewer found by words, grams may add some
RAREST = 3  # so many of the rarest grams of a word must all be there
COMMON = 10_000  # a word of more passages than this finds nothing by itself while rarer ones do


@dataclass(frozen=True)
class Passage:
    doc_id: str
    title: str
    body: str
    dated: str = ""

    def row(self) -> dict[str, str]:
        """The streams as an index keeps them."""
        title, body = analyse(self.title), analyse(self.body)
        return {
            "doc_id": self.doc_id,
            "dated": self.dated,
            "refs": " ".join(dict.fromkeys([*title.refs, *body.refs])),
            "title_nrm": " ".join(title.nrm),
            "title_stm": " ".join(title.stm),
            "body_nrm": " ".join(body.nrm),
            "body_stm": " ".join(body.stm),
            "c4": " ".join(title.c4 + body.c4),
        }


class Embedded:
    """An index in a database: `fill`, then `search`. The engines below say how tokens are looked up."""

    def search(self, query: Query, *, limit: int = 10, today=None) -> list[tuple[str, float]]:
        counts = self.counts(query)
        found = self.by_words(self.deciding(query, counts), list(query.refs), query.phrases, counts)
        if len({passage.doc_id for passage in found}) < FEW and not query.phrases:
            seen = {id(passage) for passage in found}
            groups = [self.rarest(word, counts) for word in query.words if len(word) > 2]
            found += [each for each in self.by_grams([group for group in groups if group]) if id(each) not in seen]
        return rank(query, found, counts, today=today)[:limit]

    def deciding(self, query, counts) -> list[str]:
        """The stems that find passages: those that stand nearly everywhere do not while there are others."""

        def having(stem):
            return max(counts.having.get((name, stem), 0) for name in ("title_stm", "body_stm"))

        known = [stem for stem in query.stm if having(stem)]
        rare = [stem for stem in known if having(stem) <= COMMON]
        return rare or known

    def rarest(self, word, counts) -> list[str]:
        known = {gram for gram in grams(word) if counts.having.get(("c4", gram))}
        return sorted(known, key=lambda gram: (counts.having["c4", gram], gram))[:RAREST]

    def counts(self, query) -> Counts:
        raise NotImplementedError

    def by_words(self, stems, refs, phrases, counts) -> list:
        raise NotImplementedError

    def by_grams(self, groups) -> list:
        raise NotImplementedError
