import json
import socket
import threading
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from django.utils import timezone

from core.evidence import seal
from core.outbox.enums import MessageState
from core.outbox.models import Job, Message, Worker
from intranet import installation
from intranet.installation import FAIL, OK, WARN

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def level(probe):
    """What a probe says in one word, checking that whatever is not well has a way out."""
    findings = list(probe())
    assert all(finding.todo for finding in findings if finding.level != OK)
    return findings[0].level


@pytest.fixture
def no_press(monkeypatch):
    """Setting a page takes seconds; one test does it."""
    monkeypatch.setattr(installation, "press", lambda: iter([installation.Finding("receipts", OK, "")]))


def test_whole_installation_is_examined_and_said_in_a_table(no_press, capsys, monkeypatch):
    monkeypatch.setattr(installation, "database", lambda: iter([installation.Finding("database", OK, "")]))
    Worker.objects.create(name="here")
    call_command("check_installation")

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("ok    database")
    assert any(line.startswith("ok    worker") for line in lines)


def test_failure_is_an_exit_code_and_a_way_out(no_press, capsys, monkeypatch):
    monkeypatch.setattr(installation, "database", lambda: iter([installation.Finding("database", OK, "")]))
    with pytest.raises(SystemExit) as ended:
        call_command("check_installation", "--json")

    assert ended.value.code == 1
    [finding] = [item for item in json.loads(capsys.readouterr().out) if item["level"] == FAIL]
    assert (finding["name"], "run_worker" in finding["todo"]) == ("worker", True)


def test_database_away_is_said_and_nothing_more_is_asked_of_it(no_press, monkeypatch):
    def away():
        raise OperationalError

    monkeypatch.setattr(connection, "cursor", away)
    names = [finding.name for finding in installation.examine()]
    assert names[0] == "database"
    assert "worker" not in names
    assert "storage" in names


def test_database_that_forgets_after_a_crash_fails():
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA synchronous")  # the tests' own setting; 2 is FULL
            safe = cursor.fetchone()[0] >= 2
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('fsync') = 'on' AND current_setting('synchronous_commit') <> 'off'")
            safe = cursor.fetchone()[0]
            cursor.execute("SET LOCAL synchronous_commit = off")
        assert level(installation.database) == FAIL
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = on")
    assert level(installation.database) == (OK if safe else FAIL)


def test_missing_migration_fails(monkeypatch):
    assert level(installation.migrations) == OK
    monkeypatch.setattr("intranet.installation.MigrationExecutor.migration_plan", lambda self, targets: ["one"])
    assert level(installation.migrations) == FAIL


def test_clocks_apart_fail(monkeypatch):
    assert level(installation.database_time) == OK

    class Late(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) - timedelta(minutes=5)

    monkeypatch.setattr(installation, "datetime", Late)
    assert level(installation.database_time) == FAIL


def test_cache_of_one_process_is_a_warning_and_a_broken_one_a_failure(settings, monkeypatch):
    assert level(installation.shared_cache) == WARN
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": "x"}}
    monkeypatch.setattr(installation, "cache", SimpleNamespace(set=print, get=lambda key: None, delete=print))
    assert level(installation.shared_cache) == FAIL


def test_shared_cache_is_well(settings, tmp_path):
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": str(tmp_path)}
    }
    assert level(installation.shared_cache) == OK


def test_what_was_given_up_is_a_warning():
    assert level(installation.backlog) == OK
    Message.objects.create(name="x", state=MessageState.DEAD)
    Job.objects.create(name="evidence.checkpoint", due_at=timezone.now(), failures=3)
    [finding] = installation.backlog()
    assert finding.level == WARN
    assert "evidence.checkpoint" in finding.text


def test_zone_data_is_looked_at_twice(monkeypatch):
    assert level(installation.time_zones) == OK
    monkeypatch.setattr(installation.checks, "time_zone_data", lambda configs: [SimpleNamespace(msg="old", hint="new")])
    assert level(installation.time_zones) == FAIL


