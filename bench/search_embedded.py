"""200 questions to the embedded index of 100,000 passages, with trimming, facets, choices and order: p50 and p95.

One process fills the index and another asks, as workers and web server do.
"""

import os
import time
from multiprocessing import get_context

RUNS_ON_SQLITE = True
PASSAGES, QUESTIONS = 100_000, 200
LEAST = {"sqlite": 50, "postgresql": 80}  # milliseconds, p95


def main():
    from bench import _report

    options = _report.arguments(__doc__.splitlines()[0], passages=0)
    import django

    django.setup()
    from django.db import connection

    from bench._search import Collection
    from search.engines import embedded

    passages = options.passages or (PASSAGES // 5 if options.quick else PASSAGES)
    connection.close()
    with get_context("fork").Pool(1) as pool:
        filled, refused, asked = pool.apply(fill, (passages,))
    collection = Collection(passages)
    collection.asked = asked
    laps, found = ask(embedded(), list(collection.questions(QUESTIONS)))
    vendor = connection.vendor
    p50, p95 = laps.percentile(50) * 1000, laps.percentile(95) * 1000
    _report.table(
        [{"passages": passages, "written/s": passages / filled, "found": found, "p50 ms": p50, "p95 ms": p95}]
    )
    _report.report(
        os.environ.get("BENCH_NAME", "search-embedded"),
        value=p95,
        unit="ms p95",
        baseline=p50,
        ratio=p95 / LEAST[vendor],
        reached=p95 <= LEAST[vendor] and not refused and found > 0,
        must_be_under=LEAST[vendor],
        passages=passages,
    )


def fill(passages):
    """How many seconds it took, what was refused, and what people might ask of it."""
    from django.db import connection

    from bench._search import Collection
    from search.engines import embedded

    collection, started = Collection(passages), time.perf_counter()
    refused = embedded().write(collection.records())
    filled = time.perf_counter() - started
    settle(connection)
    connection.close()
    return filled, refused, collection.asked


def settle(connection):
    """What the database does by itself after many rows were written."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("VACUUM ANALYZE")
        else:
            cursor.execute("ANALYZE")


def ask(engine, questions):
    """How long each took the second time, when the database has read what it needs, and how many found something."""
    from bench._report import Laps

    found, laps = 0, Laps()
    for question in questions:
        engine.ask(question)
    for question in questions:
        with laps:
            found += bool(engine.ask(question).total)
    return laps, found


if __name__ == "__main__":
    main()
