"""What a file says, page by page: its own text, or what Tesseract recognises of a scan. Both apart from here."""

import functools
import json
import re
import shutil
import subprocess
import tempfile
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from core.files.enums import ReadProblem
from core.files.inspection import CRASH_SECONDS
from core.files.refusals import NotNow
from core.files.sandbox import DRAW, MEGABYTE, READ, Exceeded, Unavailable, sandbox
from core.text import clean_text, words
from core.text.trust import is_trusted, is_word, trust

LANGUAGES = ("ara", "fra")
WIDTH = 2400  # pixels: some 290 to the inch of A4
RECOGNISE = {"memory": 1500 * MEGABYTE, "cpu": 60, "wall": 240}
LOOK = 0.2  # seconds between two looks at Tesseract: what else waits is done meanwhile
SCAN, FEW_LETTERS = 0.5, 300  # a picture over half of the page and less text than this: a stamp, or the line of a fax
NEW_WORDS = 5  # that a picture must say beside the text layer
_ENVIRONMENT = {"PATH": "/usr/bin:/bin:/usr/local/bin", "OMP_THREAD_LIMIT": "1", "LANG": "C.UTF-8"}
_PRESENTATION = re.compile("[\ufb50-\ufdff\ufe70-\ufefc]+")  # Arabic letters as glyphs, as old fonts write them


@dataclass(frozen=True)
class PageText:
    """What was read of one page, and the `ReadProblem` that kept it from being all."""

    text: str = ""
    is_recognised: bool = False
    problem: str = ""


class _TooCostly(Exception):
    """Tesseract, or the picture it needs, takes more than it may."""


def read_page(path: Path, kind: str, page: int, *, meanwhile: Callable[[], None] = lambda: None) -> PageText:
    """Page `page` (from 1) of a PDF or a picture: its text layer if that reads as language, else what is recognised.

    `meanwhile` is called again and again while a scan is read. NotNow when no child process can be had: that says
    nothing about the page.
    """
    own, is_enough = _layer(path, page) if kind == "pdf" else (PageText(), False)
    if is_enough or own.problem:
        return own
    if not languages():
        return replace(own, problem=ReadProblem.NO_RECOGNITION)
    try:
        seen = recognise(path, kind, page, meanwhile=meanwhile)
    except _TooCostly:
        return own if own.text else replace(own, problem=ReadProblem.TOO_COSTLY)
    return _together(own, seen)


def page_text(path: Path, page: int) -> str:
    """The text layer of a page of a PDF; empty for a scan and for a page that cannot be read. NotNow as above."""
    return _layer(path, page)[0].text


def office_pages(path: Path, kind: str) -> tuple[list[PageText], bool]:
    """The pages of an office file, and whether there are more than are kept; NotNow as above."""
    head, body, problem = _asked(path, "texts", READ, kind=kind)
    if problem:
        return [PageText(problem=problem)], False
    found = [PageText(plain(text), problem=ReadProblem.CUT if cut else "") for text, cut in json.loads(body)]
    return found, head["more"]


def recognise(path: Path, kind: str, page: int, *, meanwhile: Callable[[], None] = lambda: None) -> str:
    """What Tesseract reads on the picture of a page."""
    _head, picture, problem = _asked(path, "page", DRAW, kind=kind, page=page, width=WIDTH)
    if problem:
        raise _TooCostly
    limits = [f"--as={RECOGNISE['memory']}", f"--cpu={RECOGNISE['cpu']}", "--core=0"]
    command = ["nice", "prlimit", *limits, "tesseract", "stdin", "stdout", "-l", "+".join(languages())]
    with tempfile.TemporaryFile() as stdin:
        stdin.write(picture)
        stdin.seek(0)
        process = subprocess.Popen(
            command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_ENVIRONMENT
        )
        with process:
            try:
                return plain(_answer(process, meanwhile).decode(errors="replace"))
            finally:
                process.kill()


def _answer(process, meanwhile):
    until = time.monotonic() + RECOGNISE["wall"]
    while True:
        try:
            said, _errors = process.communicate(timeout=LOOK)
        except subprocess.TimeoutExpired:
            if time.monotonic() > until:
                raise _TooCostly from None
            meanwhile()
        else:
            if process.returncode:
                raise _TooCostly
            return said


def languages() -> tuple[str, ...]:
    """The languages scans can be read in on this machine; none where Tesseract is not installed."""
    return _languages(int(time.monotonic() // 600))


@functools.lru_cache(maxsize=1)
def _languages(_turn):
    if not shutil.which("tesseract") or not shutil.which("prlimit"):
        return ()
    listed = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True, timeout=20, check=False)
    return tuple(language for language in LANGUAGES if language in listed.stdout.split())


def _layer(path, page):
    """The text layer, and whether it is all there is to read on the page."""
    head, body, problem = _asked(path, "layer", READ, page=page)
    if problem:
        return PageText(problem=problem), True
    text = plain(body.decode())
    is_stamp = head["covered"] > SCAN and len(text) < FEW_LETTERS
    if head["is_blank"] or (is_trusted(text) and not is_stamp):
        return PageText(text, problem=ReadProblem.CUT if head["is_cut"] else ""), True
    return PageText(text), False


def _together(own, seen):
    """The text layer, what was recognised, or both: a layer in order is a stamp where the picture says much more."""
    if not is_trusted(own.text):
        return own if own.text and trust(own.text) >= trust(seen) else PageText(seen, is_recognised=True)
    new = {word for word in words(seen) if len(word) > 3 and not word.isdigit()} - set(words(own.text))
    new = {word for word in new if word.isascii() or is_word(word)}
    return PageText(f"{own.text}\n{seen}", is_recognised=True) if len(new) >= NEW_WORDS else own


def _asked(path, job, limits, **request):
    """The answer of the child, and the problem when there is none."""
    try:
        head, body = sandbox.ask(path, job, limits, **request)
    except FileNotFoundError:
        return {}, b"", ReadProblem.LOST
    except Unavailable as unavailable:
        raise NotNow from unavailable
    except Exceeded as exceeded:
        return {}, b"", ReadProblem.DAMAGED if exceeded.seconds < CRASH_SECONDS else ReadProblem.TOO_COSTLY
    return head, body, ReadProblem.DAMAGED if "refused" in head else ""


def plain(text: str) -> str:
    """Text as it was read, with letters in place of glyphs and without what hides or reverses."""
    return clean_text(_PRESENTATION.sub(lambda glyphs: unicodedata.normalize("NFKC", glyphs[0]), text))
