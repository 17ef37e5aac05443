"""Where files of strangers are opened: one helper process per web process, one limited child per file."""

import atexit
import json
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MEGABYTE = 1 << 20
# Seconds of processor and bytes of memory; the wall clock is generous because a busy machine is no fault of the file.
EXAMINE = {"memory": 700 * MEGABYTE, "cpu": 1.6, "wall": 20.0}
DRAW = {"memory": 900 * MEGABYTE, "cpu": 8.0, "wall": 30.0}
READ = {"memory": 900 * MEGABYTE, "cpu": 20.0, "wall": 60.0}  # by a worker, nobody waits for it

logger = logging.getLogger(__name__)


class Unavailable(Exception):
    """The helper could not be started, could not fork or was killed twice: says nothing about the file."""


class Exceeded(Exception):
    """The child was ended for using too much; `seconds` is how long it was at it."""

    def __init__(self, seconds):
        super().__init__(f"ended after {seconds:.2f} s")
        self.seconds = seconds


class Sandbox:
    """The helper of this process; started when first needed, again after a fork or when it has died."""

    def __init__(self):
        self._lock = threading.Lock()
        self._process = self._control = self._owner = None

    def ask(self, path, job: str, limits: dict, **request) -> tuple[dict, bytes]:
        """Have `job` done with the file at `path`; Exceeded when its child was ended."""
        message = json.dumps({"job": job, **limits, **request}).encode()
        for _attempt in range(2):
            control, process = self._started()
            began = time.monotonic()
            try:
                head, body = _exchange(control, message, path, limits["wall"] + 5)
            except ConnectionError:
                head = None
            if head is not None:
                if head.get("busy"):
                    raise Unavailable
                return head, body
            if process.poll() is None and _alive(control):
                raise Exceeded(time.monotonic() - began)
            self.stop(process)
        raise Unavailable

    def stop(self, process=None):
        """End the helper (that one, when given: another thread may have started a new one since)."""
        with self._lock:
            if self._process is None or process not in (None, self._process):
                return
            self._control.close()
            if self._owner == os.getpid():
                self._process.kill()
                self._process.wait()
            self._process = self._control = self._owner = None

    def _started(self):
        with self._lock:
            if self._owner != os.getpid():
                if self._control is not None:
                    self._control.close()  # a copy from before a fork: the helper belongs to the other process
                self._start()
            return self._control, self._process

    def _start(self):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            # An almost empty environment: no secret of the server lies in the memory of what reads strangers' files.
            self._process = subprocess.Popen(
                [sys.executable, "-m", "core.files.child", str(theirs.fileno())],
                cwd=ROOT,
                env={"LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        except OSError as error:
            ours.close()
            raise Unavailable from error
        finally:
            theirs.close()
        self._control, self._owner = ours, os.getpid()
        logger.info("files.sandbox_started", extra={"helper": self._process.pid})


def _alive(control):
    """Whether the other end still listens: a zombie that `poll` has not seen yet does not."""
    try:
        return control.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


def _exchange(control, message, path, patience):
    """Send the request with the open file; (None, b"") when the answer never came."""
    ours, theirs = socket.socketpair()
    with ours:
        with theirs, open(path, "rb") as stream:
            socket.send_fds(control, [message], [theirs.fileno(), stream.fileno()])
        ours.settimeout(patience)
        received = bytearray()
        try:
            while chunk := ours.recv(1 << 18):
                received += chunk
        except TimeoutError:
            return None, b""
    head, newline, body = bytes(received).partition(b"\n")
    if not newline:
        return None, b""
    head = json.loads(head)
    return (head, body) if len(body) == head.pop("bytes") else (None, b"")


sandbox = Sandbox()
atexit.register(sandbox.stop)
