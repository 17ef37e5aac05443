"""The virus scan against the real daemon, with a signature list of one line, and against one that lies."""

import shutil
import socket
import subprocess
import threading
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from core.files import operations, scanner, tasks
from core.files.enums import ScanState
from core.files.models import StoredFile
from core.outbox.models import Message
from core.outbox.operations import run_pending
from tests import tools
from tests.core.files import makers

pytestmark = pytest.mark.django_db

CLAMD = shutil.which("clamd", path="/usr/sbin:/usr/bin:/usr/local/sbin")
SIGNATURE = "TestMark:0:*:" + b"DIWAN-TEST-VIRUS".hex()


@pytest.fixture(scope="module")
def clamd(tmp_path_factory):
    """The address of a running daemon."""
    if not CLAMD:
        tools.missing("clamd")
    folder = tmp_path_factory.mktemp("clamd")
    (folder / "db").mkdir()
    (folder / "db" / "test.ndb").write_text(SIGNATURE + "\n")
    address = folder / "clamd.sock"
    (folder / "clamd.conf").write_text(
        f"Foreground yes\nLocalSocket {address}\nDatabaseDirectory {folder}/db\nTemporaryDirectory {folder}\n"
        "StreamMaxLength 1M\nMaxThreads 2\nReadTimeout 20\n"
    )
    process = subprocess.Popen(
        [CLAMD, "-c", folder / "clamd.conf"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    for _try in range(300):
        if address.exists() and _pings(address):
            break
        if process.poll() is not None:
            tools.missing("a clamd that starts")
        time.sleep(0.1)
    yield str(address)
    process.kill()
    process.wait()


def _pings(address):
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(address))
        except OSError:
            return False
    return True


@pytest.fixture
def lying(tmp_path, settings):
    """lying(answer) puts a daemon behind the address that says `answer` to everything."""
    servers = []

    def start(answer):
        server = socket.socket(socket.AF_UNIX)
        server.bind(str(tmp_path / "lying.sock"))
        server.listen()
        servers.append(server)
        settings.CLAMAV_SOCKET = str(tmp_path / "lying.sock")

        def serve():
            connection, _address = server.accept()
            with connection:
                while not connection.recv(1 << 20).endswith(b"\0\0\0\0"):
                    pass
                connection.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()

    yield start
    for server in servers:
        server.close()


def marked():
    """A sound PDF that carries what the one-line list calls a virus."""
    return makers.pdf() + b"\n% DIWAN-TEST-VIRUS\n"


def test_clean_file_is_called_clean(clamd, settings, receive):
    file = receive()
    settings.CLAMAV_SOCKET = clamd

    assert operations.scan(file) == ScanState.CLEAN
    assert file.scanned_at is not None


def test_virus_is_found_by_its_name(clamd, settings, receive):
    file = receive(marked())
    settings.CLAMAV_SOCKET = clamd

    assert operations.scan(file) == ScanState.INFECTED
    assert file.scan_detail == "TestMark.UNOFFICIAL"


def test_worker_scans_what_came_in(clamd, settings, receive):
    settings.CLAMAV_SOCKET = clamd
    clean, infected = receive(), receive(marked(), "b.pdf")

    run_pending()

    states = dict(StoredFile.objects.values_list("pk", "scan_state"))
    assert states == {clean.pk: ScanState.CLEAN, infected.pk: ScanState.INFECTED}


def test_file_the_daemon_will_not_take_is_not_scanned(clamd, settings, receive):
    file = receive(makers.pdf() + b"\n%" + b"x" * 1_200_000)
    settings.CLAMAV_SOCKET = clamd

    assert operations.scan(file) == ScanState.NOT_SCANNED
    assert not file.is_openable


@pytest.mark.parametrize("address", ["/nowhere/clamd.sock", "127.0.0.1:9", "no port"])
def test_unreachable_daemon_leaves_the_file_not_scanned(settings, receive, address):
    file = receive()
    settings.CLAMAV_SOCKET = address

    assert operations.scan(file) == ScanState.NOT_SCANNED


@pytest.mark.parametrize(
    "answer",
    [b"", b"stream: ERROR\n", b"stream: maybe OK FOUND?\n", b"other: OK\n", b"\xff\xfe\n", b"COMMAND READ TIMED OUT\n"],
)
def test_unclear_answer_leaves_the_file_not_scanned(lying, receive, answer):
    file = receive()
    lying(answer)

    assert operations.scan(file) == ScanState.NOT_SCANNED


def test_answer_of_the_daemon_is_believed_when_clear(lying, receive):
    file = receive()
    lying(b"stream: OK\n")

    assert operations.scan(file) == ScanState.CLEAN


def test_scan_without_a_scanner_says_so(receive):
    assert scanner.scan(receive()).state == ScanState.NOT_CONFIGURED


# --- again until it is clear -----------------------------------------------------------------------------------------


def test_unreachable_daemon_is_tried_again(settings, receive, clamd):
    settings.CLAMAV_SOCKET = "/nowhere/clamd.sock"
    file = receive()

    run_pending()
    row = Message.objects.get(name="files.scan")
    assert row.attempts == 1
    assert "StillNotScanned" in row.last_error

    settings.CLAMAV_SOCKET = clamd
    Message.objects.update(due_at=timezone.now())
    run_pending()
    file.refresh_from_db()
    assert file.scan_state == ScanState.CLEAN


def test_settled_or_erased_file_is_not_scanned_again(receive):
    file = receive()
    operations.mark_scanned(file, state=ScanState.CLEAN)
    tasks.scan({"file": file.pk}, message=None)
    tasks.scan({"file": 0}, message=None)

    file.refresh_from_db()
    assert file.scan_state == ScanState.CLEAN


def test_rescan_asks_once_an_hour_for_what_is_overdue(settings, receive):
    file, young, clean = receive(), receive(), receive()
    settings.CLAMAV_SOCKET = "/nowhere"
    assert tasks.rescan_wanted()
    operations.mark_scanned(clean, state=ScanState.CLEAN)
    StoredFile.objects.exclude(pk=young.pk).update(created_at=timezone.now() - timedelta(hours=1))

    tasks.rescan()
    tasks.rescan()

    assert [row.payload for row in Message.objects.filter(name="files.scan")] == [{"file": file.pk}]


def test_rescan_is_not_wanted_without_a_scanner(receive):
    receive()

    assert not tasks.rescan_wanted()


def test_sweep_leaves_young_parts(receive):
    tasks.sweep()
