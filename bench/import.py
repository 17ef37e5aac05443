"""A legacy stock of 1,000 acts in two languages, each with its PDF: checked, imported, and run again.

The baseline is the check of the same lines: what is written costs the rest.
"""

import os
import tempfile
import time
from pathlib import Path

import django

RUNS_ON_SQLITE = True
ROWS = 1_000


def main():
    from bench import _report

    options = _report.arguments(__doc__.splitlines()[0], rows=0)
    django.setup()

    from core.organisations.models import Organisation
    from home.circulars import operations
    from home.circulars.enums import LineState
    from home.circulars.legacy.checking import Stock
    from home.circulars.models import Circular, ImportRun, Relation
    from tests.factories.stock import generated, write_table

    count = options.rows or (ROWS // 10 if options.quick else ROWS)
    Organisation.objects.create(
        code="BEN", slug="bench", kind="ministry", name_ar="إدارة", name_fr="Administration", is_hosted=True
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_table(folder, generated(count, folder, authority="BEN"), encoding="cp1256", separator=";")
        checked = _timed(lambda: Stock(folder).check())
        first = ImportRun.objects.create(table_name="stock.csv")
        imported = _timed(lambda: operations.bring_in(first, folder, by=None))
        again = ImportRun.objects.create(table_name="stock.csv")
        recognised = _timed(lambda: operations.bring_in(again, folder, by=None))
    _report.table(
        [
            {"what": "check only (dry run)", "seconds": checked, "rows/s": count / checked},
            {"what": "import", "seconds": imported, "rows/s": count / imported},
            {"what": "the same again", "seconds": recognised, "rows/s": count / recognised},
        ]
    )
    whole = (
        first.lines.filter(state=LineState.IMPORTED, is_bound=True).count() == count
        and again.lines.filter(state=LineState.KNOWN).count() == count
        and Circular.objects.count() == count
    )
    print(f"{Circular.objects.count():,} circulars, {Relation.objects.count():,} relations")
    _report.report(
        os.environ.get("BENCH_NAME", "import"),
        value=count / imported,
        unit="rows/s",
        baseline=count / checked,
        ratio=checked / imported,
        reached=whole,
        rows=count,
    )


def _timed(act) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
