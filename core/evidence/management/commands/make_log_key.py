from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from core.evidence.checkpoints import make_key


class Command(BaseCommand):
    help = "Make the key that signs the checkpoints of the evidence log, where LOG_KEY says. Refuses to replace one."

    def handle(self, **options):
        if not make_key(settings.LOG_KEY):
            raise CommandError(f"There is a key at {settings.LOG_KEY} already.")
        self.stdout.write(f"The key of the log is at {settings.LOG_KEY}. Keep a copy of it in a safe place.")
