"""What `check_installation` looks at on the living machine: each probe says what it found and what to do about it."""

import os
import secrets
import smtplib
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.x509 import load_der_x509_certificate
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import get_connection
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from core.evidence import checkpoints, seal
from core.outbox.models import Job, Message, Worker
from intranet import checks

OK, WARN, FAIL = "ok", "warn", "fail"
AWAY = "cannot be reached"
CLOCK_TOLERANCE = timedelta(seconds=2)
SEAL_WARNING = timedelta(days=30)
ROOM = 2_000_000_000  # bytes free where letters are kept


@dataclass(frozen=True)
class Finding:
    """One line of the table: `todo` is the way out, empty when all is well."""

    name: str
    level: str
    text: str
    todo: str = ""


Probe = Callable[[], Iterator[Finding]]


def examine() -> list[Finding]:
    """All probes; where the database is away, those that ask it are left out."""
    findings = list(database())
    is_away = findings[0].text.startswith(AWAY)
    needs_database = [] if is_away else [migrations, database_time, shared_cache, worker, backlog]
    for probe in [*needs_database, time_zones, storage, outside_checkpoints, mail, seal_key, log_key, scanner, press]:
        findings += probe()
    return findings


# --- database --------------------------------------------------------------------------------------------------------


def database() -> Iterator[Finding]:
    """Reachable, and of a kind that keeps what it promised."""
    try:
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("PRAGMA synchronous")
                level = OK if cursor.fetchone()[0] >= 2 else FAIL
                yield Finding("database", level, "SQLite", "" if level == OK else "Set PRAGMA synchronous=FULL.")
                return
            cursor.execute("SELECT current_setting('server_version'), current_setting('fsync')")
            version, fsync = cursor.fetchone()
            cursor.execute("SELECT current_setting('synchronous_commit')")
            safe = fsync == "on" and cursor.fetchone()[0] != "off"
            todo = "" if safe else "Set fsync=on and synchronous_commit=on: a number given out must survive a crash."
            yield Finding("database", OK if safe else FAIL, f"PostgreSQL {version}", todo)
    except DatabaseError as error:
        todo = "Start the database, then compare DATABASE_URL with it."
        yield Finding("database", FAIL, f"{AWAY} ({type(error).__name__})", todo)


def migrations() -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if missing:
        yield Finding("migrations", FAIL, f"{missing} not applied", "Run `manage.py migrate`.")
    else:
        yield Finding("migrations", OK, "all applied")


def database_time() -> Iterator[Finding]:
    """The clocks of this machine and of the database agree; PostgreSQL's own zone data is known to be old or new."""
    sqlite, postgresql = "strftime('%Y-%m-%d %H:%M:%f', 'now')", "clock_timestamp()"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {postgresql if connection.vendor == 'postgresql' else sqlite}")
        there = cursor.fetchone()[0]
        here = datetime.now(UTC)
        if isinstance(there, str):
            there = datetime.fromisoformat(there).replace(tzinfo=UTC)
        apart = abs(here - there)
        if apart > CLOCK_TOLERANCE:
            todo = "Let both machines follow the same time servers (chrony or systemd-timesyncd)."
            yield Finding("clock", FAIL, f"{apart.total_seconds():.1f} s apart from the database's", todo)
        else:
            yield Finding("clock", OK, f"{apart.total_seconds() * 1000:.0f} ms apart from the database's")
        if connection.vendor == "postgresql":
            cursor.execute("SELECT timestamptz '2026-10-01 12:00+00' AT TIME ZONE 'Africa/Casablanca'")
            if cursor.fetchone()[0].hour == 12:
                yield Finding("time zone of PostgreSQL", OK, "Africa/Casablanca is UTC+0 since 2026-09-20")
            else:
                todo = "Update the server's tzdata before writing reports in SQL; the product itself never asks it."
                yield Finding("time zone of PostgreSQL", WARN, "its data is older than 2026c", todo)


