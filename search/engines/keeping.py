"""Writing into the embedded index: each document at once or not at all, and never an older one over a newer.

Analysis comes before any lock. Many documents share a transaction; if it fails, each is tried alone.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import DatabaseError, InterfaceError, OperationalError, transaction
from django.db.models import Exists, OuterRef

from ..contract import EngineAway, Record
from ..models import AccessSet, AccessToken, Document, Facets, Passage, Place, Streams, Vocabulary
from .tokens import streams, vocabulary

TOGETHER = 200  # passages in a transaction
AT_ONCE = 500  # rows swept at a time
_TEXTS = ("refs", "starts", "title_nrm", "title_stm", "body_nrm", "body_stm")
_SHOWN = ("language", "title", "body", "file_id", "page")


@dataclass(slots=True)
class Prepared:
    record: Record
    passages: list[Passage]
    streams: list[Streams]
    access: AccessSet
    facets: Facets


def write(records: Iterable[Record], alias: str, index) -> dict[str, str]:
    """Keep these. Returns doc_id → error of those refused."""
    refused, waiting, passages = {}, [], 0
    for record in records:
        waiting.append(_prepared(record))
        passages += len(record.passages)
        if passages >= TOGETHER:
            refused |= _try(_keep, waiting, alias, index)
            waiting, passages = [], 0
    return refused | _try(_keep, waiting, alias, index)


def remove(gone: Iterable[tuple[str, int]], alias: str, index) -> dict[str, str]:
    """Forget these. Returns doc_id → error of those refused."""
    return _try(_forget, list(gone), alias, index)


def sweep(alias: str) -> int:
    """Delete the sets of tokens and of values no document has any more, and tokens that stand nowhere; how many.

    Who takes one up again in the same moment is refused by the database, and tried again.
    """
    unused = {
        AccessSet: [Document.objects.filter(access=OuterRef("pk")), Place.objects.filter(access=OuterRef("pk"))],
        Facets: [Place.objects.filter(facets=OuterRef("pk"))],
    }
    done = 0
    for model, uses in unused.items():
        rows = model.objects.using(alias).filter(*(~Exists(each.using(alias)) for each in uses))
        keys = list(rows.values_list("pk", flat=True))
        for start in range(0, len(keys), AT_ONCE):
            rows.filter(pk__in=keys[start : start + AT_ONCE]).delete()
        done += len(keys)
    tokens, _of_each = Vocabulary.objects.using(alias).filter(passages=0).delete()
    return done + tokens


def _try(operation, several, alias, index):
    """All of them in one transaction, or, if the database refuses that, each in its own."""
    if not several:
        return {}
    try:
        with transaction.atomic(using=alias):
            operation(several, alias, index)
    except DatabaseError as error:
        if isinstance(error, InterfaceError | OperationalError) and not _is_too_long(error):
            raise EngineAway from error
        if len(several) == 1:
            return {_doc_id(several[0]): str(error)}
        return {doc_id: why for each in several for doc_id, why in _try(operation, [each], alias, index).items()}
    return {}


def _is_too_long(error):
    """PostgreSQL's own limits, as that of a tsvector's length, are the document's fault."""
    return (getattr(error.__cause__, "sqlstate", None) or "").startswith("54")


def _doc_id(each):
    return each.record.doc_id if isinstance(each, Prepared) else each[0]


def _prepared(record):
    access = AccessSet(pk=_key(*sorted(record.acl)))
    facets = Facets(
        kind=record.kind,
        authority=record.authority,
        year=record.year,
        status=record.status,
        organisation=record.organisation,
        themes=sorted(record.themes),
        in_force=record.in_force,
    )
    facets.pk = _key(
        facets.kind, facets.authority, facets.year, facets.status, facets.organisation,
        str(facets.in_force), *facets.themes,
    )  # fmt: skip
    passages = [
        Passage(
            number=number,
            language=each.language,
            title=_storable(each.title),
            body=_storable(each.body),
            file_id=each.file_id,
            page=each.page,
        )
        for number, each in enumerate(record.passages)
    ]
    return Prepared(
        record,
        passages,
        [streams(each, of="" if n else record.doc_id) for n, each in enumerate(passages)],
        access,
        facets,
    )


