"""Numbers taken on one hot register with entry, event and log leaf, against the bare counter: the cost of evidence.

Bare is what no register can do without: the counter's upsert, one row, the commit. Both run in the same processes, in
turns, on the same database.
"""

import itertools
import multiprocessing
import os
import time

import django

RUNS_ON_SQLITE = True
PAYLOAD = "طلب معلومات حول مسطرة إدارية — " * 3


def main():
    from bench import _report

    options = _report.arguments(__doc__.splitlines()[0], processes=0, rounds=0)
    django.setup()
    from django.db import connection

    vendor = connection.vendor
    processes = options.processes or (8 if vendor == "postgresql" else 4)
    rounds = options.rounds or (2 if options.quick else 5)
    seconds = 1.5 if options.quick else 4.0
    organisation = prepare()
    connection.close()
    counts, errors = measure(organisation, processes, rounds, seconds)
    rows = [
        {"round": n + 1, "bare/s": bare / seconds, "registered/s": full / seconds, "ratio": full / bare}
        for n, (bare, full) in enumerate(zip(counts["bare"], counts["registered"], strict=True))
    ]
    _report.table(rows)
    gaps, behind = check(organisation)
    print(f"{processes} processes on {vendor}; {errors} errors, {gaps} gaps, {behind} moments out of order")
    bare, full = (_median(counts[name]) / seconds for name in ("bare", "registered"))
    least = 0.70 if vendor == "postgresql" else 0.5
    ratio = full / bare
    _report.report(
        os.environ.get("BENCH_NAME", "registration"),
        value=full,
        unit="registrations/s",
        baseline=bare,
        ratio=ratio,
        reached=ratio >= least and not errors and not gaps and not behind,
        must_reach=least,
        processes=processes,
    )


def prepare():
    """An organisation, and the two tables of the bare way."""
    from django.db import connection

    from core.organisations.models import Organisation

    organisation = Organisation.objects.create(
        code="BEN", slug="bench", kind="ministry", name_ar="إدارة", name_fr="Administration", is_hosted=True
    )
    moment = "timestamptz" if connection.vendor == "postgresql" else "datetime"
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bare_counter (id bigint PRIMARY KEY, last_number integer NOT NULL)")
        cursor.execute(
            f"CREATE TABLE bare_entry (id bigint PRIMARY KEY, number integer NOT NULL, at {moment} NOT NULL, "
            "subject text NOT NULL, sender text NOT NULL)"
        )
    return organisation.pk


def measure(organisation, processes, rounds, seconds):
    context = multiprocessing.get_context("spawn")
    barrier, answers = context.Barrier(processes), context.Queue()
    workers = [
        context.Process(target=work, args=(organisation, rounds, seconds, barrier, answers)) for _ in range(processes)
    ]
    for worker in workers:
        worker.start()
    counts = {name: [0] * rounds for name in ("bare", "registered")}
    errors = 0
    for _ in workers:
        mine, failed = answers.get(timeout=300)
        errors += failed
        for name, done in mine.items():
            counts[name] = [before + now for before, now in zip(counts[name], done, strict=True)]
    for worker in workers:
        worker.join()
    return counts, errors


def work(organisation_id, rounds, seconds, barrier, answers):
    """One process: each way by turns, for so long, all processes at the same moments."""
    django.setup()
    from django.db import DatabaseError

    from core.organisations.models import Organisation

    organisation = Organisation.objects.get(pk=organisation_id)
    ways = {"bare": bare, "registered": registered}
    counts, errors = {name: [] for name in ways}, 0
    for way in ways.values():
        for _ in range(20):
            way(organisation)
    for _ in range(rounds):
        for name, way in ways.items():
            barrier.wait()
            end, done = time.perf_counter() + seconds, 0
            while time.perf_counter() < end:
                try:
                    way(organisation)
                    done += 1
                except DatabaseError as error:
                    print(error)
                    errors += 1
            counts[name].append(done)
    answers.put((counts, errors))


def bare(organisation):
    from django.db import connection, transaction
    from django.utils import timezone

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO bare_counter (id, last_number) VALUES (%s, 1) "
            "ON CONFLICT (id) DO UPDATE SET last_number = bare_counter.last_number + 1 RETURNING last_number",
            [organisation.pk],
        )
        number = cursor.fetchone()[0]
        cursor.execute(
            "INSERT INTO bare_entry (id, number, at, subject, sender) VALUES (%s, %s, %s, %s, %s)",
            [number, number, timezone.now(), PAYLOAD, "مواطن"],
        )


def registered(organisation):
    from django.db import transaction

    from core.evidence.operations import EntryDraft, register_entry
    from eservices.correspondence.models import Correspondence

    with transaction.atomic():
        register_entry(
            EntryDraft(
                organisation=organisation,
                direction="A",
                subject=PAYLOAD,
                sender="مواطن",
                recipients="مكتب الضبط",
                object_id=Correspondence._meta.get_field("object_id").default(),  # as letters are named
                nature="request",
                channel="portal",
                support="electronic",
                content_hash="0" * 64,
            ),
            by=None,
            role="depositor",
            assurance="declared",
        )


def check(organisation):
    """Gaps in the numbers, and moments that go back."""
    from core.registers.models import Entry

    entries = list(Entry.objects.filter(register__organisation=organisation).values_list("number", "registered_at"))
    entries.sort()
    gaps = len(entries) - entries[-1][0]
    return abs(gaps), sum(1 for (_, a), (_, b) in itertools.pairwise(entries) if b < a)


def _median(values):
    ordered = sorted(values)
    return ordered[len(ordered) // 2]


if __name__ == "__main__":
    main()
