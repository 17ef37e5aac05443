"""What a file says, page by page: its own text layer, or what Tesseract recognises of a scan. Both apart from here."""

import functools
import re
import shutil
import subprocess
import unicodedata
from pathlib import Path

from core.files.refusals import NotNow
from core.files.sandbox import DRAW, MEGABYTE, Exceeded, Unavailable, sandbox
from core.text import clean_text

LANGUAGES = ("ara", "fra")
WIDTH = 2400  # pixels: some 290 to the inch of A4
RECOGNISE = {"memory": 1500 * MEGABYTE, "cpu": 60, "wall": 120}
_PRESENTATION = re.compile("[\ufb50-\ufdff\ufe70-\ufefc]+")  # Arabic letters as glyphs, as old fonts write them


def page_text(path: Path, page: int) -> str:
    """The text layer of a page (from 1); empty for a scan and for a page that cannot be read within the limits.

    NotNow when no child can be had: that says nothing about the page.
    """
    return plain(_asked(path, "page_text", page=page).decode())


def recognise(path: Path, kind: str, page: int) -> str:
    """What Tesseract reads on the picture of a page; empty when it takes more than its limits. NotNow as above."""
    picture = _asked(path, "page", kind=kind, page=page, width=WIDTH)
    if not picture:
        return ""
    limits = [f"--as={RECOGNISE['memory']}", f"--cpu={RECOGNISE['cpu']}", "--core=0"]
    command = ["prlimit", *limits, "tesseract", "stdin", "stdout", "-l", "+".join(languages())]
    try:
        read = subprocess.run(
            command,
            input=picture,
            capture_output=True,
            timeout=RECOGNISE["wall"],
            check=False,
            env={"PATH": "/usr/bin:/bin:/usr/local/bin", "OMP_THREAD_LIMIT": "1", "LANG": "C.UTF-8"},
        )
    except subprocess.TimeoutExpired:
        return ""
    return plain(read.stdout.decode(errors="replace")) if read.returncode == 0 else ""


@functools.cache
def languages() -> tuple[str, ...]:
    """The languages scans can be read in on this machine; none where Tesseract is not installed."""
    if not shutil.which("tesseract") or not shutil.which("prlimit"):
        return ()
    listed = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True, timeout=20, check=False)
    return tuple(language for language in LANGUAGES if language in listed.stdout.split())


def _asked(path, job, **request) -> bytes:
    try:
        _head, body = sandbox.ask(path, job, DRAW, **request)
    except Unavailable as unavailable:
        raise NotNow from unavailable
    except Exceeded:
        return b""
    return body


def plain(text: str) -> str:
    """Text as it was read, with letters in place of glyphs and without what hides or reverses."""
    return clean_text(_PRESENTATION.sub(lambda glyphs: unicodedata.normalize("NFKC", glyphs[0]), text))
