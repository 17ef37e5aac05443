"""The worker as a command; several may run, on several machines."""

from django.core.management.base import BaseCommand

from core.outbox import operations, worker


class Command(BaseCommand):
    help = "Does the work of the outbox and the periodic jobs until SIGTERM; the row at hand is finished first."

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="run the due jobs and do one row, then end")
        parser.add_argument("--until-empty", action="store_true", help="do all rows that are due now, then end")

    def handle(self, *args, once=False, until_empty=False, **options):
        if once:
            operations.run_due_jobs()
            operations.run_one()
        elif until_empty:
            operations.run_due_jobs()
            operations.run_pending()
        else:
            worker.Loop().run()
