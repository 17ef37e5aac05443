"""The helper and its limits: whatever a file does, the answer comes in time and the next file is looked at."""

import contextlib
import os
import signal
import socket
import threading
import time
from pathlib import Path

import pytest

from core.files import sandbox as module
from core.files.inspection import inspect
from core.files.refusals import NotNow
from core.files.sandbox import DRAW, EXAMINE, Exceeded, Sandbox, Unavailable
from tests.core.files import makers

pytestmark = pytest.mark.usefixtures("_stopped")


@pytest.fixture
def box():
    box = Sandbox()
    yield box
    box.stop()


@pytest.fixture
def _stopped():
    yield
    module.sandbox.stop()


def ask(box, path):
    return box.ask(path, "examine", EXAMINE, name=path.name, declared_type="")[0]


def test_verdict_comes_from_a_child(put):
    verdict = inspect(put(makers.pdf(pages=2), "a.pdf"), "a.pdf")

    assert verdict.accepted
    assert verdict.pages == 2


def test_refusal_comes_from_a_child(put):
    verdict = inspect(put(makers.pdf(makers.javascript), "a.pdf"), "a.pdf")

    assert (verdict.accepted, verdict.reason) == (False, "javascript")


def test_file_over_the_limit_is_not_opened(put, monkeypatch):
    monkeypatch.setattr("core.files.inspection.MAX_FILE_BYTES", 10)

    assert inspect(put(makers.pdf(), "a.pdf"), "a.pdf").reason == "too-large"


def test_helper_and_so_its_children_can_gain_no_privileges(box, put):
    ask(box, put(makers.pdf(), "a.pdf"))

    assert "NoNewPrivs:\t1\n" in Path(f"/proc/{box._process.pid}/status").read_text()


def test_one_helper_serves_many_files(box, put):
    first = ask(box, put(makers.pdf(), "a.pdf"))
    helper = box._process.pid

    assert first["accepted"]
    assert [ask(box, put(makers.picture(), f"{number}.jpg"))["kind"] for number in range(5)] == ["jpeg"] * 5
    assert box._process.pid == helper


def children(box):
    return Path(f"/proc/{box._process.pid}/task/{box._process.pid}/children").read_text().split()


def test_child_that_accepted_is_asked_again(box, put):
    seen = set()
    for number in range(3):
        assert ask(box, put(makers.pdf(pages=number + 1), f"{number}.pdf"))["pages"] == number + 1
        seen.update(children(box))

    assert len(seen) == 1


def test_refusal_comes_from_a_child_that_has_seen_nothing_else(box, put):
    ask(box, put(makers.pdf(), "a.pdf"))
    (first,) = children(box)
    asked = []
    send = socket.send_fds
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module.socket, "send_fds", lambda end, *more: asked.append(end) or send(end, *more))
        assert ask(box, put(makers.pdf(makers.javascript), "b.pdf"))["reason"] == "javascript"

    assert len(asked) == 2
    assert asked[1] is box._control
    wait_until(lambda: not children(box))
    assert not Path(f"/proc/{first}").exists()


def test_what_a_file_does_to_a_child_is_not_held_against_the_next(box, put, monkeypatch):
    """A child that its limits end while it waits, or under the next file, is replaced without a word."""
    ask(box, put(makers.pdf(), "a.pdf"))
    os.kill(int(children(box)[0]), signal.SIGALRM)
    assert ask(box, put(makers.pdf(), "b.pdf"))["accepted"]

    (before,) = children(box)
    os.kill(int(before), signal.SIGSTOP)  # it will not have read when it is ended
    threading.Timer(0.3, os.kill, (int(before), signal.SIGKILL)).start()
    assert ask(box, put(makers.pdf(), "c.pdf"))["accepted"]
    assert children(box) != [before]


def test_only_so_many_children_stay(box, put, monkeypatch):
    monkeypatch.setattr(module, "KEPT", 0)

    assert ask(box, put(makers.pdf(), "a.pdf"))["accepted"]
    wait_until(lambda: not children(box))


def test_children_that_stay_end_with_their_helper(box, put):
    ask(box, put(makers.pdf(), "a.pdf"))
    (child,) = children(box)
    box.stop()

    wait_until(lambda: not Path(f"/proc/{child}").exists())


def test_other_jobs_get_a_child_of_their_own(box, put):
    path = put(makers.pdf(), "a.pdf")
    ask(box, path)
    stayed = children(box)

    assert box.ask(path, "page", DRAW, kind="pdf", page=1, width=50)[1].startswith(b"\x89PNG")
    wait_until(lambda: children(box) == stayed)


def wait_until(happened):
    for _try in range(100):
        if happened():
            return
        time.sleep(0.05)
    pytest.fail("it did not happen within 5 s")