def shared_cache() -> Iterator[Finding]:
    """Rate limits count across processes only if the cache is shared."""
    key, value = "check_installation", secrets.token_hex(8)
    try:
        cache.set(key, value, 60)
        works = cache.get(key) == value
        cache.delete(key)
    except (DatabaseError, OSError):
        works = False
    if not works:
        yield Finding("cache", FAIL, "does not keep what it is given", "Run `manage.py createcachetable`.")
    elif "LocMem" in settings.CACHES["default"]["BACKEND"] or "Dummy" in settings.CACHES["default"]["BACKEND"]:
        todo = "Set CACHE_URL to db://cache or a Redis server: limits must count together."
        yield Finding("cache", WARN, "each process has its own", todo)
    else:
        yield Finding("cache", OK, "shared")


def worker() -> Iterator[Finding]:
    alive = Worker.objects.alive().count()
    if alive:
        yield Finding("worker", OK, f"{alive} alive")
    else:
        todo = "Start `manage.py run_worker` as a service: receipts, mails and deadlines wait for it."
        yield Finding("worker", FAIL, "none has been seen lately", todo)


def backlog() -> Iterator[Finding]:
    dead = Message.objects.dead().count()
    broken = ", ".join(Job.objects.filter(failures__gt=2).values_list("name", flat=True))
    if dead or broken:
        text = f"{dead} rows given up" + (f", failing jobs: {broken}" if broken else "")
        yield Finding("outbox", WARN, text, "Open “Outbox” in the administration: each row shows its error.")
    else:
        yield Finding("outbox", OK, f"{Message.objects.due().count()} rows due, none given up")


# --- machine ---------------------------------------------------------------------------------------------------------


def time_zones() -> Iterator[Finding]:
    if errors := checks.time_zone_data(None):
        yield Finding("time-zone data", FAIL, errors[0].msg, errors[0].hint)
    else:
        yield Finding("time-zone data", OK, "Africa/Casablanca is UTC+0 since 2026-09-20")
    # The C library has data of its own; Python's logging and other programs of this machine use it.
    before = os.environ.get("TZ")
    os.environ["TZ"] = settings.TIME_ZONE
    time.tzset()
    hour = time.localtime(checks.NEW_TIME.timestamp()).tm_hour
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()
    if hour != checks.NEW_TIME.hour:
        todo = "Update the system's package tzdata; the product does not use it, other programs on this machine do."
        yield Finding("time zone of the system", WARN, "its data is older than 2026c", todo)


def storage() -> Iterator[Finding]:
    """A byte written where letters are kept really reaches the disk and comes back."""
    store = Path(settings.FILE_STORE)
    began = time.perf_counter()
    try:
        store.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=store, prefix="check-", suffix=".part") as file:
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
            file.seek(0)
            whole = len(file.read()) == 4096
    except OSError as error:
        todo = f"Give this user the right to write into {store}."
        yield Finding("storage", FAIL, f"cannot be written ({type(error).__name__})", todo)
        return
    took = (time.perf_counter() - began) * 1000
    room = os.statvfs(store)
    free = room.f_bavail * room.f_frsize
    if not whole:
        yield Finding("storage", FAIL, "does not give back what was written", "Check the disk.")
    elif free < ROOM:
        yield Finding("storage", WARN, f"{free / 1e9:.1f} GB free", "Make room: a full disk stops deposits.")
    else:
        yield Finding("storage", OK, f"written and synced in {took:.0f} ms, {free / 1e9:.1f} GB free")


def outside_checkpoints() -> Iterator[Finding]:
    folder = Path(settings.CHECKPOINT_DIR)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix="check-"):
            pass
    except OSError as error:
        todo = f"Give this user the right to write into {folder}."
        yield Finding("checkpoints outside", FAIL, f"cannot be written ({type(error).__name__})", todo)
        return
    if not settings.DEMO and folder.stat().st_dev == Path(settings.FILE_STORE).stat().st_dev:
        todo = "Put CHECKPOINT_DIR on another disk or machine: it must survive what destroys the database."
        yield Finding("checkpoints outside", WARN, "on the same disk as the letters", todo)
    else:
        yield Finding("checkpoints outside", OK, str(folder))


