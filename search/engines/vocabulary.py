"""What is known of tokens. Every engine asks the same: the vocabulary the embedded index keeps."""

from collections.abc import Callable, Iterable

from ..models import Vocabulary
from ..query import Query
from ..ranking import Counts
from .tokens import LETTERS, TOTAL

Lookup = Callable[[Iterable[str]], dict[str, int]]


def of_database(tokens: Iterable[str], alias: str = "default") -> dict[str, int]:
    return dict(Vocabulary.objects.using(alias).filter(token__in=tokens).values_list("token", "passages"))


def tokens(query: Query) -> list[str]:
    """What is looked up for a query."""
    return [TOTAL, *_TOTALS, *_keys(query)]


def counts(query: Query, lookup: Lookup, known: dict[str, int] | None = None) -> Counts:
    """What is known of the tokens of a query. `known` is what was looked up before, 0 for what is not there."""
    keys, totals = _keys(query), _TOTALS
    found = dict(known or {})
    if missing := [token for token in tokens(query) if token not in found]:
        found |= lookup(missing)
    passages = found.get(TOTAL, 0)
    mean = {name: found.get(key, 0) / max(passages, 1) for key, name in totals.items()}
    return Counts(passages, mean, {key: found[token] for token, key in keys.items() if found.get(token)})


_TOTALS = {TOTAL + name: name for name in LETTERS}


def _keys(query):
    return {
        letter + token: (name, token)
        for name, letter in LETTERS.items()
        for token in getattr(query, "c4" if name == "c4" else name[-3:])
    }
