"""What matches is the same for every engine: the rules that choose the tokens which find documents.

Stems find, any of them; a very common one finds nothing while there are rarer ones. Of a variant of several words all
stems must be there. References find, phrases in quotes
must stand as they are, and where fewer than `FEW` documents match by words, grams may add some.
"""

from core.text import grams

from ..query import Query
from ..ranking import Counts

FEW = 10  # with fewer documents found by words, grams may add some
RAREST = 3  # so many of the rarest grams of a word must all be there
COMMON = 10_000  # a word of more passages than this finds nothing by itself while rarer ones do


def deciding(query: Query, counts: Counts) -> list[str]:
    """The stems that find passages: those that stand nearly everywhere do not while there are others."""
    if not counts.passages:  # nothing is known of any
        return list(query.finding)
    known = [stem for stem in query.finding if _having(stem, counts)]
    rare = [stem for stem in known if _having(stem, counts) <= COMMON]
    return rare or known


def gram_groups(query: Query, counts: Counts) -> list[list[str]]:
    """For each word the grams that must all be there; a document needs one such group."""
    groups = []
    for word in query.words:
        known = {gram for gram in grams(word) if counts.having.get(("c4", gram))} if len(word) > 2 else ()
        groups.append(sorted(known, key=lambda gram: (counts.having["c4", gram], gram))[:RAREST])
    return [group for group in groups if group]


def _having(stem, counts):
    return max(counts.having.get((name, stem), 0) for name in ("title_stm", "body_stm"))
