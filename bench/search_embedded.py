"""200 questions to the embedded index of 100,000 passages, with trimming, facets, choices and order: p50 and p95."""

import os
import time

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
    collection, engine = Collection(passages), embedded()
    started = time.perf_counter()
    refused = engine.write(collection.records())
    filled = time.perf_counter() - started
    settle(connection)
    laps, found = ask(engine, list(collection.questions(QUESTIONS)))
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
