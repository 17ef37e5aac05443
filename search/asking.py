"""The one way to ask: every question is built here, for somebody, and every answer is checked again here."""

import logging
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, NamedTuple

from django.db.models import Value

from . import engines, scopes, tuning
from .contract import RELEVANCE, Answer, EngineAway, Hit, Question
from .engines import vocabulary
from .models import Document, Vocabulary
from .query import Query, understand

logger = logging.getLogger(__name__)

AGAIN = 3  # times an answer with something in it that the reader may not see is asked for once more


@dataclass(frozen=True)
class Asked:
    """What was asked and answered: `found` holds the objects of the hits, by doc_id, as the database lets them be read.

    `is_fallback`: the search server does not answer, and what stands in this installation's own index was searched.
    """

    question: Question
    answer: Answer
    engine: str
    is_fallback: bool
    read: scopes.Read = field(default_factory=lambda: scopes.Read({}, {}))
    tuned: tuning.Tuned = field(default_factory=tuning.Tuned)

    @property
    def found(self) -> dict[str, Any]:
        return self.read.objects

    @property
    def query(self) -> Query:
        return self.question.query


def ask(
    user,
    text: str,
    *,
    chosen: dict[str, frozenset[str]] | None = None,
    since: date | None = None,
    until: date | None = None,
    sort: str = RELEVANCE,
    start: int = 0,
    size: int = 10,
    tuned: tuning.Tuned | None = None,
    next_text: str = "",
) -> Asked:
    """What `user` finds by `text`; nothing in it, no count either, tells of what they may not read.

    `tuned` are settings that are being tried; otherwise those that count. What `count` may ask next costs less if it
    is said now, by `next_text`.
    """
    engine, guess = engines.current(), tuned or tuning.kept()
    query = guess.understand(text)
    words = [*vocabulary.tokens(query), *(vocabulary.tokens(guess.understand(next_text)) if next_text else ())]
    now = _standing(engine, words)
    tuned = tuned or tuning.of(now.tuning)
    if tuned is not guess:
        query = tuned.understand(text)
    question = Question(
        query,
        scopes.tokens_of(user),
        tuned.left_out(query),
        chosen=chosen or {},
        since=since,
        until=until,
        sort=sort,
        start=start,
        size=size,
        boosts=tuned.boosts,
        known=now.words,
    )
    question, answer, read, engine, is_fallback = _answered(
        user, question, now.pending, lambda engine, question: engine.ask(question), lambda answer: answer.hits
    )
    return Asked(question, answer, engine.name, is_fallback, read, tuned)


def count(asked: Asked, text: str, *, is_narrowed: bool = True) -> int:
    """How many documents `text` finds for whom `asked` was asked, at the same moment; without the choices if so said.

    Nothing of them is shown. 0 where the engine does not answer any more.
    """
    query = asked.tuned.understand(text)
    pending = asked.question.pending | asked.tuned.left_out(query)
    question = replace(asked.question, query=query, pending=pending, start=0, size=0)
    if not is_narrowed:
        question = replace(question, chosen={}, since=None, until=None)
    engine = engines.embedded() if asked.is_fallback else engines.current()
    try:
        return engine.ask(question).total
    except EngineAway as away:
        logger.warning("search.engine_away", extra={"engine": engine.name, "error": str(away)})
        return 0


def suggest(user, prefix: str, *, limit: int = 8) -> dict[str, object]:
    """Documents `user` may read of which a word of a title, or a number, begins as `prefix` does; best first."""
    question = Question(understand(prefix), scopes.tokens_of(user), size=limit)
    _question, hits, read, _engine, _is_fallback = _answered(
        user,
        question,
        _standing(engines.current()).pending,
        lambda engine, question: engine.suggest(prefix, question, limit=limit),
        lambda hits: hits,
    )
    return {hit.doc_id: read.objects[hit.doc_id] for hit in hits}


def _answered(user, question, pending, put, hits_of):
    """The answer of the first engine that gives one, once everything in it is what the database lets `user` read.

    `pending` is what nobody may find in the first.
    """
    wanted = engines.current()
    try:
        return *_checked(user, question, wanted, pending, put, hits_of), wanted, False
    except EngineAway as away:
        own = engines.embedded()
        if own.name == wanted.name:
            raise
        logger.warning("search.engine_away", extra={"engine": wanted.name, "error": str(away)})
        return *_checked(user, question, own, _standing(own).pending, put, hits_of), own, True


def _checked(user, question, engine, pending, put, hits_of):
    """Ask without what waits to be shown anew; what the database refuses all the same is left out and asked again."""
    hidden = pending | question.pending
    for _time in range(AGAIN):
        question = replace(question, pending=frozenset(hidden))
        answer = put(engine, question)
        read = scopes.read({hit.doc_id: hit.passage for hit in hits_of(answer)}, user)
        refused = {hit.doc_id for hit in hits_of(answer)} - set(read.objects)
        if not refused:
            return question, answer, read
        logger.error("search.refused", extra={"engine": engine.name, "documents": sorted(refused)})
        hidden |= refused
    raise EngineAway("The index disagrees with the database about who may read what.")


class Standing(NamedTuple):
    """How things stand when somebody asks: read by one query."""

    pending: set[str]  # documents that nobody may find in the engine
    tuning: int  # the key of the settings that count; 0 for none
    words: dict[str, int]  # in how many passages each token stands


def _standing(engine, words=()) -> Standing:
    pending = Document.objects.pending(column(engine)).order_by().values_list(Value("pending"), "doc_id", "pk")
    others = [tuning.newest().values_list(Value("tuning"), Value(""), "pk")]
    if words:
        there = Vocabulary.objects.filter(token__in=words).order_by()
        others.append(there.values_list(Value("word"), "token", "passages"))
    found: dict[str, dict[str, int]] = {"pending": {}, "tuning": {}, "word": dict.fromkeys(words, 0)}
    for what, name, number in pending.union(*others, all=True):
        found[what][name] = number
    return Standing(set(found["pending"]), found["tuning"].get("", 0), found["word"])


def column(engine) -> str:
    """Where the version stands that this engine shows."""
    return "shown_version" if engine.name == engines.embedded().name else "server_version"


__all__ = ["Asked", "Hit", "ask", "column", "count", "suggest"]