def test_many_threads_share_one_helper(box, put):
    paths = [put(makers.pdf(pages=number + 1), f"{number}.pdf") for number in range(8)]
    pages = {}
    threads = [
        threading.Thread(target=lambda path=path: pages.update({path.name: ask(box, path)["pages"]})) for path in paths
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert pages == {f"{number}.pdf": number + 1 for number in range(8)}


def test_killed_helper_is_started_again(box, put):
    ask(box, put(makers.pdf(), "a.pdf"))
    helper = box._process.pid
    os.kill(helper, signal.SIGKILL)
    time.sleep(0.05)

    assert ask(box, put(makers.pdf(), "a.pdf"))["accepted"]
    assert box._process.pid != helper


def test_helper_that_never_starts_says_nothing_about_the_file(box, put, monkeypatch):
    monkeypatch.setattr(module.sys, "executable", "/bin/false")

    with pytest.raises(Unavailable):
        ask(box, put(makers.pdf(), "a.pdf"))


def test_helper_that_cannot_be_started_says_nothing_about_the_file(box, put, monkeypatch):
    monkeypatch.setattr(module.sys, "executable", "/nowhere")

    with pytest.raises(Unavailable):
        ask(box, put(makers.pdf(), "a.pdf"))


def test_forked_process_starts_its_own_helper(box, put):
    path = put(makers.pdf(), "a.pdf")
    ask(box, path)
    helper = box._process.pid
    box._owner = -1  # as a process sees it that was forked from the one that started the helper

    before, control = box._process, box._control
    assert ask(box, path)["accepted"]
    assert box._process.pid != helper
    assert before.wait(timeout=5) is not None
    assert control.fileno() == -1


def test_helper_knows_no_secret(box, put):
    ask(box, put(makers.pdf(), "a.pdf"))

    with open(f"/proc/{box._process.pid}/environ") as environ:
        assert {line.partition("=")[0] for line in environ.read().split("\0") if line} <= {
            "LANG",
            "LC_CTYPE",
            "PYTHONDONTWRITEBYTECODE",
        }


def test_stopping_twice_does_nothing(box, put):
    ask(box, put(makers.pdf(), "a.pdf"))
    box.stop()
    box.stop()

    assert box._process is None


@pytest.mark.parametrize("limits", [{**EXAMINE, "cpu": 0.2}, {**EXAMINE, "wall": 0.2, "cpu": 20}])
def test_child_that_takes_too_long_is_ended(box, put, limits):
    path = put(makers.pdf_bomb(), "a.pdf")
    began = time.monotonic()

    with pytest.raises(Exceeded):
        box.ask(path, "examine", limits, name="a.pdf", declared_type="")
    assert time.monotonic() - began < 15
    assert ask(box, put(makers.pdf(), "b.pdf"))["accepted"]


def test_child_that_takes_too_much_memory_is_ended(box, put):
    path = put(makers.pdf_bomb(), "a.pdf")

    with contextlib.suppress(Exceeded):  # ended, or given up in time: the memory is bound either way
        box.ask(path, "examine", {**EXAMINE, "memory": 60 << 20}, name="a.pdf", declared_type="")
    assert ask(box, put(makers.pdf(), "b.pdf"))["accepted"]


def test_child_ended_late_means_too_complex(put, monkeypatch):
    monkeypatch.setattr("core.files.inspection.sandbox.ask", raising(Exceeded(1.7)))

    assert inspect(put(makers.pdf(), "a.pdf"), "a.pdf").reason == "bomb"


def test_child_that_crashes_means_unreadable(put, monkeypatch):
    monkeypatch.setattr("core.files.inspection.sandbox.ask", raising(Exceeded(0.01)))

    assert inspect(put(makers.pdf(), "a.pdf"), "a.pdf").reason == "unreadable"


def test_machine_without_room_says_nothing_about_the_file(put, monkeypatch):
    monkeypatch.setattr(module, "_receive", lambda *args: ({"busy": True}, b""))

    with pytest.raises(NotNow) as refusal:
        inspect(put(makers.pdf(), "a.pdf"), "a.pdf")
    assert str(refusal.value).endswith(".")


def raising(error):
    def ask(*args, **kwargs):
        raise error

    return ask


def test_parent_does_not_wait_for_ever(put, monkeypatch):
    box = Sandbox()
    receive = module._receive
    monkeypatch.setattr(module, "_receive", lambda ours, _patience: receive(ours, 0.01))
    try:
        with pytest.raises(Exceeded):
            box.ask(put(makers.pdf_bomb(), "a.pdf"), "examine", EXAMINE, name="a.pdf", declared_type="")
    finally:
        box.stop()


BOMBS = {
    "pdf.pdf": makers.pdf_bomb,
    "zip.docx": lambda: makers.docx(more={"word/media/a.bmp": b"\0" * 100_000_000}),
    "lying.png": lambda: makers.png_saying(7000, 7000, makers.deflated_zeros(100_000_000)),
    "nested.pdf": lambda: b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R/A " + b"[" * 1_000_000,
    "objects.pdf": lambda: b"%PDF-1.4\n" + b"".join(b"%d 0 obj null endobj\n" % number for number in range(700_000)),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bomb_costs_little(put, name):
    """Seconds of processor, not of the wall: the machine of the tests may be busy."""
    path = put(BOMBS[name](), name)
    box = Sandbox()
    try:
        ask(box, put(makers.pdf(), "warm.pdf"))
        before = _spent(box)
        began = time.monotonic()
        with contextlib.suppress(Exceeded):
            ask(box, path)
        assert time.monotonic() - began < 20
        assert _spent(box) - before < 0.5  # the helper itself does nothing
    finally:
        box.stop()


def _spent(box):
    with open(f"/proc/{box._process.pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_costly_page_is_given_up(box, put):
    path = put(makers.costly_page(), "a.pdf")
    assert path.stat().st_size < 8000
    assert ask(box, path)["accepted"]

    with pytest.raises(Exceeded):
        box.ask(path, "page", {**DRAW, "cpu": 1, "memory": 300 << 20}, kind="pdf", page=1, width=1200)


def test_nobody_is_left_behind(box, put):
    ask(box, put(makers.pdf(), "a.pdf"))
    helper = box._process.pid
    box.stop()

    assert not Path(f"/proc/{helper}").exists()
