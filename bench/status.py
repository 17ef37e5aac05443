"""The status of 100,000 circulars with 200,000 relations, computed anew and written with its history.

First nothing is written yet, so that all of it is; then a day comes on which a part changes; last nothing differs. The
first counts. Memory is told as what the process grew by between the first and the last.
"""

import os
import resource
import time
from datetime import timedelta

import django

from bench._circulars import Stock

RUNS_ON_SQLITE = True
LARGE, RELATIONS, LONGEST = 100_000, 2, 60


def main():
    from bench import _report

    options = _report.arguments(__doc__.splitlines()[0], size=LARGE)
    size = 5_000 if options.quick else options.size
    django.setup()
    from core.dates import today
    from home.circulars import operations
    from home.circulars.models import Circular

    stock = Stock()
    started = time.perf_counter()
    stock.grow(size)
    relate(stock, size * RELATIONS)
    Circular.objects.update(force="")
    print(f"{size:,} circulars and {size * RELATIONS:,} relations after {time.perf_counter() - started:.0f} s")
    rows, grown = [], []
    for name, day in (("all of it", 0), ("a year later", 365), ("nothing differs", 365)):
        started = time.perf_counter()
        changed = operations.refresh_all(on=today() + timedelta(day))
        rows.append({"": name, "s": time.perf_counter() - started, "changed": len(changed)})
        grown.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    _report.table(rows)
    seconds = rows[0]["s"]
    _report.report(
        os.environ.get("BENCH_NAME", "status"),
        value=seconds,
        unit="s, everything computed and written",
        baseline=LONGEST,
        ratio=seconds / LONGEST,
        reached=seconds < LONGEST and rows[-1]["changed"] == 0,
        without_changes=rows[-1]["s"],
        circulars=size,
        relations=size * RELATIONS,
        megabytes=grown[0],
        megabytes_grown=grown[-1] - grown[0],
    )


def relate(stock, count):
    """Relations from later circulars to earlier ones, as they are written, of every predicate."""
    from home.circulars.enums import Predicate
    from home.circulars.models import Circular, Relation

    keys = list(Circular.objects.order_by("signed_on", "pk").values_list("pk", flat=True))
    predicates = (*Predicate.values, "abrogates", "replaces", "suspends")
    made = []
    for _ in range(count):
        place = stock.chance.randrange(1, len(keys))
        earlier = keys[stock.chance.randrange(max(0, place - 5_000), place)]
        paragraphs = stock.chance.choice(("", "p3", "p1, p2"))
        predicate = stock.chance.choice(predicates)
        ends_on = stock.today + timedelta(stock.chance.randrange(700)) if predicate in ("suspends", "extends") else None
        made.append(
            Relation(
                subject_id=keys[place],
                circular_id=earlier,
                predicate=predicate,
                paragraphs=paragraphs,
                ends_on=ends_on,
            )
        )
    Relation.objects.bulk_create(made, batch_size=5_000)


if __name__ == "__main__":
    main()
