from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from search import quality
from search.contract import EngineAway
from search.engines.trial import ENGINES, Baseline, trial_engine


class Command(BaseCommand):
    help = "Index a judged collection into a throw-away index, ask its queries, and print how good the answers are."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="JSON in the format of cases.json, or of SQuAD")
        parser.add_argument("--engine", choices=sorted(ENGINES), default="sqlite")
        parser.add_argument("--loose", action="store_true", help="type the queries without hamza and ة")
        parser.add_argument("--misread", type=float, default=0, help="share of letters to spoil in the documents")
        parser.add_argument(
            "--baseline", action="store_true", help="beside Elasticsearch, its own analysis of Arabic and French"
        )

    def handle(self, *args, file, engine, loose, misread, baseline, **options):
        if baseline and engine != "elasticsearch":
            raise CommandError("--baseline is for --engine elasticsearch.")
        collection = quality.read(file)
        if loose:
            collection = quality.typed_loosely(collection)
        if misread:
            collection = quality.misread(collection, misread)
        if engine == "elasticsearch" and not settings.ELASTICSEARCH_URL:
            raise CommandError("No search server is set up: ELASTICSEARCH_URL names none.")
        try:
            with trial_engine(engine) as index:
                report = quality.evaluate(index, collection, today=timezone.localdate())
        except EngineAway as away:
            raise CommandError(f"{engine} does not answer: {away}") from away
        if collection.synonyms:  # our cases: each must be met
            for judged, found in report.misses:
                wanted, got = " ".join(judged.wanted), " ".join(found) or "-"
                self.stdout.write(f"miss: {judged.text} [{judged.tag}]: {wanted} within {judged.within}, found {got}")
            self.stdout.write(f"{report.queries - len(report.misses)} of {report.queries} cases met")
        self._print(engine, collection, report)
        if baseline:
            self._compare(collection)

    def _compare(self, collection):
        try:
            built_in = Baseline()
        except EngineAway:
            self.stdout.write("built-in: this server has no analysis of Arabic and French of its own.")
            return
        try:
            self._print(built_in.name, collection, quality.evaluate_baseline(built_in, collection))
        finally:
            built_in.close()

    def _print(self, name, collection, report):
        self.stdout.write(
            f"{name}: {len(collection.passages)} passages, {report.queries} queries: MRR@10 {report.mrr:.3f}, "
            f"nDCG@10 {report.ndcg:.3f}, Hit@1 {report.hit:.3f}, "
            f"p50 {report.p50 * 1000:.1f} ms, p95 {report.p95 * 1000:.1f} ms"
        )
