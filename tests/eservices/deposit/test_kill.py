"""A web process killed anywhere in a deposit leaves a whole letter or nothing, and the retry gives the receipt.

The production server runs as a process of its own against the test database; a fail point is `kill -9` there.
"""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest
from django.conf import settings

from core.evidence.models import Event, Receipt
from core.registers.models import Entry, Register
from eservices.correspondence.models import Attachment, Correspondence
from eservices.deposit import cookies
from eservices.deposit.models import Deposit
from tests.core.outbox.conftest import database_url
from tests.eservices.deposit.conftest import Depositor
from tests.factories.letters import pdf_bytes

pytestmark = [pytest.mark.both, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

POINTS = ["deposit.locked", "deposit.manifest", "deposit.registered", "deposit.before_commit", "deposit.after_commit"]


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def server(failpoints=""):
    """The production server with one process; gives its address."""
    port = _free_port()
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "intranet.settings_test",
        "DATABASE_URL": database_url(),
        "DIWAN_VAR": str(settings.VAR_DIR),
        "ALLOWED_HOSTS": "127.0.0.1",
        "WEB_BIND": f"127.0.0.1:{port}",
        "WEB_WORKERS": "1",
        "FAILPOINTS": failpoints,
        "SECRET_KEY": settings.SECRET_KEY,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn"],
        cwd=settings.BASE_DIR,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address, process)
        yield address
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_for(address, process):
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server did not start"
        with contextlib.suppress(OSError):
            return urllib.request.urlopen(f"{address}/healthz", timeout=5).close()
        time.sleep(0.2)
    pytest.fail("the server did not answer")


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args, **kwargs):
        return None


def deposit(address, depositor):
    """What the server answers to the button; None when the connection breaks."""
    request = urllib.request.Request(address + depositor.url("check"), data=b"accurate=on")
    request.add_header("Cookie", f"{cookies.NAME}={depositor.client.cookies[cookies.NAME].value}")
    try:
        urllib.request.build_opener(NoRedirect).open(request, timeout=60)
    except urllib.error.HTTPError as answer:
        return answer.code, answer.headers["Location"]
    except (OSError, ConnectionError):
        return None
    pytest.fail("the deposit answered without leading on")


def assert_whole():
    """Every number has its letter, files, receipt and events; nothing else exists."""
    count = Entry.objects.count()
    registers = Register.objects.all()
    assert count == Correspondence.objects.count() == Deposit.objects.count() == Receipt.objects.count()
    assert sum(register.last_number for register in registers) == count
    assert Event.objects.filter(code="deposit.accepted").count() == count
    assert Attachment.objects.count() == count
    assert all(attachment.file.is_intact() for attachment in Attachment.objects.select_related("file"))
    assert all(attachment.file.organisation for attachment in Attachment.objects.select_related("file__organisation"))


def test_killed_web_process_leaves_a_whole_deposit_or_nothing(office):
    depositors = {point: Depositor().fill(office, files=[("a.pdf", pdf_bytes(point))]) for point in POINTS}

    for point in POINTS:
        with server(f"{point}=exit") as address:
            assert deposit(address, depositors[point]) is None
        made = Deposit.objects.filter(draft=depositors[point].draft).exists()
        assert made == (point == "deposit.after_commit")
        assert_whole()

    with server() as address:
        for point in POINTS:
            status, location = deposit(address, depositors[point])
            assert status == 303
            number = Deposit.objects.get(draft=depositors[point].draft).number
            assert re.fullmatch(rf"/ar/deposit/done/{number}/(\?again=1)?", location)
            assert location.endswith("?again=1") == (point == "deposit.after_commit")
    assert Deposit.objects.count() == len(POINTS)
    assert_whole()