def mail() -> Iterator[Finding]:
    backend = settings.EMAIL_BACKEND.rsplit(".", 2)[-2]
    if backend != "smtp":
        level = OK if settings.DEMO else WARN
        yield Finding("mail", level, f"kept here ({backend})", "" if settings.DEMO else "Set EMAIL_URL.")
        return
    server = get_connection(timeout=5)
    try:
        server.open()
        server.close()
    except (OSError, smtplib.SMTPException, ssl.SSLError) as error:
        todo = "Compare EMAIL_URL with the mail server; what is to be sent waits in the outbox."
        yield Finding("mail", FAIL, f"the server does not answer ({type(error).__name__})", todo)
    else:
        yield Finding("mail", OK, "the server answers")


def seal_key() -> Iterator[Finding]:
    """The seal can be put on a receipt today and next month."""
    try:
        key = seal.load()
    except seal.SealUnavailable as error:
        todo = "Set SEAL_PKCS12 or SEAL_PKCS11_*; until then receipts go out unsealed and are sealed later."
        yield Finding("seal key", WARN, str(error), todo)
        return
    ends = load_der_x509_certificate(key.certificate).not_valid_after_utc
    if ends - datetime.now(UTC) < SEAL_WARNING:
        yield Finding("seal key", WARN, f"its certificate ends on {ends:%Y-%m-%d}", "Ask for the next certificate now.")
    else:
        yield Finding("seal key", OK, f"loads; its certificate ends on {ends:%Y-%m-%d}")


def log_key() -> Iterator[Finding]:
    try:
        checkpoints.private_key()
    except (OSError, ValueError, ImproperlyConfigured) as error:
        todo = "Run `manage.py make_log_key` once, and keep the key apart from the backups."
        yield Finding("log key", FAIL, f"cannot be loaded ({type(error).__name__})", todo)
    else:
        yield Finding("log key", OK, "loads")


def scanner() -> Iterator[Finding]:
    """clamd says PONG; without one, files are shown as not scanned."""
    address = settings.CLAMAV_SOCKET
    if not address:
        todo = "" if settings.DEMO else "Set CLAMAV_SOCKET to have files scanned before staff open them."
        yield Finding("virus scanner", OK if settings.DEMO else WARN, "not configured", todo)
        return
    try:
        with _connect(address) as channel:
            channel.sendall(b"zPING\0")
            answers = channel.recv(16).startswith(b"PONG")
    except OSError:
        answers = False
    if answers:
        yield Finding("virus scanner", OK, "answers")
    else:
        todo = "Start clamd, or compare CLAMAV_SOCKET with it; files stay closed to staff until they are scanned."
        yield Finding("virus scanner", FAIL, "does not answer", todo)


def _connect(address):
    if address.startswith("/"):
        channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        channel.settimeout(5)
        try:
            channel.connect(address)
        except OSError:
            channel.close()
            raise
        return channel
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=5)


_PRESS = """
import weasyprint
from weasyprint.text.fonts import FontConfiguration
html = "<p lang=ar dir=rtl>وصل 7</p>"
pdf = weasyprint.HTML(string=html).write_pdf(font_config=FontConfiguration())
raise SystemExit(0 if pdf.startswith(b"%PDF") else 1)
"""


def press() -> Iterator[Finding]:
    """Pango and our fonts are there: a page with Arabic text can be set. In a process apart, as ever."""
    fonts = list((settings.BASE_DIR / "core" / "evidence" / "assets" / "fonts").glob("*.ttf"))
    try:
        done = subprocess.run([sys.executable, "-c", _PRESS], capture_output=True, timeout=120, check=False)
        sets = done.returncode == 0
    except subprocess.TimeoutExpired:
        sets = False
    if sets and fonts:
        yield Finding("receipts", OK, f"Pango sets pages, {len(fonts)} fonts")
    elif sets:
        yield Finding(
            "receipts", FAIL, "our fonts are missing", "Install the project anew: core/evidence/assets/fonts."
        )
    else:
        todo = "Install libpango-1.0-0, libpangoft2-1.0-0 and libharfbuzz-subset0 (script/setup does)."
        yield Finding("receipts", FAIL, "no page can be set", todo)
