"""How every bench speaks: one option, a table, and as its last line one JSON object for machines."""

import argparse
import json
import statistics
import sys
import time


def arguments(description: str, **extra) -> argparse.Namespace:
    """The options of a bench: `--quick` for a smaller run with the same shape; `extra` adds `--name` with a default."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="a smaller run of the same shape")
    for name, default in extra.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(default), default=default)
    return parser.parse_args()


def table(rows: list[dict], columns: list[str] | None = None) -> None:
    """Print rows as a table: text to the left, figures to the right."""
    columns = columns or list(rows[0])
    cells = [[_cell(row.get(column, "")) for column in columns] for row in rows]
    widths = [max(len(column), *(len(line[i]) for line in cells)) for i, column in enumerate(columns)]
    print("  ".join(column.ljust(width) for column, width in zip(columns, widths, strict=True)))
    print("  ".join("-" * width for width in widths))
    for row, line in zip(rows, cells, strict=True):
        print(
            "  ".join(
                text.rjust(width) if isinstance(row.get(column), int | float) else text.ljust(width)
                for column, text, width in zip(columns, line, widths, strict=True)
            )
        )


def report(bench: str, *, value: float, unit: str, baseline: float, ratio: float, reached: bool, **more) -> None:
    """The last line of a bench; ends the process with 1 when the figure that must be reached was not."""
    figures = {"value": value, "baseline": baseline, "ratio": ratio} | more
    line = {"bench": bench, "unit": unit} | {name: _rounded(figure) for name, figure in figures.items()}
    print(json.dumps(line | {"reached": bool(reached)}, ensure_ascii=False))
    sys.stdout.flush()
    sys.exit(0 if reached else 1)


class Laps:
    """Durations in seconds: `with laps: …` adds one."""

    def __init__(self):
        self.seconds: list[float] = []

    def __enter__(self):
        self._start = time.perf_counter()
        return self

    def __exit__(self, *_exception):
        self.seconds.append(time.perf_counter() - self._start)

    def median(self) -> float:
        return statistics.median(self.seconds)

    def percentile(self, percent: int) -> float:
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, round(len(ordered) * percent / 100))]


def _cell(value) -> str:
    if isinstance(value, bool) or value is None:
        return "" if value is None else ("yes" if value else "no")
    return f"{_rounded(value):,}" if isinstance(value, int | float) else str(value)


def _rounded(value):
    if not isinstance(value, float):
        return value
    return round(value, 3 if abs(value) < 10 else 1)
