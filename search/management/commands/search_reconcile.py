from django.core.management.base import BaseCommand, CommandError

from search import engines, operations
from search.contract import EngineAway


class Command(BaseCommand):
    help = "Compare every index with what the database says now, document by document, and put right what differs."

    def handle(self, **options):
        for engine in engines_in_use():
            try:
                found = operations.reconcile(engine)
            except EngineAway as away:
                raise CommandError(f"{engine.name} does not answer: {away}") from away
            counts = {name: len(getattr(found, name)) for name in ("missing", "stale", "unsaid", "phantom")}
            said = ", ".join(f"{name} {count:,}" for name, count in counts.items())
            self.stdout.write(f"{engine.name}: documents {found.documents:,}, {said}")


def engines_in_use() -> list:
    """The database's own, and the search server's where one is set up."""
    return [each for each in (engines.embedded(), engines.server()) if each]