def _storable(text):
    """Without what no database takes: NUL, and halves of characters."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _key(*parts):
    """A number that stands for these words in this order, and for no others."""
    digest = hashlib.sha256("\0".join(f"{len(part)}:{part}" for part in parts).encode()).digest()
    return int.from_bytes(digest[:8]) >> 1


def _keep(prepared, alias, index):
    documents = _locked({each.record.doc_id: each.record.kind for each in prepared}, alias)
    newest = {}
    for each in prepared:  # a later one of the same version counts
        known = newest.get(each.record.doc_id)
        at_least = known.record.version if known else documents[each.record.doc_id].shown_version
        if each.record.version >= at_least:
            newest[each.record.doc_id] = each
    _share(newest.values(), alias)
    added, gone = [], []
    before = _streams_of([documents[doc_id] for doc_id in newest], alias)
    for doc_id, each in newest.items():
        document, old = documents[doc_id], before.get(documents[doc_id].pk, [])
        if [_texts(one) for one in old] == [_texts(one) for one in each.streams]:
            _renew(document, each, old, alias)
        else:
            gone += old
            added.append((document, each))
        document.shown_version = each.record.version
        document.version = max(document.version, each.record.version)
        document.access_id = each.access.pk
    Document.objects.using(alias).bulk_update(
        [documents[doc_id] for doc_id in newest], ["shown_version", "version", "access"]
    )
    _take_out(gone, alias, index)
    _put_in(added, alias, index)
    _count(vocabulary([one for _, each in added for one in each.streams]), vocabulary(gone), index)


def _forget(gone, alias, index):
    wanted = dict(gone)
    documents = _locked({doc_id: doc_id.partition(":")[0] for doc_id in wanted}, alias)
    leaving = [each for each in documents.values() if wanted[each.doc_id] >= each.shown_version]
    old = [one for several in _streams_of(leaving, alias).values() for one in several]
    _take_out(old, alias, index)
    _count(vocabulary([]), vocabulary(old), index)
    for document in leaving:
        document.shown_version = wanted[document.doc_id]
        document.version = max(document.version, document.shown_version)
        document.access = None
    Document.objects.using(alias).bulk_update(leaving, ["shown_version", "version", "access"])


def _locked(kinds, alias):
    """doc_id → its row, made where there is none, and nobody else's until the end of the transaction."""
    rows = Document.objects.using(alias)
    missing = set(kinds) - set(rows.filter(doc_id__in=kinds).values_list("doc_id", flat=True))
    rows.bulk_create(
        [
            Document(doc_id=doc_id, kind=kinds[doc_id], object_key=doc_id.partition(":")[2], version=0)
            for doc_id in sorted(missing)
        ],
        ignore_conflicts=True,
    )
    return {row.doc_id: row for row in rows.select_for_update().filter(doc_id__in=kinds).order_by("doc_id")}


def _share(prepared, alias):
    """The sets of tokens and of values that are not there yet."""
    sets = {each.access.pk: each for each in prepared}
    there = set(AccessSet.objects.using(alias).filter(pk__in=sets).values_list("pk", flat=True))
    new = [sets[key] for key in sorted(sets.keys() - there)]
    AccessSet.objects.using(alias).bulk_create([each.access for each in new], ignore_conflicts=True)
    AccessToken.objects.using(alias).bulk_create(
        [AccessToken(access_id=each.access.pk, token=token) for each in new for token in sorted(each.record.acl)],
        ignore_conflicts=True,
    )
    facets = {each.facets.pk: each.facets for each in prepared}
    there = set(Facets.objects.using(alias).filter(pk__in=facets).values_list("pk", flat=True))
    Facets.objects.using(alias).bulk_create(
        [facets[key] for key in sorted(facets.keys() - there)], ignore_conflicts=True
    )


def _streams_of(documents, alias):
    """Document → its streams in the order of the passages."""
    found = {}
    rows = Streams.objects.using(alias).filter(passage__document__in=[each.pk for each in documents])
    for row in rows.select_related("passage").order_by("passage__document", "passage__number"):
        found.setdefault(row.passage.document_id, []).append(row)
    return found


def _texts(one):
    return tuple(getattr(one, name) for name in _TEXTS)


def _renew(document, each, old, alias):
    """The tokens are what they were: only what is shown and what it is narrowed by may be new."""
    changed = []
    for kept, passage in zip(old, each.passages, strict=True):
        if any(getattr(kept.passage, name) != getattr(passage, name) for name in _SHOWN):
            for name in _SHOWN:
                setattr(kept.passage, name, getattr(passage, name))
            changed.append(kept.passage)
    Passage.objects.using(alias).bulk_update(changed, _SHOWN)
    document.places.using(alias).update(access=each.access.pk, facets=each.facets.pk, day=_day(each.record))


def _take_out(old, alias, index):
    if old:
        index.discard(old)
        Passage.objects.using(alias).filter(pk__in=[one.pk for one in old]).delete()


def _put_in(added, alias, index):
    for document, each in added:
        for passage in each.passages:
            passage.document_id = document.pk
    Passage.objects.using(alias).bulk_create([passage for _, each in added for passage in each.passages])
    kept, places = [], []
    for document, each in added:
        for passage, one in zip(each.passages, each.streams, strict=True):
            one.passage_id = passage.pk
            kept.append(one)
            places.append(
                (passage.pk, document.pk, each.access.pk, each.facets.pk, _day(each.record), len(one.body_nrm.split()))
            )
    if kept:
        Streams.objects.using(alias).bulk_create(kept)
        index.add(places, kept)


def _count(new, old, index):
    new.subtract(old)
    if changes := [(token, number) for token, number in new.items() if number]:
        index.count(changes)


def _day(record):
    return record.dated.toordinal() if record.dated else 0
