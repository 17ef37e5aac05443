"""`verify_registers` on 100,000 events, against the bare SHA-256 of the same bytes.

The log is written by the operations themselves, many lines in one transaction; checkpoints are signed all along it.
"""

import hashlib
import os
import time
import tracemalloc
import uuid

import django

RUNS_ON_SQLITE = True
AT_ONCE = 250  # lines written in one transaction
LIMIT, EVENTS = 10.0, 100_000


def main():
    from bench import _report

    options = _report.arguments(__doc__.splitlines()[0], events=0)
    django.setup()
    events = options.events or (EVENTS // 10 if options.quick else EVENTS)
    started = time.perf_counter()
    write(events // 4)
    print(f"{events:,} events written in {time.perf_counter() - started:.0f} s")

    from core.evidence.models import Event
    from core.evidence.verification import verify

    laps = _report.Laps()
    for _ in range(2 if options.quick else 3):
        with laps:
            report = verify(print)
    tracemalloc.start()
    verify(print)
    peak = tracemalloc.get_traced_memory()[1] / 1_000_000
    tracemalloc.stop()
    records = [bytes(record) for record in Event.objects.values_list("record", flat=True)]
    bare = _report.Laps()
    with bare:
        for record in records:
            hashlib.sha256(b"\x00" + record).digest()
    seconds = min(laps.seconds)
    _report.table(
        [
            {"what": "verify_registers", "seconds": seconds, "events/s": events / seconds, "peak MB": peak},
            {"what": "SHA-256 of the records", "seconds": bare.median(), "events/s": events / bare.median()},
        ]
    )
    print(", ".join(f"{count:,} {name}" for name, count in sorted(report.counts.items())))
    _report.report(
        os.environ.get("BENCH_NAME", "verify"),
        value=seconds,
        unit="s",
        baseline=bare.median(),
        ratio=seconds / bare.median(),
        reached=report.is_intact and seconds < LIMIT * events / EVENTS,
        events=events,
        must_be_under=LIMIT * events / EVENTS,
        peak_mb=peak,
    )


def write(entries: int):
    """That many lines, each with four facts, some of them with personal data."""
    from django.db import transaction

    from core.evidence import checkpoints
    from core.evidence.operations import EntryDraft, EventDraft, Registration, register_entries
    from core.organisations.models import Organisation

    organisation = Organisation.objects.create(
        code="BEN", slug="bench", kind="ministry", name_ar="إدارة", name_fr="Administration", is_hosted=True
    )

    def registration(n):
        object_id = uuid.uuid4()
        draft = EntryDraft(
            organisation=organisation,
            direction="ADI"[n % 3],
            subject=f"طلب معلومات حول مسطرة إدارية رقم {n}",
            sender="مواطن",
            recipients="مكتب الضبط",
            object_id=object_id,
            content_hash=hashlib.sha256(str(n).encode()).hexdigest(),
        )
        facts = [
            EventDraft("deposit.accepted", object_id, {"channel": "portal"}, {"name": f"مواطن {n}"}, role="depositor"),
            EventDraft("taken_in_charge", object_id, {"unit": "DSN"}, role="agent"),
            EventDraft("closed", object_id, {"reason": "answered"}, role="head"),
        ]
        return Registration(draft, role="depositor", facts=facts)

    for start in range(0, entries, AT_ONCE):
        with transaction.atomic():
            for n in range(start, min(start + AT_ONCE, entries)):
                register_entries([registration(n)])
        checkpoints.sign_all()


if __name__ == "__main__":
    main()
