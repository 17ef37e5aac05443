"""The helper's own code, in this process: what it does for one request, and that it never returns from a fork."""

import gc
import json
import os
import resource
import signal
import socket
from types import SimpleNamespace

import pytest

from core.files import child
from tests.core.files import makers

LIMITS = {"memory": 700 << 20, "cpu": 5.0, "wall": 20.0}


@pytest.fixture
def bound(monkeypatch):
    """What the child would have bound itself to."""
    said = []
    monkeypatch.setattr(resource, "setrlimit", lambda *limit: said.append(limit))
    monkeypatch.setattr(signal, "setitimer", lambda *timer: said.append(timer))
    monkeypatch.setattr(gc, "disable", lambda: None)
    return said


@pytest.fixture
def control():
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGCHLD, signal.SIGINT)}
    yield ours, theirs
    ours.close()
    theirs.close()
    gc.unfreeze()
    for number, handler in handlers.items():
        signal.signal(number, handler)


def request(**extra):
    return {"job": "examine", "name": "a.pdf", "declared_type": "", "stays": False, **LIMITS, **extra}


def received(end):
    data = b"".join(iter(lambda: end.recv(1 << 16), b""))
    head, _newline, body = data.partition(b"\n")
    return json.loads(head), body


def test_each_job_is_answered(put):
    pdf, docx = str(put(makers.pdf(), "a.pdf")), str(put(makers.docx(), "a.docx"))

    assert child.answer(request(), pdf)[0]["accepted"]
    assert child.answer({"job": "page", "kind": "pdf", "page": 1, "width": 50}, pdf)[1].startswith(b"\x89PNG")
    assert json.loads(child.answer({"job": "texts", "kind": "docx"}, docx)[1])[0][0].startswith("السيد")
    assert child.answer({"job": "texts", "kind": "docx"}, pdf) == (
        {"refused": "BadZipFile: File is not a zip file"},
        b"",
    )
    assert child.answer({"job": "layer", "page": 1}, pdf) == ({"is_cut": False, "is_blank": True, "covered": 0.0}, b"")
    assert child.answer({"job": "layer", "page": 2}, pdf) == ({"refused": "no such page"}, b"")
    with pytest.raises(ValueError, match="dance"):
        child.answer({"job": "dance"}, pdf)


def test_child_binds_itself_before_it_looks(put, bound, monkeypatch):
    ours, theirs = socket.socketpair()
    monkeypatch.setattr(child, "answer", lambda request, path: ({"bound": len(bound)}, b"body"))
    with ours, open(put(b"x"), "rb") as stream:
        child.work(request(), theirs, os.dup(stream.fileno()))
        theirs.close()

        assert received(ours) == ({"bound": 6, "stays": False, "bytes": 4}, b"body")
    kinds = [limit[0] for limit in bound[:4]]
    assert kinds == [resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_CORE, resource.RLIMIT_FSIZE]
    assert bound[4:] == [(signal.ITIMER_PROF, 5.0), (signal.ITIMER_REAL, 20.0)]


def test_child_that_may_stay_answers_while_it_accepts(put, bound):
    ours, theirs = socket.socketpair()
    names = ["a.pdf", "b.pdf", "c.exe"]
    files = [os.open(put(makers.pdf(), name), os.O_RDONLY) for name in names]
    for name, descriptor in list(zip(names, files, strict=True))[1:]:
        socket.send_fds(ours, [json.dumps(request(name=name, stays=True)).encode()], [descriptor])
        os.close(descriptor)
    child.work(request(stays=True), theirs, files[0])
    theirs.close()

    with ours:
        answers = [json.loads(line) for line in ours.makefile()]
    assert [(answer["accepted"], answer["stays"]) for answer in answers] == [(True, True), (True, True), (False, False)]
    assert len(bound) == 6  # once for all


def test_child_that_stayed_ends_when_nobody_is_there_any_more(put, bound):
    ours, theirs = socket.socketpair()
    ours.shutdown(socket.SHUT_WR)
    child.work(request(stays=True), theirs, os.open(put(makers.pdf(), "a.pdf"), os.O_RDONLY))
    theirs.close()

    with ours:
        assert received(ours)[0]["stays"]


def test_requests_are_answered_until_the_other_end_is_gone(control, put):
    ours, theirs = control
    answers, reply = socket.socketpair()
    with open(put(makers.pdf(pages=2), "a.pdf"), "rb") as stream:
        socket.send_fds(ours, [json.dumps(request()).encode()], [reply.fileno(), stream.fileno()])
    reply.close()
    ours.close()

    child.serve(theirs)

    with answers:
        assert received(answers)[0]["pages"] == 2


def test_request_without_its_file_is_left_alone(control, put):
    ours, theirs = control
    with open(put(b"x"), "rb") as stream:
        socket.send_fds(ours, [b"{}"], [stream.fileno()])
    ours.close()

    child.serve(theirs)


def test_broken_control_ends_the_helper(control):
    _ours, theirs = control
    theirs.close()

    child.serve(theirs)


def test_no_room_for_a_process_leaves_the_helper_alive(monkeypatch):
    def full():
        raise BlockingIOError

    monkeypatch.setattr(child.os, "fork", full)

    answers, reply = socket.socketpair()
    with answers:
        child._fork(None, b"{}", reply.fileno(), 0)
        reply.close()

        assert received(answers) == ({"busy": True, "bytes": 0}, b"")


@pytest.mark.parametrize("message", [json.dumps(request()).encode(), b"no json"])
def test_child_never_returns_into_the_loop(control, put, bound, monkeypatch, message):
    """Seen from inside the fork: whatever happens, the process ends."""

    class Ended(BaseException):
        pass

    def end(status):
        raise Ended

    _ours, theirs = control
    answers, reply = socket.socketpair()
    monkeypatch.setattr(child.os, "fork", lambda: 0)
    monkeypatch.setattr(child.os, "_exit", end)
    monkeypatch.setattr(child, "_die_with_parent", lambda: None)
    with answers, reply, open(put(makers.pdf(), "a.pdf"), "rb") as stream, pytest.raises(Ended):
        child._fork(theirs, message, reply.fileno(), stream.fileno())


def test_child_dies_with_its_helper(monkeypatch):
    asked = []

    monkeypatch.setattr(child, "_LIBC", SimpleNamespace(prctl=lambda *call: asked.append(call)))
    child._die_with_parent()

    assert asked == [(1, signal.SIGKILL)]
