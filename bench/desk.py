"""The desk list with its filters, on 1,000 and on 100,000 letters, through the real page.

A clerk who sees the whole register and a head who sees one unit of it ask for the same addresses at both sizes. Pages
are short, so that nearly all are full at both: what may grow with the letters is to look for them, and a thousand fill
few pages of 25. Words are looked for in every subject and name; that grows with the letters until there is a search
index, so it is shown and does not count.
"""

import gc
import os
import random
import statistics
import time
import uuid
from datetime import UTC, datetime, timedelta

import django

RUNS_ON_SQLITE = True
SMALL, LARGE = 1_000, 100_000
MOST_QUERIES, MOST_RATIO = 12, 1.5
UNITS, LINES = 8, 5
WORDS = ("رخصة", "شهادة", "تظلم", "استفسار", "autorisation", "attestation", "réclamation", "subvention")
WORDS_WANTED = "q=subvention"
ADDRESSES = (
    "",
    "state=to_qualify",
    "state=closed",
    "state=waiting",
    "due=late",
    "due=week",
    "channel=post",
    "since={since}&until={until}",
    "q={number}",
    WORDS_WANTED,
    "sort=due",
    "page=20",
)


def main():
    from bench import _report

    options = _report.arguments(__doc__.splitlines()[0], rounds=0, large=LARGE)
    django.setup()
    from django.core.management import call_command

    from eservices.correspondence import desk

    desk.PAGE = LINES
    call_command("collectstatic", interactive=False, verbosity=0)
    rounds = options.rounds or (7 if options.quick else 25)
    office = Office()
    results = {}
    for size in (SMALL, options.large):
        started = time.perf_counter()
        office.grow(size)
        gc.collect()  # of the letters written; no part of a page
        print(f"{size:,} letters after {time.perf_counter() - started:.0f} s")
        for name, user in (("clerk", office.clerk), ("head", office.head)):
            for address, measured in measure(user, office, rounds).items():
                results[name, address, size] = measured
    rows = []
    for (name, address, size), (small, small_queries) in results.items():
        if size == SMALL:
            large, large_queries = results[name, address, options.large]
            rows.append(
                {
                    "who": name,
                    "filter": address or "(none)",
                    "ms at 1,000": small,
                    f"ms at {options.large:,}": large,
                    "ratio": large / small,
                    "queries": max(small_queries, large_queries),
                }
            )
    _report.table(rows)
    counted = [row for row in rows if row["filter"] != WORDS_WANTED]
    small, large = (statistics.mean(row[f"ms at {size:,}"] for row in counted) for size in (SMALL, options.large))
    worst, queries = max(row["ratio"] for row in counted), max(row["queries"] for row in rows)
    _report.report(
        os.environ.get("BENCH_NAME", "desk"),
        value=large,
        unit="ms a page, mean of the filters",
        baseline=small,
        ratio=large / small,
        reached=large / small <= MOST_RATIO and queries <= MOST_QUERIES,
        worst_ratio=worst,
        words_ratio=max(row["ratio"] for row in rows if row["filter"] == WORDS_WANTED),
        queries=queries,
        letters=options.large,
    )


