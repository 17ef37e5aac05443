"""The one way to ask: every question is built here, for somebody, and every answer is checked again here."""

import logging
from dataclasses import dataclass, field, replace
from datetime import date

from . import engines, scopes, tuning
from .contract import RELEVANCE, Answer, EngineAway, Hit, Question
from .models import Document
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
    found: dict[str, object] = field(default_factory=dict)
    tuned: tuning.Tuned = field(default_factory=tuning.Tuned)

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
) -> Asked:
    """What `user` finds by `text`; nothing in it, no count either, tells of what they may not read.

    `tuned` are settings that are being tried; otherwise those that count.
    """
    tuned = tuned or tuning.current()
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
    )
    question, answer, found, engine, is_fallback = _answered(
        user, question, lambda engine, question: engine.ask(question), lambda answer: answer.hits
    )
    return Asked(question, answer, engine.name, is_fallback, found, tuned)


def suggest(user, prefix: str, *, limit: int = 8) -> dict[str, object]:
    """Documents `user` may read of which a word of a title, or a number, begins as `prefix` does; best first."""
    question = Question(understand(prefix), scopes.tokens_of(user), size=limit)
    _question, hits, found, _engine, _is_fallback = _answered(
        user, question, lambda engine, question: engine.suggest(prefix, question, limit=limit), lambda hits: hits
    )
    return {hit.doc_id: found[hit.doc_id] for hit in hits}


def _answered(user, question, put, hits_of):
    """The answer of the first engine that gives one, once everything in it is what the database lets `user` read."""
    wanted = engines.current()
    try:
        return *_checked(user, question, wanted, put, hits_of), wanted, False
    except EngineAway as away:
        own = engines.embedded()
        if own.name == wanted.name:
            raise
        logger.warning("search.engine_away", extra={"engine": wanted.name, "error": str(away)})
        return *_checked(user, question, own, put, hits_of), own, True


def _checked(user, question, engine, put, hits_of):
    """Ask without what waits to be shown anew; what the database refuses all the same is left out and asked again."""
    hidden = _pending(engine) | question.pending
    for _time in range(AGAIN):
        question = replace(question, pending=frozenset(hidden))
        answer = put(engine, question)
        found = scopes.found((hit.doc_id for hit in hits_of(answer)), user)
        refused = {hit.doc_id for hit in hits_of(answer)} - set(found)
        if not refused:
            return question, answer, found
        logger.error("search.refused", extra={"engine": engine.name, "documents": sorted(refused)})
        hidden |= refused
    raise EngineAway("The index disagrees with the database about who may read what.")


def _pending(engine) -> set[str]:
    return set(Document.objects.pending(column(engine)).values_list("doc_id", flat=True))


def column(engine) -> str:
    """Where the version stands that this engine shows."""
    return "shown_version" if engine.name == engines.embedded().name else "server_version"


__all__ = ["Asked", "Hit", "ask", "column", "suggest"]
