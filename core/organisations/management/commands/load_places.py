from django.core.management.base import BaseCommand
from django.db import transaction

from core.organisations.models import Territory
from core.organisations.places import load_places


class Command(BaseCommand):
    help = "Brings regions, provinces and communes in step with the data file; repeating it changes nothing."

    def handle(self, *args, **options):
        with transaction.atomic():
            changed = load_places(Territory)
        self.stdout.write(f"{changed} places added or corrected, {Territory.objects.count()} in all")
