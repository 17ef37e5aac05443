import sys

from django.core.management.base import BaseCommand

from search import operations
from search.contract import EngineAway
from search.management.commands.search_reconcile import engines_in_use


class Command(BaseCommand):
    help = (
        "Say how every index stands: where it is, what waits, what is missing, stale or phantom. Ends with 1 if any is."
    )

    def handle(self, **options):
        are_well = [self._examine(engine) for engine in engines_in_use()]
        if not all(are_well):
            sys.exit(1)

    def _examine(self, engine) -> bool:
        try:
            state = operations.examine(engine)
        except EngineAway as away:
            self.stdout.write(self.style.ERROR(f"{engine.name}: does not answer: {away}"))
            return False
        facts = {
            **state.facts,
            "documents": state.documents,
            "waiting": state.waiting,
            "hidden meanwhile": state.hidden,
        }
        faults = {name: len(names) for name, names in state.faults.items()}
        said = ", ".join(f"{name} {value}" for name, value in {**facts, **faults}.items())
        self.stdout.write(f"{engine.name}: {said}")
        for name, doc_ids in state.faults.items():
            for doc_id in sorted(doc_ids)[:10]:
                self.stdout.write(f"  {name}: {doc_id}")
        return not any(state.faults.values())
