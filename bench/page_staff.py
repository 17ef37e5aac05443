"""The page of a circular for a signed-in addressee, of whom nothing is kept, against a fresh Wagtail's welcome page.

Both stand behind the same production server; the database holds 10,000 circulars beside the one that is asked for: it
has two languages, two versions, relations both ways, an action and an acknowledgement to give.
"""

import django

from bench import _report
from bench._circulars import Stock
from bench._fresh_wagtail import fresh_wagtail
from bench._server import requests_per_second, server

CLIENTS = 8
LEAST, MOST_QUERIES = 0.6, 15


def main():
    options = _report.arguments(__doc__.splitlines()[0], rounds=0, circulars=0)
    django.setup()
    address, cookie, queries = prepare(options.circulars or (1_000 if options.quick else 10_000))
    rounds, seconds = (options.rounds or (2 if options.quick else 5)), (3 if options.quick else 6)
    rows = []
    with fresh_wagtail() as fresh, server("intranet.wsgi:application") as ours:
        for number in range(rounds):
            welcome = requests_per_second(fresh, "/", clients=CLIENTS, seconds=seconds)
            own = requests_per_second(ours, address, clients=CLIENTS, seconds=seconds, headers=[f"Cookie: {cookie}"])
            rows.append({"round": number + 1, "fresh/s": welcome, "circular/s": own, "ratio": own / welcome})
    _report.table(rows)
    middle = sorted(rows, key=lambda row: row["ratio"])[len(rows) // 2]
    _report.report(
        "page-staff",
        value=middle["circular/s"],
        unit="requests/s",
        baseline=middle["fresh/s"],
        ratio=middle["ratio"],
        reached=middle["ratio"] >= LEAST and queries <= MOST_QUERIES,
        must_reach=LEAST,
        queries=queries,
    )


def prepare(count) -> tuple[str, str, int]:
    """The address of the page, the cookie of the addressee, and the queries of a page they have opened before."""
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("setup_site", verbosity=0)
    stock = Stock()
    stock.grow(count)
    act = stock.publish_one().get_absolute_url()
    address = f"{act}/ara"
    client = Client(headers={"host": "localhost"})
    client.force_login(stock.agent, backend="django.contrib.auth.backends.ModelBackend")
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        page = client.get(address)
    assert page.status_code == 200, page.status_code
    assert f'action="{act}/acknowledge"' in page.text
    connection.close()
    name = settings.SESSION_COOKIE_NAME
    return address, f"{name}={client.cookies[name].value}", len(captured)


if __name__ == "__main__":
    main()
