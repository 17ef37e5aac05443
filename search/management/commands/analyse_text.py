import json
import sys
from dataclasses import asdict

from django.core.management.base import BaseCommand

from core.text import analyse


class Command(BaseCommand):
    help = "Read lines on standard input and write what search makes of each, one JSON object a line."
    requires_system_checks = []

    def handle(self, *args, **options):
        for line in sys.stdin:
            self.stdout.write(json.dumps(asdict(analyse(line)), ensure_ascii=False))
