from functools import partial

from django.core.management.base import BaseCommand, CommandError

from search import engines, operations
from search.contract import EngineAway


class Command(BaseCommand):
    help = "Write every document into the index anew. Readers find everything all the while."

    def add_arguments(self, parser):
        parser.add_argument("--engine", choices=["own", "server"], help="only the database's own, or the server's")
        parser.add_argument("--processes", type=int, default=1, help="that write into the server's at the same time")

    def handle(self, *, engine, processes, **options):
        known = {"own": engines.embedded(), "server": engines.server()}
        chosen = [known[engine]] if engine else [each for each in known.values() if each]
        for each in chosen:
            if each is None:
                raise CommandError("No search server is set up: ELASTICSEARCH_URL names none.")
            try:
                documents = operations.rebuild(
                    each, progress=partial(self._say, each.name), processes=max(processes, 1)
                )
            except EngineAway as away:
                raise CommandError(f"{each.name} does not answer: {away}") from away
            self.stdout.write(f"{each.name}: {documents:,} documents written.")

    def _say(self, name, done, total):
        if done % 1000 == 0 or done == total:
            self.stdout.write(f"{name}: {done:,} of {total:,}")
