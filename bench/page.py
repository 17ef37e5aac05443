"""A public circular and the front page, 10,000 circulars in the database, against a fresh Wagtail's welcome page.

All stand behind the same production server. Public pages are kept by each process until something on them changes
(docs/decisions/0004): a correction is published under way and must be seen within a second by every process.
"""

import http.client
import time

import django

from bench import _report
from bench._circulars import Stock, retitle
from bench._fresh_wagtail import fresh_wagtail
from bench._server import requests_per_second, server

CLIENTS = 8
LEAST = 5
PATIENCE = 1.0  # seconds
LOOKS = 24  # at as many new connections: every process answers some


def main():
    options = _report.arguments(__doc__.splitlines()[0], rounds=0, circulars=0)
    django.setup()
    circular = prepare(options.circulars or (1_000 if options.quick else 10_000))
    rounds, seconds = (options.rounds or (2 if options.quick else 4)), (3 if options.quick else 6)
    address = f"{circular.get_absolute_url()}/ara"
    rows = []
    with fresh_wagtail() as fresh, server("intranet.wsgi:application") as ours:
        for number in range(rounds):
            rates = {
                name: requests_per_second(port, path, clients=CLIENTS, seconds=seconds)
                for name, port, path in (
                    ("fresh/s", fresh, "/"),
                    ("circular/s", ours, address),
                    ("front/s", ours, "/ar/"),
                )
            }
            least = min(rates["circular/s"], rates["front/s"])
            rows.append({"round": number + 1, **rates, "ratio": least / rates["fresh/s"]})
        seen_after = publish_and_look(ours, address, circular)
    _report.table(rows)
    print(f"a correction is seen by every process after {seen_after * 1000:.0f} ms")
    middle = sorted(rows, key=lambda row: row["ratio"])[len(rows) // 2]
    _report.report(
        "page",
        value=min(middle["circular/s"], middle["front/s"]),
        unit="requests/s",
        baseline=middle["fresh/s"],
        ratio=middle["ratio"],
        reached=middle["ratio"] >= LEAST and seen_after <= PATIENCE,
        must_reach=LEAST,
        seen_after_ms=seen_after * 1000,
    )


def prepare(count):
    """The front pages, the stock, and one circular published the way editors do."""
    from django.core.management import call_command
    from django.db import connection

    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("setup_site", verbosity=0)
    stock = Stock()
    stock.grow(count)
    circular = stock.publish_one()
    connection.close()
    return circular


def publish_and_look(port, address, circular) -> float:
    """Seconds from the commit of a correction until no process shows the old title."""
    title = "إلزامية الإيداع الرقمي بعد التصحيح"
    retitle(circular, title)
    began = time.perf_counter()
    while time.perf_counter() - began < 10:
        asked = time.perf_counter() - began
        if all(title in look(port, address) for _look in range(LOOKS)):
            return asked
    return float("inf")


def look(port, address) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", address)
    text = connection.getresponse().read().decode()
    connection.close()
    return text


if __name__ == "__main__":
    main()
