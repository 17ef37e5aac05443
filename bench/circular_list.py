"""The list of circulars with its facets, on 1,000 and on 100,000 of them, through the real page, never a kept one.

A stranger and a civil servant to whom many are addressed ask for the same addresses at both sizes. Looking for words
grows with the circulars until there is a search index: it is shown and does not count. What the first request after a
publication costs, which counts the facets anew, is told beside.
"""

import os
import statistics
import time

import django

from bench._circulars import Stock

RUNS_ON_SQLITE = True
SMALL, LARGE = 1_000, 100_000
MOST_QUERIES, MOST_RATIO = 12, 2
WORDS_WANTED = "q=الأرشيف"
ADDRESSES = (
    "",
    "old=on",
    "authority=b00",
    "authority=b06&authority=b07&kind=letter",
    "kind=circular&force=in_force",
    "theme=t3",
    "theme=t3&authority=b07&old=on",
    "year=2024",
    "addressee=b02",
    "addressee=b02&theme=t5&year=2023",
    "force=abrogated&sort=oldest",
    "page=20",
    WORDS_WANTED,
)


def main():
    from bench import _report

    options = _report.arguments(__doc__.splitlines()[0], rounds=0, large=LARGE)
    django.setup()
    from django.core.management import call_command

    call_command("collectstatic", interactive=False, verbosity=0)
    stock, found, anew = Stock(), {}, {}
    for size in (SMALL, options.large):
        started = time.perf_counter()
        stock.grow(size)
        print(f"{size:,} circulars after {time.perf_counter() - started:.0f} s")
        for who, user in (("stranger", None), ("agent", stock.agent)):
            measured, anew[who, size] = measure(user, options.rounds or (5 if options.quick else 15))
            found |= {(who, address, size): laps for address, laps in measured.items()}
    rows = [
        {
            "who": who,
            "choices": address or "(none)",
            "ms at 1,000": small,
            f"ms at {options.large:,}": found[who, address, options.large][0],
            "ratio": found[who, address, options.large][0] / small,
            "queries": max(queries, found[who, address, options.large][1]),
        }
        for (who, address, size), (small, queries) in found.items()
        if size == SMALL
    ]
    _report.table(rows)
    counted = [row for row in rows if row["choices"] != WORDS_WANTED]
    small, large = (statistics.mean(row[f"ms at {size:,}"] for row in counted) for size in (SMALL, options.large))
    queries = max(row["queries"] for row in rows)
    _report.report(
        os.environ.get("BENCH_NAME", "circular-list"),
        value=large,
        unit="ms a page, mean of the choices",
        baseline=small,
        ratio=large / small,
        reached=large / small <= MOST_RATIO and queries <= MOST_QUERIES,
        worst_ratio=max(row["ratio"] for row in counted),
        words_ratio=max(row["ratio"] for row in rows if row["choices"] == WORDS_WANTED),
        first_after_a_publication=max(anew[who, options.large] for who in ("stranger", "agent")),
        queries=queries,
        circulars=options.large,
    )


def measure(user, rounds) -> tuple[dict[str, tuple[float, int]], float]:
    """Milliseconds (the quickest lap: others share the machine) and queries of each address; the lap after a change."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from core import public

    client = Client(headers={"host": "localhost"})
    if user:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    else:
        client.cookies["visit"] = "1"  # with any cookie of others a page is never taken from those kept
    places = {address: f"/ar/circulars/?{address}" for address in ADDRESSES}
    client.get(places[""])
    public.renew()
    anew = _lap(client, places[""])
    laps, queries = {address: [] for address in ADDRESSES}, {}
    for address, place in places.items():
        client.get(place)
        with CaptureQueriesContext(connection) as captured:
            response = client.get(place)
        assert response.status_code == 200, (place, response.status_code)
        queries[address] = len(captured)
    for _ in range(rounds):
        for address, place in places.items():
            laps[address].append(_lap(client, place))
    return {address: (min(laps[address]), queries[address]) for address in ADDRESSES}, anew


def _lap(client, place) -> float:
    started = time.perf_counter()
    client.get(place)
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    main()
