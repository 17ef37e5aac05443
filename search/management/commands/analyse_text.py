import json
import sys

from django.core.management.base import BaseCommand

from core.text import analyse

STREAMS = ("nrm", "stm", "c4", "refs")


class Command(BaseCommand):
    help = "Read lines on standard input and write what search makes of each, one JSON object a line."
    requires_system_checks = []

    def handle(self, *args, **options):
        for line in sys.stdin:
            found = analyse(line)
            streams = {name: getattr(found, name) for name in STREAMS}
            self.stdout.write(json.dumps(streams, ensure_ascii=False))
