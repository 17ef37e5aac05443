from pathlib import Path

from django.core.management.base import BaseCommand

from search.word_forms import measure


class Command(BaseCommand):
    help = "Measure on a list of words how many forms of one word meet, and how many different words are mixed up."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="JSON with the key `conflation`, as in cases.json")

    def handle(self, *args, file, **options):
        score = measure(file)
        for lemma, apart in score.apart:
            self.stdout.write(f"apart: {lemma} | {' '.join(apart)}")
        for one, other in score.merged:
            self.stdout.write(f"merged: {one} = {other}")
        self.stdout.write(
            f"{score.share:.3f} of {score.forms} forms of {score.lemmas} words meet; "
            f"{len(score.merged)} of {score.pairs} pairs of different words are mixed up"
        )
