"""What can be found, by whom, and how it is shown: one scope a kind. Beside `visible_to` stands the app's `acl`."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from core.organisations import acl as organisations_acl
from core.organisations.models import Organisation
from eservices.correspondence import acl as correspondence_acl
from eservices.correspondence.enums import Treatment
from home import acl as home_acl
from home.circulars import acl as circulars_acl
from home.circulars.force import Force
from home.circulars.models import Theme

from .. import together
from ..contract import Passage
from .base import Scope, Shown
from .circulars import CircularScope
from .correspondence import CorrespondenceScope
from .pages import PageScope
from .people import PersonScope, UnitScope

__all__ = ["SCOPES", "Scope", "Shown", "documents_with", "found", "labels", "read", "scope_of", "split", "tokens_of"]

SCOPES = {
    scope.kind: scope for scope in (CircularScope(), CorrespondenceScope(), PageScope(), PersonScope(), UnitScope())
}
_FILES = "files of "
_ACLS = (organisations_acl, correspondence_acl, home_acl, circulars_acl)


def tokens_of(user) -> frozenset[str]:
    """Everything by which `user` may read, from the posts held now; a stranger has what everybody has."""
    return frozenset().union(*(acl.acl_tokens_of(user) for acl in _ACLS))


def split(doc_id: str) -> tuple[str, str]:
    """(kind, key of the object)"""
    kind, _, key = doc_id.partition(":")
    return kind, key


def scope_of(doc_id: str) -> Scope:
    return SCOPES[split(doc_id)[0]]


def documents_with(obj) -> Iterator[tuple[Scope, object]]:
    """(scope, key) of every document that may say something else, or be read by others, once `obj` has changed."""
    for scope in SCOPES.values():
        for key in sorted(set(scope.keys_of(obj))):
            yield scope, key


class Read(NamedTuple):
    """Documents by doc_id, and what is known of files in which they were found: kind → key of the file → rows."""

    objects: dict[str, Any]
    files: dict[str, dict[int, list]]


def read(passages: dict[str, Passage | None], user) -> Read:
    """Those of these documents that `user` may read by the word of the database: one query for all kinds.

    `passages` are what was found of each.
    """
    keys: dict[str, list] = {}
    for doc_id in passages:
        kind, key = split(doc_id)
        keys.setdefault(kind, []).append(key)
    wanted = {kind: (SCOPES[kind].visible_among(each, user), SCOPES[kind].columns) for kind, each in keys.items()}
    of_files = _files(passages)
    rows = together.read(wanted | {_FILES + kind: each for kind, each in of_files.items()})
    return Read(
        {SCOPES[kind].doc_id(obj.pk): obj for kind in keys for obj in SCOPES[kind].gathered(rows[kind])},
        {kind: _by_file(kind, rows[_FILES + kind]) for kind in of_files},
    )


def found(doc_ids: Iterable[str], user) -> dict[str, Any]:
    """Those of these documents that `user` may read by the word of the database, by doc_id."""
    return read(dict.fromkeys(doc_ids), user).objects


def _files(passages):
    """What must be read of the files in which something was found, by kind of their documents."""
    keys: dict[str, set[int]] = {}
    for doc_id, passage in passages.items():
        if passage is not None and passage.file_id is not None:
            keys.setdefault(split(doc_id)[0], set()).add(passage.file_id)
    return {kind: (SCOPES[kind].files(wanted), SCOPES[kind].file_columns) for kind, wanted in keys.items()}


def _by_file(kind, rows):
    files: dict[int, list] = {}
    for row in rows:
        files.setdefault(SCOPES[kind].file_key(row), []).append(row)
    return files


def shown(objs: dict[str, object], user) -> dict[str, Shown]:
    """What a line of results says of each of these documents, by doc_id."""
    lines = {}
    for kind, scope in SCOPES.items():
        of_kind = [obj for doc_id, obj in objs.items() if split(doc_id)[0] == kind]
        lines |= {scope.doc_id(key): line for key, line in scope.shown(of_kind, user).items()} if of_kind else {}
    return lines


def addresses(passages: dict[str, Passage], documents: Read, user) -> dict[str, str]:
    """Where the very passage of each of these documents, as `read` gave them, is read; by doc_id."""
    return {
        doc_id: scope_of(doc_id).address(
            documents.objects[doc_id], passage, user, documents.files.get(split(doc_id)[0], {}).get(passage.file_id, ())
        )
        for doc_id, passage in passages.items()
    }


def labels(facet: str, values: Iterable[str]) -> dict[str, str]:
    """The names of a facet's values, in the language of the page; of what is gone, the value itself."""
    values = list(values)
    match facet:
        case "kind":
            names = {kind: scope.label for kind, scope in SCOPES.items()}
        case "status":
            names = {**dict(Treatment.choices), **dict(Force.choices)}
        case "theme":
            names = {theme.slug: theme.name for theme in Theme.objects.filter(slug__in=values)}
        case "authority" | "organisation":
            names = {body.code: body.name for body in Organisation.objects.filter(code__in=values)}
        case _:
            names = {}
    return {value: str(names.get(value, value)) for value in values}
