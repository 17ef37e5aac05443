"""What a PDF says, page by page: its own text layer, read apart from this process."""

import re
import unicodedata
from pathlib import Path

from core.files.refusals import NotNow
from core.files.sandbox import DRAW, Exceeded, Unavailable, sandbox
from core.text import clean_text

_PRESENTATION = re.compile("[\ufb50-\ufdff\ufe70-\ufefc]+")  # Arabic letters as glyphs, as old fonts write them


def page_text(path: Path, page: int) -> str:
    """The text layer of a page (from 1); empty for a scan and for a page that cannot be read within the limits.

    NotNow when no child can be had: that says nothing about the page.
    """
    try:
        _head, body = sandbox.ask(path, "page_text", DRAW, page=page)
    except Unavailable as unavailable:
        raise NotNow from unavailable
    except Exceeded:
        return ""
    return plain(body.decode())


def plain(text: str) -> str:
    """Text as it was read, with letters in place of glyphs and without what hides or reverses."""
    return clean_text(_PRESENTATION.sub(lambda glyphs: unicodedata.normalize("NFKC", glyphs[0]), text))
