"""Passages a second into Elasticsearch from the database, by two processes, against sending documents that are ready.

From the database is what `search_rebuild` does: read the rows, make records of them, analyse every word, send, compare.
Ready documents are the same ones, made beforehand, sent by one process with the same client into an index alike.
"""

import os
import subprocess
import time
from pathlib import Path

CIRCULARS, WORDS, PROCESSES, LEAST = 10_000, 20, 2, 0.5
SCRIPT = Path(__file__).resolve().parent.parent / "script" / "elasticsearch"


def main():
    from bench import _report

    options = _report.arguments(__doc__.splitlines()[0], circulars=0)
    circulars = options.circulars or (CIRCULARS // 5 if options.quick else CIRCULARS)
    environment = {**os.environ, "ELASTICSEARCH_FAST": "0", "ELASTICSEARCH_HEAP": "1g"}
    started = subprocess.run([SCRIPT, "start"], env=environment, stdout=subprocess.PIPE, text=True, check=True)
    os.environ["ELASTICSEARCH_URL"] = started.stdout.split()[-1]  # for the processes of the rebuild, too
    try:
        rows, passages = measure(circulars)
    finally:
        subprocess.run([SCRIPT, "stop"], check=True)
    _report.table(rows)
    rebuilt, ready = (row["passages/s"] for row in rows)
    _report.report(
        os.environ.get("BENCH_NAME", "index"),
        value=rebuilt,
        unit="passages/s",
        baseline=ready,
        ratio=rebuilt / ready,
        reached=rebuilt / ready >= LEAST,
        must_be_over=LEAST,
        passages=passages,
        processes=PROCESSES,
    )


def measure(circulars):
    """Each way once to warm up the server, then once for the figures."""
    import django

    django.setup()
    from search import engines, operations
    from search.models import Document

    stock().grow(circulars)
    server = engines.server()
    operations.rebuild(server, processes=PROCESSES)
    ready = list(documents(server, dict(Document.objects.values_list("doc_id", "version"))))
    passages = sum(len(document["_source"]["passages"]) for document in ready)
    send(server, ready)
    rows = []
    for what, work in (
        (f"from the database, {PROCESSES} processes", lambda: operations.rebuild(server, processes=PROCESSES)),
        ("ready documents", lambda: send(server, ready)),
    ):
        began = time.perf_counter()
        work()
        seconds = time.perf_counter() - began
        rows.append({"what": what, "passages": passages, "seconds": seconds, "passages/s": passages / seconds})
    return rows, passages


def stock():
    """Circulars in two languages whose words are drawn as they are written, rare ones too."""
    from bench._circulars import Stock
    from bench._search import Collection

    collection = Collection(0)

    class Drawn(Stock):
        def _version(self, circular):
            version = super()._version(circular)
            texts = version.content["texts"]
            texts["fr"] = texts["ar"] | {"standing": "official"}
            for language, text in texts.items():
                text["blocks"] = [self._block(language, place) for place in range(1, 7)]
            return version

        def _block(self, language, place):
            words = collection._draw(language == "fr", WORDS, collection._often)
            return {"type": "paragraph", "anchor": f"p{place}", "html": f"<p>{' '.join(words)}</p>"}

    return Drawn()


def documents(server, versions):
    from search.engines.bodies import written
    from search.operations import records_of

    for record in records_of(versions):
        yield {"_id": record.doc_id, "_source": written(record)}


def send(server, ready):
    from elasticsearch import helpers

    from search.engines.elasticsearch import LARGEST, TOGETHER

    index = server.begin()
    try:
        actions = ({"_index": index, **each} for each in ready)
        for _done, _outcome in helpers.streaming_bulk(
            server._client, actions, chunk_size=TOGETHER, max_chunk_bytes=LARGEST
        ):
            pass
        server._client.indices.refresh(index=index)
    finally:
        server.drop(index)


if __name__ == "__main__":
    main()
