"""What every kind of thing that can be found says of itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.db.models import Model, QuerySet

from core.files.enums import ReadState

from ..contract import Passage, Record

LANGUAGES = ("ar", "fr", "en")
UNREAD = (ReadState.WAITING, ReadState.NOT_NOW)
LONGEST = 40_000  # characters of a passage: PostgreSQL indexes no more than 1 MB of tokens, and each letter begins some


class Shown(NamedTuple):
    """What a line of results says of a document; what is empty is left out."""

    title: str
    url: str = ""
    number: str = ""
    authority: str = ""
    dated: date | None = None
    status: str = ""
    tone: str = ""  # the colour that repeats the status
    has_unread: bool = False  # the text of one of its files is not known yet, or for now
    is_masked: bool = False  # none of its words stand outside its own page: no extract


@dataclass(frozen=True)
class Text:
    """A passage to be: what it says, before it is cleaned of empty ones."""

    title: str
    parts: tuple[str, ...]
    language: str = ""
    file_id: int | None = None
    page: int | None = None

    def passages(self) -> list[Passage]:
        """One; of a very long text several, one after the other, with the same title and page."""
        body = "\n".join(part.strip() for part in self.parts if part and part.strip())
        pieces = _cut(body)
        return [Passage(self.title.strip(), piece, self.language, self.file_id, self.page) for piece in pieces]


def passages_of(texts: Iterable[Text]) -> tuple[Passage, ...]:
    return tuple(passage for text in texts for passage in text.passages())


def _cut(body):
    """Pieces no longer than an index takes, cut at the end of a line, or else of a word."""
    pieces = []
    while len(body) > LONGEST:
        places = (body.rfind(mark, LONGEST // 2, LONGEST) for mark in ("\n", " "))
        end = next((place for place in places if place > 0), LONGEST)
        pieces.append(body[:end].rstrip())
        body = body[end:].lstrip()
    return [*pieces, body]


class Scope:
    """One kind of document. `visible_to` is the database's own word on who may read; `record` is what engines keep."""

    kind = ""
    label: Any = ""  # of one, translated when it is shown
    model: type[Model]
    columns: tuple[str, ...] = ()  # of what `visible_among` gives: what `shown` and `address` need
    file_columns: tuple[str, ...] = ()  # of `files`

    def visible_to(self, user) -> QuerySet:
        """The documents of this kind that `user` may find."""
        raise NotImplementedError

    def visible_among(self, keys: list, user) -> QuerySet:
        """Of those with these primary keys, the rows that `user` may find."""
        return self.visible_to(user).filter(pk__in=keys)

    def gathered(self, rows: list) -> list:
        """The documents that the rows of `visible_among` are, with what `shown` needs."""
        return rows

    def documents(self) -> QuerySet:
        """All that somebody may find, with what `record` needs."""
        raise NotImplementedError

    def record(self, obj, version: int) -> Record:
        """`obj`, one of `documents()`, as engines keep it."""
        raise NotImplementedError

    def shown(self, objs: Iterable, user) -> dict[Any, Shown]:
        """By primary key, what is shown to `user` of documents they may read."""
        raise NotImplementedError

    def files(self, keys: set[int]) -> QuerySet:
        """What `address` needs to know of these stored files, one row or more for each."""
        raise NotImplementedError

    def file_key(self, row) -> int:
        """Of which stored file a row of `files` is."""
        return row.file_id

    def address(self, obj, passage: Passage, user, files=()) -> str:
        """Where the very passage is read: the text in its language, or the page of the file; empty: at its document."""
        raise NotImplementedError

    def keys_of(self, obj) -> Iterable:
        """Primary keys of the documents whose record may say something else once `obj` has changed."""
        return [obj.pk] if isinstance(obj, self.model) else []

    def doc_id(self, key) -> str:
        return f"{self.kind}:{key}"

    def primary_keys(self) -> QuerySet:
        """Primary keys of `documents()`, for comparison with an index."""
        return self.documents().prefetch_related(None).order_by("pk").values_list("pk", flat=True)
