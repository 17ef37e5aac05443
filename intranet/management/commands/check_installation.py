"""Looks at the living installation: what works, what does not, what to do. Ends with 1 if something failed."""

import json
import sys

from django.core.management.base import BaseCommand

from intranet import installation


class Command(BaseCommand):
    help = "Checks database, clock, time-zone data, cache, worker, storage, mail, keys, scanner and receipts."

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="one JSON list instead of a table")

    def handle(self, *args, **options):
        findings = installation.examine()
        if options["json"]:
            self.stdout.write(json.dumps([vars(finding) for finding in findings]))
        else:
            width = max(len(finding.name) for finding in findings)
            for finding in findings:
                self.stdout.write(f"{finding.level:<5} {finding.name:<{width}}  {finding.text}")
                if finding.todo:
                    self.stdout.write(f"{'':<5} {'':<{width}}  → {finding.todo}")
        if any(finding.level == installation.FAIL for finding in findings):
            sys.exit(1)
