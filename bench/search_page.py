"""The whole page of results for a signed-in person, against the query alone, on 10,000 circulars.

The query alone is `ask`: the reader's rights, the answer of the embedded index, and the database's word on each line of
it. The page adds extracts with their marks, facets and chips in words, menu and frame, through all middleware.
"""

import os
import statistics
import time

import django

RUNS_ON_SQLITE = True
MOST_QUERIES, MOST_RATIO = 12, 2.5
_TRANSACTION = ("BEGIN", "COMMIT")
ADDRESSES = (
    "q=الأرشيف",
    "q=الميزانية",
    "q=الموارد البشرية",
    "q=منشور حول التكوين",
    "q=أجل المراسلة",
    "q=الصفقات&year=2024",
    "q=السجلات&authority=B06&kind=circular",
    "q=الرقمنة&sort=newest",
    "q=الآجال&since=2020-01-01",
    "q=الأرشيف&page=5",
    'q="الموارد البشرية"',
    "q=17/{year}&stay=1",
)


def main():
    from bench import _report

    options = _report.arguments(__doc__.splitlines()[0], rounds=0, circulars=0)
    django.setup()
    stock = prepare(options.circulars or (2_000 if options.quick else 10_000))
    rows = measure(stock, options.rounds or (7 if options.quick else 21))
    _report.table(rows)
    page, alone = (statistics.mean(row[name] for row in rows) for name in ("ms a page", "ms the query"))
    queries = max(row["queries"] for row in rows)
    _report.report(
        os.environ.get("BENCH_NAME", "search-page"),
        value=page,
        unit="ms a page, mean of the addresses",
        baseline=alone,
        ratio=page / alone,
        reached=page / alone <= MOST_RATIO and queries <= MOST_QUERIES,
        must_reach=MOST_RATIO,
        worst_ratio=max(row["ratio"] for row in rows),
        queries=queries,
        circulars=stock.made,
    )


def prepare(circulars):
    """The stock, and the index of it."""
    from django.core.management import call_command

    from bench._circulars import Stock
    from search import engines, operations

    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("setup_site", verbosity=0)
    stock = Stock()
    stock.grow(circulars)
    started = time.perf_counter()
    documents = operations.rebuild(engines.embedded())
    print(f"{documents:,} documents indexed in {time.perf_counter() - started:.0f} s")
    return stock


def measure(stock, rounds) -> list[dict]:
    """Milliseconds (the quickest lap: others share the machine) of the page and of its query, and its SQL queries."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(headers={"host": "localhost"})
    client.force_login(stock.agent, backend="django.contrib.auth.backends.ModelBackend")
    rows = []
    for address in ADDRESSES:
        place = f"/ar/search/?{address.format(year=stock.today.year - 17 % 12)}"
        page = _page(client, place)
        assert page.context is None or page.status_code == 200, place
        with CaptureQueriesContext(connection) as captured:
            _page(client, place)
        # counted now: the next request forgets them
        queries = sum(each["sql"] not in _TRANSACTION for each in captured)
        laps = [(_lap(_page, client, place), _lap(_query, stock.agent.pk, place)) for _ in range(rounds)]
        ours, alone = (min(column) for column in zip(*laps, strict=True))
        rows.append(
            {
                "address": address,
                "ms a page": ours,
                "ms the query": alone,
                "ratio": ours / alone,
                "queries": queries,
            }
        )
    return rows


def _page(client, place):
    return client.get(place)


def _query(key, place):
    """What the page asks, for somebody of whom nothing is known yet."""
    from django.http import QueryDict

    from core.users.models import User
    from search.asking import ask
    from search.forms import SearchForm
    from search.views import PER_PAGE

    data = QueryDict(place.partition("?")[2])
    form = SearchForm(data)
    start = (int(data.get("page", 1)) - 1) * PER_PAGE
    return ask(User.objects.get(pk=key), form.words, **form.asks, start=start, size=PER_PAGE)


def _lap(func, *args) -> float:
    started = time.perf_counter()
    func(*args)
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    main()
