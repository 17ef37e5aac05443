"""PostgreSQL goes away and comes back while letters are deposited: nothing that was committed is lost."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event as Flag

import psycopg
import pytest
from django.db import connection, connections
from django.test import Client

from core.evidence import verification
from core.evidence.models import Receipt
from core.registers.models import Entry, Register
from eservices.deposit import cookies
from eservices.deposit.models import Deposit
from tests.eservices.deposit.conftest import Depositor
from tests.factories.letters import pdf_bytes

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.both,
    pytest.mark.slow,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no server that could go away"),
]
DEPOSITORS, LETTERS, RESTARTS = 4, 4, 12


@pytest.fixture
def restart():
    """restart() ends every connection to the test's database, as a restart of the server does."""
    database = connection.settings_dict

    def end_all():
        names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
        asked = {name: database[key] or None for name, key in names.items()}
        with psycopg.connect(**asked, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    return end_all


def until_deposited(url, token):
    """Press the button until the receipt is there, as the pages say; the statuses met on the way. A restart is told
    by 503, or by the page of all answers where the database was back before the answer was given."""
    client = Client(raise_request_exception=False)
    client.cookies[cookies.NAME] = token
    met = []
    for _try in range(200):
        answer = client.post(url, {"accurate": "on"})
        met.append(answer.status_code)
        place, _, query = answer.headers.get("Location", "").partition("?")
        if "/done/" in place:
            return met, place
        if answer.status_code == 503:
            assert answer.headers["Retry-After"]
        else:
            assert (answer.status_code, place, query[:7]) == (303, url, "failed=")
        time.sleep(0.02)
    pytest.fail(f"never deposited: {met}")


def test_nothing_committed_is_lost_while_the_database_restarts(office, restart, settings, tmp_path):
    settings.DEPOSITS_PER_HOUR = 0
    settings.CHECKPOINT_DIR = tmp_path
    drafts = [Depositor().fill(office, files=[(f"{n}.pdf", pdf_bytes(str(n)))]) for n in range(DEPOSITORS * LETTERS)]
    asked = [(draft.url("check"), draft.client.cookies[cookies.NAME].value) for draft in drafts]
    is_over, was_restarted = Flag(), Flag()

    def restart_at_first(execute, *statement):
        if not was_restarted.is_set():
            was_restarted.set()
            restart()
        return execute(*statement)

    def deposit_all(share):
        try:
            with connection.execute_wrapper(restart_at_first):  # however quick a deposit is, one look-up is cut off
                first = until_deposited(*share[0])
            return [first, *(until_deposited(*one) for one in share[1:])]
        finally:
            connections.close_all()

    def keep_restarting():
        for _time in range(RESTARTS):
            restart()
            if is_over.wait(0.1):
                break

    with ThreadPoolExecutor(DEPOSITORS + 1) as pool:
        restarting = pool.submit(keep_restarting)
        shares = [pool.submit(deposit_all, asked[n::DEPOSITORS]) for n in range(DEPOSITORS)]
        found = [one for share in shares for one in share.result()]
        is_over.set()
        restarting.result()
    connections.close_all()

    assert 503 in {status for met, _place in found for status in met}, "nobody saw the page that says to try again"
    count = len(drafts)
    assert len({place for _met, place in found}) == count
    assert Entry.objects.count() == Deposit.objects.count() == Receipt.objects.count() == count
    assert Register.objects.get().last_number == count
    findings = []
    verification.verify(findings.append)
    assert findings == []
