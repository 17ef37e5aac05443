"""200 questions to Elasticsearch on 200,000 passages, with trimming, facets, choices and order: against the bare body.

Bare is what the server must do in any case: the same bodies, sent as they are, of which nobody reads the answer.
"""

import os
import subprocess
import time
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

PASSAGES, QUESTIONS, MOST = 200_000, 200, 1.4
SCRIPT = Path(__file__).resolve().parent.parent / "script" / "elasticsearch"


def main():
    from bench import _report

    options = _report.arguments(__doc__.splitlines()[0], passages=0)
    import django

    django.setup()
    from bench._search import Collection

    passages = options.passages or (PASSAGES // 10 if options.quick else PASSAGES)
    environment = {**os.environ, "ELASTICSEARCH_FAST": "0", "ELASTICSEARCH_HEAP": "1g"}
    started = subprocess.run([SCRIPT, "start"], env=environment, stdout=subprocess.PIPE, text=True, check=True)
    try:
        engine = counted()(started.stdout.split()[-1])
        engine.prepare()
        collection, began = Collection(passages), time.perf_counter()
        refused = engine.write(collection.records())
        filled = time.perf_counter() - began
        whole, bare, found = ask(engine, list(collection.questions(QUESTIONS)))
    finally:
        subprocess.run([SCRIPT, "stop"], check=True)
    _report.table(
        [
            {"what": what, "p50 ms": laps.percentile(50) * 1000, "p95 ms": laps.percentile(95) * 1000}
            for what, laps in (("search", whole), ("bare bodies", bare))
        ]
    )
    ratio = whole.percentile(95) / bare.percentile(95)
    _report.report(
        os.environ.get("BENCH_NAME", "search-elasticsearch"),
        value=whole.percentile(95) * 1000,
        unit="ms p95",
        baseline=bare.percentile(95) * 1000,
        ratio=ratio,
        reached=ratio <= MOST and not refused and found > 0,
        must_be_under=MOST,
        passages=passages,
        written_per_second=passages / filled,
    )


def counted():
    """The engine, with a vocabulary in the database made of what it is given: as where the embedded index is kept."""
    from search.engines.elasticsearch import ElasticsearchEngine
    from search.engines.tokens import vocabulary
    from search.models import Vocabulary

    class Counted(ElasticsearchEngine):
        def write(self, records):
            self.counter = Counter()
            refused = super().write(records)
            rows = [Vocabulary(token=token, passages=count) for token, count in self.counter.items()]
            Vocabulary.objects.bulk_create(rows, batch_size=5_000)
            return refused

        def _written(self, record):
            source = super()._written(record)
            self.counter.update(vocabulary([SimpleNamespace(**passage) for passage in source["passages"]]))
            return source

        def bodies(self, questions):
            """What is sent for each question."""
            sent, search = [], self._reader.search
            self._reader.search = lambda **body: sent[-1].append(body) or search(**body)
            for question in questions:
                sent.append([])
                self.ask(question)
            self._reader.search = search
            return sent

    return lambda url: Counted(url, timeout=60)


def ask(engine, questions):
    """Both ways by turns, once to warm up: how long each took, and how many questions found something."""
    import json

    import urllib3

    from bench._report import Laps

    found, whole, bare = 0, Laps(), Laps()
    bodies = engine.bodies(questions)
    path = f"{engine._url}/{engine.reads}/_search"
    names = {"from_": "from", "source": "_source"}
    raw = [
        [json.dumps({names.get(k, k): v for k, v in body.items() if k != "index"}).encode() for body in several]
        for several in bodies
    ]
    pool, headers = urllib3.PoolManager(), {"Content-Type": "application/json"}
    for question, several in zip(questions, raw, strict=True):
        with whole:
            found += bool(engine.ask(question).total)
        with bare:
            for body in several:
                pool.request("POST", path, body=body, headers=headers)
    return whole, bare, found


if __name__ == "__main__":
    main()
