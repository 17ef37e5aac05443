"""What is sent to the search server: records, and questions in its own language."""

from datetime import date
from itertools import pairwise

from elasticsearch.dsl.query import (
    Bool,
    ConstantScore,
    DisMax,
    Exists,
    FunctionScore,
    MatchAll,
    MatchPhrase,
    Nested,
    Prefix,
    Query,
    Range,
    Term,
    Terms,
)

from .. import ranking
from ..contract import Question, Record
from ..query import Query as Asked
from ..ranking import Counts
from .matching import deciding, gram_groups
from .tokens import beginnings, gram_text, streams

# Above every score: passages with all of a few words come first. Still exact to a thousandth in 32 bits.
ALL_WORDS = 4096
SHOWN = ("title", "body", "language", "file_id", "page")
_BEST = {"name": "best", "size": 1, "_source": [f"passages.{name}" for name in ("number", *SHOWN)]}
_DATED, _IN_FORCE, _KIND = "passages.dated", "passages.in_force", "passages.kind"


def written(record: Record) -> dict:
    """A record as the server keeps it."""
    dated = record.dated.isoformat() if record.dated else None
    source = {
        "doc_id": record.doc_id,
        "kind": record.kind,
        "acl": sorted(record.acl),
        "authority": record.authority,
        "organisation": record.organisation,
        "unit": record.unit,
        "status": record.status,
        "year": record.year,
        "theme": sorted(record.themes),
        "dated": dated,
        "passages": [_passage(number, each, record, dated) for number, each in enumerate(record.passages)],
    }
    return {name: value for name, value in source.items() if value not in ("", None, [])}


def _passage(number, passage, record, dated):
    kept = streams(passage, of="" if number else record.doc_id)
    shown = {name: getattr(passage, name) for name in SHOWN}
    return (
        {name: value for name, value in shown.items() if value not in ("", None)}
        | {
            "number": number,
            "refs": kept.refs,
            "starts": kept.starts,
            "title_nrm": kept.title_nrm,
            "title_stm": kept.title_stm,
            "body_nrm": kept.body_nrm,
            "body_stm": kept.body_stm,
            "c4": gram_text(kept),
            "in_force": record.in_force,
            "kind": record.kind,
        }
        | ({"dated": dated} if dated else {})
    )


def found_by(query: Asked, counts: Counts) -> Query | None:
    """Which passages match by words; None where nothing can."""
    if query.phrases:
        return Bool(filter=[_in_either("nrm", MatchPhrase, " ".join(words)) for words in query.phrases])
    stems = deciding(query, counts)
    either = [Terms(**{f"passages.{name}": stems}) for name in ("title_stm", "body_stm") if stems]
    either += [Bool(filter=[_in_either("stm", Term, stem) for stem in variant]) for variant in query.together]
    either += [Terms(**{"passages.refs": list(query.refs)})] if query.refs else []
    return Bool(should=either, minimum_should_match=1) if either else None


def grams_of(query: Asked, counts: Counts) -> Query | None:
    """Which passages match by grams."""
    groups = gram_groups(query, counts)
    every = [Bool(filter=[Term(**{"passages.c4": gram}) for gram in group]) for group in groups]
    return Bool(should=every, minimum_should_match=1) if every else None


def best_of(question: Question, found: Query, today: date) -> Query:
    """The documents that match and may be read, each with the score of its best passage."""
    query = question.query
    score = FunctionScore(
        query=Bool(should=_scores(query)), functions=_functions(today), score_mode="sum", boost_mode="multiply"
    )
    score = FunctionScore(
        query=score,
        functions=[
            {"filter": Term(**{_IN_FORCE: False}), "weight": ranking.NOT_IN_FORCE},
            *({"filter": Term(**{_KIND: kind}), "weight": boost} for kind, boost in question.boosts.items()),
        ],
        score_mode="multiply",
        boost_mode="multiply",
    )
    should = [score]
    if 0 < len(query.stems) <= ranking.FEW_WORDS:
        everywhere = [_in_either("stm", Term, stem) for stem in query.stems]
        should.append(ConstantScore(filter=Bool(filter=everywhere), boost=ALL_WORDS))
    passages = Bool(filter=[found], should=should)
    return _readable(question, must=[Nested(path="passages", query=passages, score_mode="max", inner_hits=_BEST)])


def _readable(question, **clauses):
    """For the person who asks alone, and without what is unsure."""
    hidden = [Terms(doc_id=sorted(question.pending))] if question.pending else []
    return Bool(filter=[Terms(acl=sorted(question.tokens))], must_not=hidden, **clauses)


def _scores(query):
    """The weights of `ranking`; the server's BM25 lacks the constant factor ours has."""
    scores = [MatchAll(boost=0)]
    for name, weight in ranking.WEIGHTS.items():
        for token, said in getattr(query, ranking.STREAMS[name]).items():
            boost = weight * said * (ranking.K1 + 1)
            scores.append(Term(**{f"passages.{name}": {"value": token, "boost": boost}}))
    if query.refs:
        refs = [(Term(**{"passages.refs": ref}), ranking.REFERENCE * said) for ref, said in query.refs.items()]
        scores.append(DisMax(queries=[ConstantScore(filter=ref, boost=boost) for ref, boost in refs]))
    pairs = list(pairwise(query.stems))
    for one, other in pairs:
        for name, weight in (("title_stm", ranking.TITLE_PHRASE), ("body_stm", ranking.BODY_PHRASE)):
            beside = MatchPhrase(**{f"passages.{name}": f"{one} {other}"})
            scores.append(ConstantScore(filter=beside, boost=weight / len(pairs)))
    return scores


def _functions(today):
    """1, and a little more for what is new."""
    decay = {"origin": today.isoformat(), "scale": f"{ranking.HALF_LIFE}d", "decay": 0.5}
    return [
        {"filter": MatchAll(), "weight": 1},
        {"filter": Exists(field=_DATED), "exp": {_DATED: decay}, "weight": ranking.RECENT},
    ]


def _in_either(stream, kind, value):
    """In title or body."""
    either = [kind(**{f"passages.{part}_{stream}": value}) for part in ("title", "body")]
    return Bool(should=either, minimum_should_match=1)


def narrowed_by(question: Question, *, but: str = "") -> Query:
    """What was chosen, but for one facet."""
    chosen = [Terms(**{name: sorted(values)}) for name, values in question.chosen.items() if values and name != but]
    bounds = {"gte": question.since, "lte": question.until}
    if dates := {name: day.isoformat() for name, day in bounds.items() if day}:
        chosen.append(Range(dated=dates))
    return Bool(filter=chosen) if chosen else MatchAll()


def suggested_by(prefix: str, question: Question) -> Query | None:
    """The documents with a title, or a number, that begins so."""
    words, numbers = beginnings(prefix)
    either = [Prefix(**{"passages.starts": number}) for number in numbers]
    if words:
        *whole, last = words
        every = [Terms(**{"passages.starts": group}) for group in whole]
        every.append(_any([Prefix(**{"passages.starts": each}) for each in last]))
        either.append(Bool(filter=every))
    if not either:
        return None
    return _readable(question, must=[Nested(path="passages", query=_any(either), inner_hits=_BEST)])


def _any(either):
    return Bool(should=either, minimum_should_match=1)
