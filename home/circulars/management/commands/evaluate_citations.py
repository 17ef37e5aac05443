from django.core.management.base import BaseCommand

from home.circulars.evaluation import evaluate


class Command(BaseCommand):
    help = "Measure how well citations are recognised, against excerpts of real acts marked by hand."

    def handle(self, *args, **options):
        score = evaluate()
        for label, several in (("missed", score.missed), ("false", score.false)):
            for text, kind, number, day in several:
                self.stdout.write(f"{label}: {' '.join(text.split())} [{kind} {number or '-'} {day or '-'}]")
        self.stdout.write(f"{score.right} right, {len(score.missed)} missed, {len(score.false)} false")
        self.stdout.write(f"precision {score.precision:.3f}, recall {score.recall:.3f}")
