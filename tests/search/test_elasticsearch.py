"""The search server alone: indexes that change places, and every way in which it may not answer."""

import json
import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from search.contract import PUBLIC, EngineAway, Passage, Question, Record
from search.engines import current, embedded, server
from search.engines.elasticsearch import ElasticsearchEngine
from search.engines.trial import trial_engine
from search.query import understand

RECORD = Record("page:1", 3, "page", frozenset({PUBLIC}), (Passage("زيارة المكتبة", "تستقبل المكتبة زوارها."),))
QUESTION = Question(understand("مكتبة"), frozenset({PUBLIC}))


@pytest.fixture
def engine(db, elasticsearch_url):
    with trial_engine("elasticsearch", elasticsearch_url) as index:
        yield index


@pytest.fixture
def fake():
    """A server that answers each (method, end of the path) as it is told: (status, headers, body) or a function."""
    answers, asked = {}, []

    class Handler(BaseHTTPRequestHandler):
        def answer(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            asked.append((self.command, self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            name = next((each for each in answers if self.path.partition("?")[0].endswith(each)), "")
            status, headers, content = answers.get(name, (404, {}, "{}"))
            if callable(content):
                content = content(self)
            self.send_response(status)
            for key, value in headers.items():
                self.send_header(key, value)
            self.send_header("Content-Length", str(len(content.encode())))
            self.end_headers()
            self.wfile.write(content.encode())

        do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = answer

        def log_message(self, *arguments):
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{listening.server_port}", answers, asked
    listening.shutdown()
    listening.server_close()


OURS = {"X-Elastic-Product": "Elasticsearch", "Content-Type": "application/json"}


def found(engine):
    return [hit.doc_id for hit in engine.ask(QUESTION).hits]


def test_server_is_asked_first_where_one_is_configured(settings, db):
    assert server() is None
    assert current().name == embedded().name == "embedded"

    settings.ELASTICSEARCH_URL = "http://127.0.0.1:1"

    assert current().name == "elasticsearch"


def test_index_is_built_anew_beside_the_one_in_use(engine):
    engine.write([RECORD])

    name = engine.begin()
    late = replace(RECORD, doc_id="page:2")
    engine.write([late])  # what changes meanwhile goes to both
    assert sorted(found(engine)) == ["page:1", "page:2"]  # readers see no gap
    engine.write([replace(RECORD, version=2), late], index=name)
    assert dict(engine.versions(index=name)) == {"page:1": 2, "page:2": 3}

    [old] = set(engine._all()) - {name}
    engine.finish(name)

    assert dict(engine.versions()) == {"page:1": 2, "page:2": 3}
    engine.write([replace(RECORD, version=5)])
    assert dict(engine.versions(index=old))["page:1"] == 3  # the old one is left alone
    engine.drop(old)
    assert sorted(found(engine)) == ["page:1", "page:2"]


def test_what_the_server_cannot_keep_is_said_and_the_rest_kept(engine):
    refused = engine.write([replace(RECORD, doc_id="page:9", organisation="x" * 40_000), RECORD])

    assert list(refused) == ["page:9"]
    assert found(engine) == ["page:1"]


def test_index_that_is_gone_is_an_engine_away(engine):
    engine.drop(*engine._all())

    with pytest.raises(EngineAway):
        engine.ask(QUESTION)
    with pytest.raises(EngineAway):
        engine.write([RECORD])
    with pytest.raises(EngineAway):
        list(engine.versions())
    with pytest.raises(EngineAway):
        engine.finish("trial-not-there")


def slow(handler):
    time.sleep(3)
    return "{}"


@pytest.mark.parametrize(
    "answer",
    [
        (200, OURS, slow),
        (200, OURS, "<html>"),
        (200, OURS, "[]"),
        (200, OURS, '{"hits": {}}'),
        (200, {"Content-Type": "application/json"}, '{"hits": {"total": {"value": 0}}}'),  # another product
        (429, OURS, "{}"),
        (503, OURS, "{}"),
    ],
    ids=["slow", "garbage", "list", "empty", "stranger", "busy", "broken"],
)
def test_bad_answer_is_an_engine_away_soon_and_not_asked_again(fake, answer, db):
    url, answers, asked = fake
    answers["_search"] = answer
    engine = ElasticsearchEngine(url)

    started = time.monotonic()
    with pytest.raises(EngineAway):
        engine.ask(QUESTION)
    with pytest.raises(EngineAway, match="a moment ago"):
        engine.suggest("مكت", QUESTION)

    assert time.monotonic() - started < 1.5
    assert len(asked) == 1


def test_nobody_there_is_an_engine_away_for_all(db):
    engine = ElasticsearchEngine("http://127.0.0.1:1")

    for ask in (
        lambda: engine.ask(QUESTION),
        lambda: engine.write([RECORD]),
        lambda: engine.remove([("page:1", 1)]),
        lambda: list(engine.versions()),
        engine.prepare,
        engine.begin,
        lambda: engine.finish("diwan-1"),
        lambda: engine.drop("diwan-1"),
    ):
        with pytest.raises(EngineAway):
            ask()


@pytest.mark.parametrize("status", [429, 503])
def test_busy_server_keeps_the_writer_waiting_outside(fake, status, monkeypatch, db):
    monkeypatch.setattr("elasticsearch.helpers.actions.time.sleep", lambda seconds: None)
    url, answers, _asked = fake
    answers["diwan-write"] = 200, OURS, '{"diwan-1": {"aliases": {"diwan-write": {}}}}'
    item = {"index": {"_id": "page:1", "status": status, "error": {"type": "busy"}}}
    answers["_bulk"] = 200, OURS, json.dumps({"errors": True, "items": [item]})

    with pytest.raises(EngineAway, match="busy"):
        ElasticsearchEngine(url).write([RECORD])


def test_opensearch_is_spoken_to_in_plain_words(fake, settings, db):
    """It refuses the client's own media types, and answers without the header the client looks for."""
    settings.OPENSEARCH = True
    url, answers, asked = fake
    answers["_search"] = 200, {"Content-Type": "application/json"}, json.dumps({
        "hits": {"total": {"value": 0}, "hits": []},
        "aggregations": {name: {"doc_count": 0, "values": {"buckets": []}} for name in
                         ("readable", "kind", "authority", "year", "theme", "status", "organisation")},
    })  # fmt: skip

    assert ElasticsearchEngine(url).ask(QUESTION).total == 0
    assert {asked[0][2][name] for name in ("content-type", "accept")} == {"application/json"}
