"""What engines are given and what they answer: the same for all of them, so that one test holds for all."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from .query import Query

FACETS = ("kind", "authority", "year", "theme", "status", "organisation")
RELEVANCE, NEWEST, OLDEST = "relevance", "newest", "oldest"
PUBLIC = "public"  # the access token every reader has


@dataclass(frozen=True)
class Passage:
    """What is found: the text of a record in one language, or one page of a file that belongs to it."""

    title: str
    body: str
    language: str = ""
    file_id: int | None = None  # the StoredFile, for a page of it
    page: int | None = None  # from 1


@dataclass(frozen=True)
class Record:
    """An object as engines keep it: its passages, who may read it, and what it is narrowed and sorted by."""

    doc_id: str  # kind:primary key
    version: int  # rises with every change; an older one never replaces a newer
    kind: str
    acl: frozenset[str]
    passages: tuple[Passage, ...]
    dated: date | None = None
    authority: str = ""
    organisation: str = ""
    unit: str = ""
    status: str = ""
    themes: tuple[str, ...] = ()
    in_force: bool = True

    @property
    def year(self) -> str:
        return str(self.dated.year) if self.dated else ""


@dataclass(frozen=True)
class Question:
    """What one person asks. `tokens` are theirs and never empty; `pending` are documents nobody may find just now."""

    query: Query
    tokens: frozenset[str]
    pending: frozenset[str] = frozenset()
    chosen: dict[str, frozenset[str]] = field(default_factory=dict)  # facet → values, one of which must be there
    since: date | None = None
    until: date | None = None
    sort: str = RELEVANCE
    start: int = 0
    size: int = 10
    boosts: dict[str, float] = field(default_factory=dict)  # kind → how much more or less it weighs
    known: dict[str, int] = field(default_factory=dict, compare=False)  # of the vocabulary, what was looked up already

    def __post_init__(self):
        if not self.tokens:
            raise ValueError("A question is asked by somebody.")


@dataclass(frozen=True)
class Hit:
    """A document and its best passage: `number` counts the record's passages from 0."""

    doc_id: str
    score: float
    number: int
    passage: Passage | None = field(default=None, compare=False)  # as the engine keeps it


@dataclass(frozen=True)
class Answer:
    """How many documents match, those asked for, and how many each value of a facet would leave.

    The counts of a facet keep its siblings: they obey every choice but those of the facet itself.
    """

    total: int
    hits: tuple[Hit, ...]
    facets: dict[str, dict[str, int]]
    has_grams: bool = False  # so little stands there by its words that likenesses were looked for, too


class Engine(Protocol):
    """An index. Whatever it cannot do now it says by `EngineAway`."""

    name: str

    def ask(self, question: Question) -> Answer:
        """What is found; with a size of 0 only how many, and the facets."""

    def suggest(self, prefix: str, question: Question, *, limit: int = 8) -> list[Hit]:
        """Documents of which a word of a title, or a number, begins as `prefix` does, with or without ال."""

    def write(self, records: Iterable[Record]) -> dict[str, str]:
        """Keep these, unless a newer version is there already. Returns doc_id → error of those refused."""

    def remove(self, gone: Iterable[tuple[str, int]]) -> dict[str, str]:
        """Forget documents (doc_id, version)."""

    def versions(self) -> Iterator[tuple[str, int]]:
        """Every document with the version shown, for comparison with the database."""

    def facts(self) -> dict[str, str]:
        """What an administrator wants to know of it: server, version, where it lies."""


class EngineAway(Exception):
    """The engine does not answer, or not in time, or not what it should."""
