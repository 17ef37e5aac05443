import csv
import time
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from core.files.inspection import inspect


class Command(BaseCommand):
    help = "Judge files as a deposit would and print CSV: path, kind found, verdict, reason code, milliseconds."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a file, or a folder to walk through")

    def handle(self, paths, **options):
        missing = [str(path) for path in paths if not path.exists()]
        if missing:
            raise CommandError(f"No such file or folder: {', '.join(missing)}")
        rows = csv.writer(self.stdout, lineterminator="\n")
        rows.writerow(["path", "kind", "verdict", "reason", "milliseconds"])
        for path in files_in(paths):
            began = time.perf_counter()
            verdict = inspect(path, path.name)
            spent = round((time.perf_counter() - began) * 1000)
            rows.writerow([path, verdict.kind, "accepted" if verdict.accepted else "refused", verdict.reason, spent])


def files_in(paths):
    for path in paths:
        if path.is_dir():
            yield from sorted(inner for inner in path.rglob("*") if inner.is_file())
        else:
            yield path