def test_storage_that_cannot_be_written_fails(settings, tmp_path):
    settings.FILE_STORE = tmp_path / "letters"
    assert level(installation.storage) == OK
    (tmp_path / "taken").touch()
    settings.FILE_STORE = tmp_path / "taken"
    assert level(installation.storage) == FAIL


def test_little_room_is_a_warning(settings, tmp_path, monkeypatch):
    settings.FILE_STORE = tmp_path
    monkeypatch.setattr(installation, "ROOM", 10**18)
    assert level(installation.storage) == WARN


def test_checkpoints_belong_on_another_disk(settings, tmp_path):
    settings.FILE_STORE, settings.CHECKPOINT_DIR = tmp_path, tmp_path / "checkpoints"
    assert level(installation.outside_checkpoints) == OK
    settings.DEMO = False
    assert level(installation.outside_checkpoints) == WARN
    (tmp_path / "taken").touch()
    settings.CHECKPOINT_DIR = tmp_path / "taken"
    assert level(installation.outside_checkpoints) == FAIL


def test_mail_server_must_answer(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert level(installation.mail) == FAIL


@pytest.mark.parametrize(("is_demo", "expected"), [(True, OK), (False, WARN)])
def test_mails_kept_here_are_for_the_demonstration(settings, is_demo, expected):
    settings.DEMO = is_demo
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    assert level(installation.mail) == expected


def test_seal_key_must_load_and_last(monkeypatch):
    def missing():
        raise seal.SealUnavailable("no seal key is configured")

    monkeypatch.setattr(seal, "load", missing)
    assert level(installation.seal_key) == WARN
    monkeypatch.setattr(seal, "load", lambda: SimpleNamespace(certificate=b""))
    for days, expected in [(365, OK), (10, WARN)]:
        ends = SimpleNamespace(not_valid_after_utc=datetime.now(UTC) + timedelta(days=days))
        monkeypatch.setattr(installation, "load_der_x509_certificate", lambda der, ends=ends: ends)
        assert level(installation.seal_key) == expected


def test_log_key_must_load(monkeypatch):
    assert level(installation.log_key) == OK

    def missing():
        raise FileNotFoundError

    monkeypatch.setattr(installation.checkpoints, "private_key", missing)
    assert level(installation.log_key) == FAIL


@pytest.mark.parametrize(("is_demo", "expected"), [(True, OK), (False, WARN)])
def test_scanner_may_be_missing(settings, is_demo, expected):
    settings.DEMO, settings.CLAMAV_SOCKET = is_demo, ""
    assert level(installation.scanner) == expected


@pytest.mark.parametrize(("word", "expected"), [(b"PONG\0", OK), (b"what?", FAIL)])
@pytest.mark.parametrize("family", ["unix", "tcp"])
def test_scanner_must_answer(settings, tmp_path, family, word, expected):
    kind = socket.AF_UNIX if family == "unix" else socket.AF_INET
    with socket.socket(kind, socket.SOCK_STREAM) as server:
        server.bind(str(tmp_path / "clamd") if family == "unix" else ("127.0.0.1", 0))
        server.listen()
        settings.CLAMAV_SOCKET = str(tmp_path / "clamd") if family == "unix" else f"127.0.0.1:{server.getsockname()[1]}"

        def answer():
            channel, _address = server.accept()
            with channel:
                channel.recv(16)
                channel.sendall(word)

        thread = threading.Thread(target=answer)
        thread.start()
        assert level(installation.scanner) == expected
        thread.join()


def test_scanner_that_is_away_fails(settings, tmp_path):
    settings.CLAMAV_SOCKET = str(tmp_path / "nobody")
    assert level(installation.scanner) == FAIL


def test_page_can_be_set_here(monkeypatch):
    assert level(installation.press) == OK
    monkeypatch.setattr(installation, "_PRESS", "raise SystemExit(1)")
    assert level(installation.press) == FAIL
