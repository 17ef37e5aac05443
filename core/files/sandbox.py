"""Where files of strangers are opened: one helper process per web process, and its limited children."""

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
KEPT = 8  # children that have accepted a file and wait for another one; each ends by its limits, 20 s after its birth

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
        self._kept = []

    def ask(self, path, job: str, limits: dict, **request) -> tuple[dict, bytes]:
        """Have `job` done with the file at `path`; Exceeded when its child was ended.

        A child that has seen other files is believed only when it accepts one: whatever else it says or meets, a new
        child is asked.
        """
        message = json.dumps({"job": job, **limits, **request, "stays": limits is EXAMINE}).encode()
        patience = limits["wall"] + 5
        with open(path, "rb") as stream:
            answer = self._ask_one_that_stayed(message, stream, patience) if limits is EXAMINE else None
            return answer or self._ask_a_new_one(message, stream, patience)

    def _ask_one_that_stayed(self, message, stream, patience):
        """The answer of a child that has accepted other files, if there is one and it accepts this one too."""
        self._started()  # after a fork nobody has stayed for this process
        try:
            ours = self._kept.pop()
        except IndexError:
            return None
        try:
            socket.send_fds(ours, [message], [stream.fileno()])
            head, body = self._answer(ours, patience)
        except ConnectionError:  # its limits have ended it
            ours.close()
            return None
        return (head, body) if head and head["accepted"] else None

    def _ask_a_new_one(self, message, stream, patience):
        for _attempt in range(2):
            control, process = self._started()
            began = time.monotonic()
            ours, theirs = socket.socketpair()
            try:
                with theirs:
                    socket.send_fds(control, [message], [theirs.fileno(), stream.fileno()])
                head, body = self._answer(ours, patience)
            except ConnectionError:
                ours.close()
                head = None
            if head is not None:
                if head.get("busy"):
                    raise Unavailable
                return head, body
            if process.poll() is None and _alive(control):
                raise Exceeded(time.monotonic() - began)
            self.stop(process)
        raise Unavailable

    def _answer(self, ours, patience):
        """Receive an answer; keep the socket of a child that stays, close any other's."""
        head, body = _receive(ours, patience)
        if head and head.pop("stays", False) and len(self._kept) < KEPT:
            self._kept.append(ours)
        else:
            ours.close()
        return head, body

    def stop(self, process=None):
        """End the helper (that one, when given: another thread may have started a new one since)."""
        with self._lock:
            if self._process is None or process not in (None, self._process):
                return
            self._control.close()
            self._forget()
            if self._owner == os.getpid():
                self._process.kill()
                self._process.wait()
            self._process = self._control = self._owner = None

    def _forget(self):
        """Have no more to do with the children that stayed: they end when nobody holds their sockets."""
        while self._kept:
            self._kept.pop().close()

    def _started(self):
        with self._lock:
            if self._owner != os.getpid():
                if self._control is not None:
                    self._control.close()  # a copy from before a fork: the helper belongs to the other process
                    self._forget()
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


def _receive(ours, patience):
    """What a child answers: its head, and the bytes after it; (None, b"") when the answer never came."""
    ours.settimeout(patience)
    received, length = bytearray(), None
    try:
        while length is None or len(received) < length:
            if not (chunk := ours.recv(1 << 18)):
                return None, b""
            received += chunk
            if length is None and (end := received.find(b"\n")) >= 0:
                head = json.loads(received[:end])
                length = end + 1 + head.pop("bytes")
    except TimeoutError:
        return None, b""
    return head, bytes(received[end + 1 :])


sandbox = Sandbox()
atexit.register(sandbox.stop)
