import time

from django.core.management.base import BaseCommand

from core.evidence.verification import verify


class Command(BaseCommand):
    help = (
        "Read every event, entry, checkpoint, receipt and stored file again and compare. "
        "Names what differs and ends with 1; says what it read and ends with 0 when all is intact."
    )

    def add_arguments(self, parser):
        parser.add_argument("--without-files", action="store_true", help="leave out the stored files")

    def handle(self, *, without_files, **options):
        started = time.monotonic()
        report = verify(lambda finding: self.stdout.write(str(finding)), files=not without_files)
        read = ", ".join(f"{count:,} {name}" for name, count in sorted(report.counts.items()))
        seconds = time.monotonic() - started
        self.stdout.write(f"Read {read or 'nothing'} in {seconds:.1f} s.")
        if report.is_intact:
            self.stdout.write(self.style.SUCCESS("All is intact."))
            return
        self.stdout.write(self.style.ERROR(f"{report.findings:,} differences."))
        raise SystemExit(1)
