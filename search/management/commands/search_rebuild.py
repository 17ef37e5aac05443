from django.core.management.base import BaseCommand, CommandError

from search import engines, operations
from search.contract import EngineAway


class Command(BaseCommand):
    help = "Write every document into the index anew. Readers find everything all the while."

    def add_arguments(self, parser):
        parser.add_argument(
            "--engine", choices=["own", "server"], help="only this one: the database's own, the server's"
        )

    def handle(self, *, engine, **options):
        own, first = engines.embedded(), engines.current()
        if engine == "server" and first.name == own.name:
            raise CommandError("No search server is set up.")
        chosen = {"own": [own], "server": [first]}.get(engine) or [own, *([first] if first.name != own.name else [])]
        for each in chosen:
            try:
                documents = operations.rebuild(
                    each, progress=lambda done, total, name=each.name: self._say(name, done, total)
                )
            except EngineAway as away:
                raise CommandError(f"{each.name} does not answer: {away}") from away
            self.stdout.write(f"{each.name}: {documents:,} documents written.")

    def _say(self, name, done, total):
        if done == total or done % 1000 == 0:
            self.stdout.write(f"{name}: {done:,} of {total:,}")
