"""Elasticsearch: what matches is chosen as everywhere (`matching`), the order is its own BM25 with the same weights.

Readers ask the alias `…-read`; what is written goes to every index of the alias `…-write`, of which there are two
while one is built anew.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime

from django.conf import settings
from django.utils import timezone
from elasticsearch import ApiError, Elasticsearch, helpers
from elasticsearch.dsl import Search
from elasticsearch.exceptions import TransportError, UnsupportedProductError

from ..contract import FACETS, NEWEST, RELEVANCE, Answer, EngineAway, Hit, Passage, Question, Record
from ..index_settings import IndexedRecord
from . import vocabulary
from .bodies import SHOWN, best_of, found_by, grams_of, narrowed_by, suggested_by, written
from .matching import FEW

AWAY = (TransportError, ApiError, UnsupportedProductError)
REST = 10  # seconds in which a server that did not answer is not asked
DEEPEST = 10_000  # hits, the server's own limit
VALUES = 1_000  # of a facet
TOGETHER = 200  # documents in a request that writes
LARGEST = 10_000_000  # bytes in one


class ElasticsearchEngine:
    """A search server. `prefix` begins the names of its indexes and aliases."""

    name = "elasticsearch"
    _silent_until: dict[str, float] = {}  # address → when it may be asked again, for this process

    def __init__(
        self, url: str, *, prefix: str = "diwan", vocabulary=vocabulary.of_database, timeout: float | None = None
    ):
        self._url, self._prefix, self._vocabulary = url, prefix, vocabulary
        self._client = client(url)
        self._reader = self._client.options(request_timeout=timeout or settings.ELASTICSEARCH_TIMEOUT, max_retries=0)

    @property
    def reads(self) -> str:
        return f"{self._prefix}-read"

    @property
    def writes(self) -> str:
        return f"{self._prefix}-write"

    # --- asking

    def ask(self, question: Question, *, today: date | None = None) -> Answer:
        today = today or timezone.localdate()
        counts = vocabulary.counts(question.query, self._vocabulary, question.known)
        found = found_by(question.query, counts)
        response = self._answer(self._search(question, found, today)) if found else None
        few = not response or response["aggregations"]["readable"]["doc_count"] < FEW
        grams = grams_of(question.query, counts) if few and not question.query.phrases else None
        if grams:
            response = self._answer(self._search(question, found | grams if found else grams, today))
        return self._read(response, has_grams=bool(grams)) if response else Answer(0, (), {name: {} for name in FACETS})

    def _search(self, question, found, today):
        """Choices narrow what is shown and, but for their own, the facets: so they come after the query."""
        search = Search(index=self.reads).query(best_of(question, found, today)).source(["doc_id"])
        search = search.post_filter(narrowed_by(question)).extra(track_total_hits=True)
        if question.sort == RELEVANCE:
            search = search.sort("_score", {"dated": {"order": "desc", "missing": "_last"}}, "doc_id")
        else:
            order = "desc" if question.sort == NEWEST else "asc"
            search = search.sort({"dated": {"order": order, "missing": "_last"}}, {"doc_id": order})
        search = search.extra(track_scores=True)
        search.aggs.bucket("readable", "filter", match_all={})
        for name in FACETS:
            narrowed = search.aggs.bucket(name, "filter", filter=narrowed_by(question, but=name))
            narrowed.bucket("values", "terms", field=name, size=VALUES)
        start = min(question.start, DEEPEST)
        return search[start : min(start + question.size, DEEPEST)]

    def _read(self, response, *, has_grams):
        facets = {
            name: {each["key"]: each["doc_count"] for each in response["aggregations"][name]["values"]["buckets"]}
            for name in FACETS
        }
        return Answer(response["hits"]["total"]["value"], _hits(response), facets, has_grams)

    def suggest(self, prefix: str, question: Question, *, limit: int = 8) -> list[Hit]:
        wanted = suggested_by(prefix, question)
        if wanted is None:
            return []
        search = Search(index=self.reads).query(wanted).source(["doc_id"])
        search = search.sort({"dated": {"order": "desc", "missing": "_last"}}, {"doc_id": "desc"})[:limit]
        return [replace(hit, score=0.0) for hit in _hits(self._answer(search))]

    def _answer(self, search):
        """What the server says, soon; and once it did not, it is left alone for a while."""
        if time.monotonic() < self._silent_until.get(self._url, 0):
            raise EngineAway("The search server did not answer a moment ago.")
        try:
            response = self._reader.search(index=self.reads, **_arguments(search))
            response["hits"]["total"]["value"]  # an answer of another kind is none
        except (*AWAY, KeyError, TypeError) as error:
            if not isinstance(error, ApiError) or not _is_refusal(error.status_code):
                self._silent_until[self._url] = time.monotonic() + REST
            raise EngineAway(str(error)) from error
        return response

    def facts(self) -> dict[str, str]:
        """Server, version, the indexes behind each alias and how many documents readers find."""
        try:
            health = self._client.cluster.health()
            node = next(iter(self._client.nodes.info(filter_path="nodes.*.version")["nodes"].values()))
            aliases = self._client.options(ignore_status=404).indices.get_alias(name=[self.reads, self.writes])
            documents = self._client.count(index=self.reads)["count"]
        except (*AWAY, KeyError, StopIteration) as error:
            raise EngineAway(str(error)) from error
        behind = {name: set(said.get("aliases", ())) for name, said in aliases.items() if isinstance(said, dict)}
        return {
            "server": f"{self.name} {node['version']}, {health['status']}",
            **{
                alias: " ".join(name for name, of in behind.items() if alias in of)
                for alias in (self.reads, self.writes)
            },
            "documents": str(documents),
        }

    # --- keeping

    def write(self, records: Iterable[Record], *, index: str = "") -> dict[str, str]:
        """As every engine; with `index`, into that one alone, which is not read yet."""
        return self._bulk(
            ((record.doc_id, record.version, self._written(record)) for record in records), [index] if index else None
        )

    def _written(self, record):
        return written(record)

    def remove(self, gone: Iterable[tuple[str, int]]) -> dict[str, str]:
        return self._bulk((doc_id, version, None) for doc_id, version in gone)

    def versions(self, *, index: str = "") -> Iterator[tuple[str, int]]:
        try:
            if index:
                self._client.indices.refresh(index=index)
            asked = {"_source": False, "version": True}
            for hit in helpers.scan(self._client, index=index or self.reads, query=asked, size=2_000):
                yield hit["_id"], hit["_version"]
        except AWAY as error:
            raise EngineAway(str(error)) from error

    def _bulk(self, changes, unread=None):
        """Send them, document by document: an older version than there is already does nothing, the rest is said."""
        refused = {}
        try:
            indexes = unread or list(self._client.indices.get_alias(name=self.writes))
            actions = (_action(index, *change) for change in changes for index in indexes)
            outcomes = helpers.streaming_bulk(
                self._client,
                actions,
                chunk_size=TOGETHER,
                max_chunk_bytes=LARGEST,
                raise_on_error=False,
                max_retries=3,
                initial_backoff=1,
                yield_ok=False,
            )
            for _done, outcome in outcomes:
                result = next(iter(outcome.values()))
                if result["status"] == 429 or result["status"] >= 500:
                    raise EngineAway(str(result.get("error")))
                if result["status"] not in (404, 409):  # not there to be removed; newer already
                    refused[result["_id"]] = str(result.get("error"))
            if not unread:
                self._client.indices.refresh(index=indexes)
        except AWAY as error:
            raise EngineAway(str(error)) from error
        return refused

    # --- indexes

    def prepare(self) -> None:
        """See that there is an index to write to and to read from."""
        try:
            if not self._client.indices.exists_alias(name=self.writes):
                self.finish(self.begin())
        except AWAY as error:
            raise EngineAway(str(error)) from error

    def is_built(self) -> bool:
        """Whether there is an index for readers."""
        try:
            return bool(self._client.indices.exists_alias(name=self.reads))
        except AWAY as error:
            raise EngineAway(str(error)) from error

    def begin(self) -> str:
        """Make a new, empty index that takes part in all that is written from now on; its name."""
        name = self._begun_at(timezone.now())
        try:
            template = IndexedRecord._index.as_composable_template(
                self._prefix, pattern=f"{self._prefix}-2*", priority=200
            )
            template.save(using=self._client)
            self._client.indices.create(index=name, aliases={self.writes: {}})
        except AWAY as error:
            raise EngineAway(str(error)) from error
        return name

    def _begun_at(self, moment):
        return f"{self._prefix}-{moment:%Y%m%d%H%M%S%f}"

    def finish(self, name: str) -> None:
        """Let readers and writers change to the index `name` at one moment.

        EngineAway, too, if another that was built at the same time has come before it.
        """
        try:
            there = self._all()
            if name not in there:
                raise EngineAway("Another index has taken the place of this one while it was built.")
            self._client.indices.refresh(index=name)
            actions = [{"add": {"index": name, "alias": alias}} for alias in (self.reads, self.writes)]
            actions += [{"remove": {"index": each, "alias": f"{self._prefix}-*"}} for each in there if each != name]
            self._client.indices.update_aliases(actions=actions)
        except AWAY as error:
            raise EngineAway(str(error)) from error

    def left(self, *, before: datetime) -> list[str]:
        """Indexes nobody reads: replaced before this moment, or begun before it and never finished."""
        try:
            there = self._client.indices.get_alias(index=f"{self._prefix}-2*")
        except AWAY as error:
            raise EngineAway(str(error)) from error
        old = {name for name in there if name < self._begun_at(before)}
        read = {name for name, said in there.items() if self.reads in said["aliases"]}
        return sorted(old - read) if read and read <= old else []

    def drop(self, *names: str) -> None:
        """Delete indexes."""
        try:
            for name in names:
                self._client.indices.delete(index=name, ignore_unavailable=True)
        except AWAY as error:
            raise EngineAway(str(error)) from error

    def clean(self) -> None:
        """Delete every index readers or writers use, and the template."""
        try:
            self.drop(*self._all())
            self._client.options(ignore_status=404).indices.delete_index_template(name=self._prefix)
        except AWAY as error:
            raise EngineAway(str(error)) from error

    def _all(self):
        """Indexes that bear one of the aliases."""
        found = self._client.options(ignore_status=404).indices.get_alias(name=[self.reads, self.writes])
        return [name for name, said in found.items() if isinstance(said, dict) and "aliases" in said]


def client(url: str, **options) -> Elasticsearch:
    """The client of a server at `url`, which may hold a user and a password."""
    if settings.OPENSEARCH:
        from .opensearch import OpenSearchNode  # noqa: PLC0415 - only where it is needed

        options["node_class"] = OpenSearchNode
    if settings.ELASTICSEARCH_CA:
        options["ca_certs"] = settings.ELASTICSEARCH_CA
    return Elasticsearch(url, request_timeout=30, **options)


def _is_refusal(status):
    """A healthy server says no: as to an index that is not there."""
    return 400 <= status < 500 and status != 429


def _arguments(search):
    body = search.to_dict()
    return {
        "source" if name == "_source" else "from_" if name == "from" else name: value for name, value in body.items()
    }


def _hits(response):
    """Documents with the number of their best passage."""
    hits = []
    for hit in response["hits"]["hits"]:
        best = hit["inner_hits"]["best"]["hits"]["hits"][0]["_source"]
        kept = {"title": "", "body": ""} | {name: best[name] for name in SHOWN if name in best}
        hits.append(Hit(hit["_source"]["doc_id"], hit["_score"] or 0.0, best["number"], Passage(**kept)))
    return tuple(hits)


def _action(index, doc_id, version, source):
    action = {"_index": index, "_id": doc_id, "version": version, "version_type": "external_gte"}
    return action | ({"_op_type": "delete"} if source is None else {"_op_type": "index", "_source": source})
