"""A legacy stock from the console: one CSV or XLSX and a folder of PDFs (docs/import.md)."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import override

from core.exceptions import BusinessError
from core.users.models import User
from home.circulars import operations, reports
from home.circulars.enums import ImportState, LineState
from home.circulars.legacy.checking import Stock, table_in
from home.circulars.legacy.problems import TableRefused
from home.circulars.models import ImportLine, ImportRun


class Command(BaseCommand):
    help = "Imports a legacy stock of circulars: one CSV or XLSX and its PDFs in FOLDER. Run it again to go on."

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="check everything, write nothing")
        parser.add_argument("--by", metavar="USERNAME", help="who answers for the import; named as who published")
        parser.add_argument("--report", type=Path, metavar="FILE", help="also write the report as .csv or .xlsx")
        parser.add_argument("--language", choices=["ar", "fr", "en"], default="en", help="of the report")

    def handle(self, *args, folder, dry_run, by, report, language, **options):
        if not folder.is_dir():
            raise CommandError(f"{folder} is not a folder.")
        if report and report.suffix not in (".csv", ".xlsx"):
            raise CommandError("The report ends in .csv or .xlsx.")
        person = self._person(by)
        if person is None and not dry_run:
            raise CommandError("Say who answers for the import: --by USERNAME. What comes in is published.")
        with override(language):
            try:
                run, lines = rehearsed(folder) if dry_run else imported(folder, by=person)
            except BusinessError as refused:
                raise CommandError(str(refused.message)) from refused
            for line in reports.printed(run, lines):
                self.stdout.write(line)
            if report:
                report.write_bytes(reports.write(lines, report.suffix.removeprefix(".")))
        if run.state == ImportState.REFUSED or any(line.state == LineState.REFUSED for line in lines):
            raise CommandError("Some of it was refused.", returncode=2)

    def _person(self, username):
        if not username:
            return None
        person = User.objects.active().filter(username=username).first()
        if person is None:
            raise CommandError(f"Nobody is called {username} here.")
        return person


def rehearsed(folder):
    """The report of a stock of which nothing is written."""
    run = ImportRun(state=ImportState.CHECKED)
    try:
        stock = Stock(folder)
    except TableRefused as refused:
        run.state, run.problem = ImportState.REFUSED, {"code": refused.code, "params": refused.params}
        return run, []
    run.form = stock.table.form | {"unknown": stock.table.unknown}
    lines = [
        ImportLine(
            number=row.line,
            label=row.label,
            state=row.state,
            problems=[problem.as_dict() for problem in [*row.problems, *row.notes]],
        )
        for row in stock.check()
    ]
    return run, lines


def imported(folder, *, by):
    table = table_in(folder)
    run = ImportRun.objects.create(by=by, table_name=table.name[:180])
    operations.bring_in(run, folder, by=by)
    return run, list(run.lines.all())
