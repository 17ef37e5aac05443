"""The press: a warm child process that sets documents (`typeset`) under a memory and a time limit; what passes between.

Light to import: a web process words receipts, but only the child loads the typesetter.
"""

import atexit
import functools
import io
import pickle
import selectors
import struct
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from fontTools.ttLib import TTFont

ASSETS = Path(__file__).resolve().parent / "assets"
TIME_LIMIT = 30.0


@dataclass(frozen=True)
class Attachment:
    """A file inside the PDF. `relationship` is the AFRelationship: Data, Source, Supplement…"""

    name: str
    content: bytes
    media_type: str
    description: str
    relationship: str = "Data"


@dataclass(frozen=True)
class Job:
    """One document to set: its HTML, the style sheet in assets/, pictures made for it, files to embed, its moment."""

    html: str
    stylesheet: str
    created: datetime
    images: dict[str, bytes] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()
    pages: int = 0  # tried again with the next of `densities` while it has more pages than this (0: any number)
    densities: tuple[str, ...] = ("",)


class RenderingFailed(Exception):
    """The document could not be set within its limits, or shows what it may not."""


@functools.cache
def characters() -> frozenset[int]:
    """The characters our fonts can show; a document with any other would not be PDF/A."""
    found = set()
    for path in sorted((ASSETS / "fonts").glob("*.ttf")):
        with TTFont(path, lazy=True) as font:
            found.update(font.getBestCmap())
    return frozenset(found)


class Press:
    """A child process that sets documents: kept warm, ended when it hangs, replaced after some hundred documents."""

    def __init__(self, *, time_limit=TIME_LIMIT, lifetime=500):
        self.time_limit, self.lifetime = time_limit, lifetime
        self.child, self.served, self.lock = None, 0, threading.Lock()

    def set(self, work: Job) -> bytes:
        with self.lock:
            if self.child is None or self.child.poll() is not None or self.served >= self.lifetime:
                self.close()
                self._start()
            try:
                write_frame(self.child.stdin, work)
                kind, value = self._answer()
            except (BrokenPipeError, EOFError) as error:
                self.close()
                raise RenderingFailed("the renderer died") from error
            self.served += 1
        if kind == "error":
            raise RenderingFailed(value)
        return value

    @property
    def is_warm(self) -> bool:
        return self.child is not None and self.child.poll() is None

    def warm(self):
        """Start the child and let it load library, style sheet and fonts, before somebody waits for a receipt."""
        if not self.is_warm:
            html = '<html lang="ar"><head><title>.</title></head><body><p>أب <b>ab 1</b></p></body></html>'
            self.set(Job(html=html, stylesheet="receipt.css", created=datetime(2026, 1, 1, tzinfo=UTC)))

    def close(self):
        if self.child is not None:
            self.child.kill()
            self.child.stdin.close()
            self.child.stdout.close()
            self.child.wait()
        self.child = None

    def _start(self):
        self.child = subprocess.Popen(
            [sys.executable, "-m", "core.evidence.typeset"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=ASSETS.parents[2],
            bufsize=0,
        )
        self.served = 0

    def _answer(self):
        """The child's frame, read only as fast as it comes and never beyond the time limit."""
        until, received, wanted = time.monotonic() + self.time_limit, b"", 4
        with selectors.DefaultSelector() as selector:
            selector.register(self.child.stdout, selectors.EVENT_READ)
            while len(received) < wanted:
                if not selector.select(max(0, until - time.monotonic())):
                    self.close()
                    raise RenderingFailed("the renderer took too long")
                chunk = self.child.stdout.read(wanted - len(received))
                if not chunk:
                    raise EOFError
                received += chunk
                if len(received) == 4:
                    wanted = 4 + int.from_bytes(received, "big")
        return read_frame(io.BytesIO(received))


# Both ends are our code: a pickled Job goes in, ("pdf", bytes) or ("error", text) comes out, each behind its length.


def write_frame(stream, value):
    body = pickle.dumps(value)
    stream.write(struct.pack(">I", len(body)) + body)
    stream.flush()


def read_frame(stream):
    head = stream.read(4)
    return pickle.loads(stream.read(struct.unpack(">I", head)[0])) if len(head) == 4 else None  # noqa: S301 - our pipe


press = Press()
atexit.register(press.close)