def measure(user, office, rounds) -> dict[str, tuple[float, int]]:
    """Milliseconds (the quickest lap: others share the machine) and number of queries of each address."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(headers={"host": "localhost"})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    places = {address: "/ar/desk/?" + address.format(**office.values()) for address in ADDRESSES}
    laps = {address: [] for address in ADDRESSES}
    queries = {}
    for address, place in places.items():
        client.get(place)
        with CaptureQueriesContext(connection) as captured:
            response = client.get(place)
        assert response.status_code == 200, (place, response.status_code)
        queries[address] = len(captured)
    for _ in range(rounds):
        for address, place in places.items():
            start = time.perf_counter()
            client.get(place)
            laps[address].append((time.perf_counter() - start) * 1000)
    return {address: (min(laps[address]), queries[address]) for address in ADDRESSES}


class Office:
    """Two organisations with their letters, written in bulk: numbers and events are not what is measured here."""

    def __init__(self):
        from core.organisations.enums import Clearance, Role
        from core.organisations.models import Organisation, Post, PostRole, Tenure, Unit, WorkingCalendar
        from core.users.models import User

        self.chance, self.made = random.Random(7), 0
        self.now = datetime.now(UTC)
        self.organisations, self.units = [], {}
        for code in ("BEN", "ANA"):
            organisation = Organisation.objects.create(
                code=code, slug=code.lower(), kind="ministry", name_ar="إدارة", name_fr="Administration", is_hosted=True
            )
            WorkingCalendar.objects.create(
                organisation=organisation, version=1, valid_from="2020-01-01", weekend=[5, 6]
            )
            units = [
                Unit.objects.create(
                    organisation=organisation,
                    code=f"U{n:02d}",
                    name_ar=f"وحدة {n}",
                    name_fr=f"Unité {n}",
                    is_registry=not n,
                )
                for n in range(UNITS)
            ]
            self.organisations.append(organisation)
            self.units[organisation.pk] = units

        def person(name, unit, *roles):
            user = User.objects.create(username=name, first_name=name, last_name="Bench", email=f"{name}@example.org")
            post = Post.objects.create(unit=unit, title_ar="منصب", title_fr="Poste")
            PostRole.objects.bulk_create(PostRole(post=post, role=role) for role in roles)
            Tenure.objects.create(
                post=post, user=user, starts_on=self.now.date() - timedelta(30), clearance=Clearance.CONFIDENTIAL
            )
            return user

        units = self.units[self.organisations[0].pk]
        self.clerk = person("clerk", units[0], Role.CLERK)
        self.head = person("head", units[7], Role.HEAD, Role.AGENT)

    def values(self) -> dict:
        from eservices.correspondence.models import Correspondence

        day = self.now.date()
        number = Correspondence.objects.order_by("pk").last().number
        return {"number": number, "since": day - timedelta(20), "until": day - timedelta(10)}

    def grow(self, size: int) -> None:
        """Write letters until there are `size`, spread over the same year whatever the size."""
        from django.db import connection

        while self.made < size:
            self._write(min(2_000, size - self.made))
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")

    def _write(self, count):
        from django.db import transaction

        from core.registers.models import Entry, Register
        from core.registers.numbers import format_number
        from eservices.correspondence.enums import Channel
        from eservices.correspondence.models import Copy, Correspondence, Party, WorkItem

        parties, entries, letters, items, copies = [], [], [], [], []
        for n in range(self.made + 1, self.made + count + 1):
            organisation = self.organisations[n % 2]
            units = self.units[organisation.pk]
            moment = self.now - timedelta(minutes=self.chance.randrange(365 * 24 * 60))
            register = Register.key(organisation.pk, "A", self.now.year)
            parties.append(Party(organisation=organisation, name=f"مرسل {n % 5000}"))
            entry = Entry(
                id=Entry.key(register, n),
                register_id=register,
                number=n,
                number_text=format_number(organisation.code, "A", self.now.year, n),
                registered_at=moment,
                local_date=moment.date(),
                body_hash="0" * 64,
                object_id=uuid.uuid4(),
            )
            entries.append(entry)
            letter = Correspondence(
                object_id=entry.object_id,
                organisation=organisation,
                entry=entry,
                party=parties[-1],
                subject=f"طلب {self.chance.choice(WORDS)} رقم {n}",
                channel=self.chance.choices((Channel.PORTAL, Channel.COUNTER, Channel.POST), (70, 25, 5))[0],
            )
            letters.append(letter)
            state = self.chance.choices(
                ("to_qualify", "assigned", "in_progress", "on_hold", "closed"), (2, 4, 8, 2, 84)
            )[0]
            due = self.chance.choice((None, moment.date() + timedelta(60)))
            items.append(
                WorkItem(
                    correspondence=letter,
                    organisation=organisation,
                    registry=units[0],
                    owner_unit=None if state == "to_qualify" else self.chance.choice(units[1:]),
                    state=state,
                    registered_at=moment,
                    due_on=due,
                    started_on=moment.date(),
                    closed_at=moment if state == "closed" else None,
                )
            )
            if n % 8 == 0:
                copies.append(Copy(item=items[-1], unit=self.chance.choice(units)))
        with transaction.atomic():
            for organisation in self.organisations:
                Register.objects.get_or_create(
                    pk=Register.key(organisation.pk, "A", self.now.year),
                    defaults={
                        "organisation": organisation,
                        "direction": "A",
                        "year": self.now.year,
                        "last_number": 0,
                        "last_at": self.now,
                    },
                )
            Party.objects.bulk_create(parties)
            Entry.objects.bulk_create(entries)
            Correspondence.objects.bulk_create(letters)
            WorkItem.objects.bulk_create(items)
            Copy.objects.bulk_create(copies)
        self.made += count


if __name__ == "__main__":
    main()
