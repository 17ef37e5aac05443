"""What can be found, by whom, and how it is shown: one scope a kind. Beside `visible_to` stands the app's `acl`."""

from collections.abc import Iterable, Iterator

from core.organisations import acl as organisations_acl
from core.organisations.models import Organisation
from eservices.correspondence import acl as correspondence_acl
from eservices.correspondence.enums import Treatment
from home import acl as home_acl
from home.circulars import acl as circulars_acl
from home.circulars.force import Force
from home.circulars.models import Theme

from ..contract import Passage
from .base import Scope, Shown
from .circulars import CircularScope
from .correspondence import CorrespondenceScope
from .pages import PageScope
from .people import PersonScope, UnitScope

__all__ = ["SCOPES", "Scope", "Shown", "documents_with", "found", "labels", "scope_of", "split", "tokens_of"]

SCOPES = {
    scope.kind: scope for scope in (CircularScope(), CorrespondenceScope(), PageScope(), PersonScope(), UnitScope())
}
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


def found(doc_ids: Iterable[str], user) -> dict[str, object]:
    """Those of these documents that `user` may read by the word of the database, by doc_id: a query a kind."""
    keys = {}
    for doc_id in doc_ids:
        kind, key = split(doc_id)
        keys.setdefault(kind, []).append(key)
    return {
        SCOPES[kind].doc_id(obj.pk): obj
        for kind, wanted in keys.items()
        for obj in SCOPES[kind].visible_to(user).filter(pk__in=wanted)
    }


def shown(objs: dict[str, object], user) -> dict[str, Shown]:
    """What a line of results says of each of these documents, by doc_id."""
    lines = {}
    for kind, scope in SCOPES.items():
        of_kind = [obj for doc_id, obj in objs.items() if split(doc_id)[0] == kind]
        lines |= {scope.doc_id(key): line for key, line in scope.shown(of_kind, user).items()} if of_kind else {}
    return lines


def addresses(passages: dict[str, Passage], objs: dict[str, object], user) -> dict[str, str]:
    """Where the very passage of each of these documents is read, by doc_id: at most a query a kind."""
    keys = {}
    for doc_id, passage in passages.items():
        if passage.file_id is not None:
            keys.setdefault(split(doc_id)[0], set()).add(passage.file_id)
    files = {kind: SCOPES[kind].files(wanted) for kind, wanted in keys.items()}
    return {
        doc_id: scope_of(doc_id).address(
            objs[doc_id], passage, user, files.get(split(doc_id)[0], {}).get(passage.file_id)
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
