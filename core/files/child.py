"""The helper process: warm, without Django and without secrets, it forks limited children that open the files.

Started by `core.files.sandbox` as `python -m core.files.child FD`. It reads requests from a socket, each with an answer
socket and the file itself, already open. A child that takes too much memory, time or patience is ended by the kernel;
who asked sees its socket close without an answer. A child that accepted a file may be asked about another one on the
same socket: most of what a child costs is being born. Its limits then hold for all its files together, so it soon ends.
"""

import ctypes
import gc
import json
import os
import resource
import signal
import socket
import sys
from dataclasses import asdict

from core.files.parsing import drawing, examine, office_text, pdf_text
from core.files.parsing.findings import Refused

MAX_REQUEST = 65_536
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_LIBC = ctypes.CDLL(None)  # found once, by the helper


def answer(request: dict, path: str) -> tuple[dict, bytes]:
    """What one request asks of the file at `path`: a JSON answer and, for drawings and texts, bytes."""
    match request["job"]:
        case "examine":
            return examine.examine(path, request["name"], request["declared_type"]).as_dict(), b""
        case "page":
            return {}, drawing.page_png(path, request["kind"], request["page"], request["width"])
        case "texts":
            return texts(path, request["kind"])
        case "layer":
            return layer(path, request["page"])
    raise ValueError(request["job"])


def texts(path: str, kind: str) -> tuple[dict, bytes]:
    """All pages of an office file: [[text, was it cut], …]; and whether there were more, or why there are none."""
    try:
        pages, more = office_text.pages(path, kind)
    except Refused as refused:
        return {"refused": refused.detail}, b""
    return {"more": more}, json.dumps(pages).encode()


def layer(path: str, page: int) -> tuple[dict, bytes]:
    """What a page of a PDF says by itself, or why it cannot be read."""
    try:
        found = asdict(pdf_text.layer(path, page))
    except Refused as refused:
        return {"refused": refused.detail}, b""
    return found, found.pop("text").encode()


def limit(memory: int, cpu: float, wall: float) -> None:
    """Bind this process, for ever, to so many bytes more than it has now, and so many seconds."""
    statm = os.open("/proc/self/statm", os.O_RDONLY)
    used = int(os.read(statm, 200).split()[0]) * resource.getpagesize()
    os.close(statm)
    resource.setrlimit(resource.RLIMIT_AS, (used + memory, used + memory))
    resource.setrlimit(resource.RLIMIT_CPU, (int(cpu) + 1, int(cpu) + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    signal.setitimer(signal.ITIMER_PROF, cpu)  # finer than whole seconds; both signals end the process by default
    signal.setitimer(signal.ITIMER_REAL, wall)


def work(request: dict, reply: socket.socket, file_descriptor: int) -> None:
    """In the forked child: bind it, open the file, answer; again while it is asked and accepts what it sees."""
    limit(request["memory"], request["cpu"], request["wall"])
    gc.disable()  # too short a life to tidy up
    while request:
        head, body = answer(request, f"/proc/self/fd/{file_descriptor}")
        os.close(file_descriptor)
        stays = request["stays"] and head["accepted"]
        reply.sendall(json.dumps({**head, "stays": stays, "bytes": len(body)}).encode() + b"\n" + body)
        request, file_descriptor = _next_of(reply) if stays else (None, -1)


def _next_of(reply: socket.socket) -> tuple[dict | None, int]:
    """The next request on the same socket with its file; none when nobody is there any more."""
    message, descriptors, _flags, _address = socket.recv_fds(reply, MAX_REQUEST, 1)
    return (json.loads(message), descriptors[0]) if message else (None, -1)


def serve(control: socket.socket) -> None:
    """Fork for each request until whoever started this process is gone."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # children are nobody's zombies
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, whose end closes the socket
    gc.freeze()
    while True:
        try:
            message, descriptors, _flags, _address = socket.recv_fds(control, MAX_REQUEST, 2)
        except OSError:
            return
        if not message:
            return
        if len(descriptors) == 2:
            _fork(control, message, *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def _fork(control, message, reply_descriptor, file_descriptor):
    try:
        process = os.fork()
    except OSError:  # no room for another process
        with socket.socket(fileno=os.dup(reply_descriptor)) as reply:
            reply.sendall(b'{"busy": true, "bytes": 0}\n')
        return
    if process:
        return
    try:
        control.close()
        _die_with_parent()
        with socket.socket(fileno=os.dup(reply_descriptor)) as reply:
            work(json.loads(message), reply, os.dup(file_descriptor))
    finally:
        os._exit(0)  # also after any exception: nothing may return into the loop of the helper


def _die_with_parent():
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    _LIBC.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)  # its children inherit that
    serve(socket.socket(fileno=int(sys.argv[1])))
