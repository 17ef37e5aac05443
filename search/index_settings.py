"""The index on the search server: one document for every record, its passages nested in it.

So a document, with everything of it, is written at once and under one version; pages it lost are gone, and what is
counted are documents. Tokens are ready: the server only parts them at spaces.
"""

from typing import Any

from elasticsearch.dsl import Document, InnerDoc, Keyword, MetaField, Text, mapped_field
from elasticsearch.dsl import field as fields

from .ranking import K1, B

_STREAMS = ("title_nrm", "title_stm", "body_nrm", "body_stm")


def _tokens(**more) -> Any:
    return Text(analyzer="whitespace", **more)


def _shown(kind, **more) -> Any:
    """Kept, not looked up."""
    return kind(index=False, **more)


class PassageOfRecord(InnerDoc):
    """A passage: its streams, and what the order of passages needs of its record."""

    number: int = mapped_field(fields.Integer(index=False, doc_values=False))
    title: str = mapped_field(_shown(Text))
    body: str = mapped_field(_shown(Text))
    language: str = mapped_field(_shown(Keyword, doc_values=False))
    file_id: int = mapped_field(_shown(fields.Long, doc_values=False))
    page: int = mapped_field(_shown(fields.Integer, doc_values=False))
    refs: str = mapped_field(_tokens(norms=False, index_options="docs"))
    starts: str = mapped_field(_tokens(norms=False, index_options="docs"))
    title_nrm: str = mapped_field(_tokens(similarity="ours"))
    title_stm: str = mapped_field(_tokens(similarity="ours"))
    body_nrm: str = mapped_field(_tokens(similarity="ours"))
    body_stm: str = mapped_field(_tokens(similarity="ours"))
    c4: str = mapped_field(_tokens(similarity="ours", index_options="freqs"))
    dated: str = mapped_field(fields.Date(format="strict_date"))
    in_force: bool = mapped_field(fields.Boolean())
    kind: str = mapped_field(Keyword())


class IndexedRecord(Document):
    """A record."""

    doc_id: str = mapped_field(Keyword())
    kind: str = mapped_field(Keyword())
    acl: str = mapped_field(Keyword(doc_values=False))
    authority: str = mapped_field(Keyword())
    organisation: str = mapped_field(Keyword())
    unit: str = mapped_field(Keyword())
    status: str = mapped_field(Keyword())
    year: str = mapped_field(Keyword())
    theme: str = mapped_field(Keyword())
    dated: str = mapped_field(fields.Date(format="strict_date"))
    passages: list[PassageOfRecord] = mapped_field(fields.Nested(PassageOfRecord))

    class Meta:
        dynamic = MetaField("strict")
        source = MetaField(excludes=[f"passages.{name}" for name in ("refs", "starts", "c4", *_STREAMS)])

    class Index:
        name = "records"
        settings = {
            "number_of_shards": 1,  # counts of facets are exact in one
            "number_of_replicas": 0,
            "refresh_interval": "5s",  # who writes makes it seen at once
            "gc_deletes": "1h",  # how long a removed document's version is remembered
            "similarity": {"ours": {"type": "BM25", "k1": K1, "b": B}},
            "mapping": {"nested_objects": {"limit": 100_000}},
        }
