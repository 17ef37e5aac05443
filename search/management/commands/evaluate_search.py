from pathlib import Path

from django.core.management.base import BaseCommand
from django.utils import timezone

from search import quality
from search.engines.trial import ENGINES, trial_engine


class Command(BaseCommand):
    help = "Index a judged collection into a throw-away index, ask its queries, and print how good the answers are."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="JSON in the format of cases.json, or of SQuAD")
        parser.add_argument("--engine", choices=sorted(ENGINES), default="sqlite")
        parser.add_argument("--loose", action="store_true", help="type the queries without hamza and ة")
        parser.add_argument("--misread", type=float, default=0, help="share of letters to spoil in the documents")

    def handle(self, *args, file, engine, loose, misread, **options):
        collection = quality.read(file)
        if loose:
            collection = quality.typed_loosely(collection)
        if misread:
            collection = quality.misread(collection, misread)
        with trial_engine(engine) as index:
            report = quality.evaluate(index, collection, today=timezone.localdate())
        if collection.synonyms:  # our cases: each must be met
            for judged, found in report.misses:
                wanted, got = " ".join(judged.wanted), " ".join(found) or "-"
                self.stdout.write(f"miss: {judged.text} [{judged.tag}]: {wanted} within {judged.within}, found {got}")
            self.stdout.write(f"{report.queries - len(report.misses)} of {report.queries} cases met")
        self.stdout.write(
            f"{engine}: {len(collection.passages)} passages, {report.queries} queries: MRR@10 {report.mrr:.3f}, "
            f"nDCG@10 {report.ndcg:.3f}, Hit@1 {report.hit:.3f}, "
            f"p50 {report.p50 * 1000:.1f} ms, p95 {report.p95 * 1000:.1f} ms"
        )
