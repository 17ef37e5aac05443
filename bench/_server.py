"""The production web server on the loopback address, and how fast it answers one address."""

import contextlib
import os
import selectors
import signal
import socket
import subprocess
import sys
import time


@contextlib.contextmanager
def server(application, *, folder=None, **environment):
    """The production server (gunicorn, as it is started everywhere) on a free port; `folder` is where it runs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    variables = {**os.environ, "WEB_BIND": f"127.0.0.1:{port}", "ALLOWED_HOSTS": "127.0.0.1", **environment}
    configuration = os.path.abspath("gunicorn.conf.py")
    command = [sys.executable, "-m", "gunicorn", "-c", configuration, application]
    process = subprocess.Popen(command, env=variables, cwd=folder, start_new_session=True)
    try:
        _wait_for(port, process)
        yield port
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def _wait_for(port, process):
    for _try in range(300):
        if process.poll() is not None:
            raise SystemExit("the server did not start")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.2)
    raise SystemExit("the server did not answer")


def requests_per_second(port, path, *, clients, seconds, headers=()) -> float:
    """GETs answered with 200 by kept connections; one thread asks for all, so that little is taken from the server."""
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", *headers]
    question = ("\r\n".join(lines) + "\r\n\r\n").encode()
    done, began = 0, time.perf_counter()
    with contextlib.ExitStack() as stack:
        selector = stack.enter_context(selectors.DefaultSelector())
        for _number in range(clients):
            asking = stack.enter_context(socket.create_connection(("127.0.0.1", port), 60))
            selector.register(asking, selectors.EVENT_READ, Answer())
            asking.sendall(question)
        while (now := time.perf_counter()) - began < seconds:
            for ready, _events in selector.select(1):
                if ready.data.is_complete_with(ready.fileobj.recv(1 << 17)):
                    done += 1
                    ready.fileobj.sendall(question)
    return done / (now - began)


class Answer:
    """One answer after the other on one connection."""

    def __init__(self):
        self.received = b""

    def is_complete_with(self, piece) -> bool:
        if not piece:
            raise SystemExit("the server closed a connection")
        self.received += piece
        head, end, body = self.received.partition(b"\r\n\r\n")
        if not end:
            return False
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"the server answers {head[:200]!r}")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(body) < length:
            return False
        self.received = b""
        return True
