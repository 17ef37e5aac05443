"""A circular as one file to be kept and read without a network: nothing in it asks for anything else."""

from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from home.circulars import attached, display, document
from home.circulars.enums import ELI_CODES, Kind, Standing
from home.circulars.frozen import days_of

STYLE = "offline.css"
# What the file may do wherever it is opened: be read.
POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def name_of(circular, version, language) -> str:
    return f"{'-'.join(map(str, circular.eli))}-{version.address}-{ELI_CODES[language]}.html"


def page(circular, language, *, on) -> str:
    """The current version in one language, which is the active one, and how it stands on a day.

    Nothing of the reader stands in it, and of other acts only what strangers may read: files are passed on.
    """
    context = {
        "on": on,
        "policy": POLICY,
        "style": _style(),
        "direction": document.direction_of(language),
        "site_url": settings.PUBLIC_URL,
    }
    return render_to_string("circulars/offline.html", context | _act(circular, language, on=on))


def _act(circular, language, *, on) -> dict:
    version, ties = circular.current, display.ties_of(circular, AnonymousUser())
    content, text = version.content, version.text(language)
    acts, now = display.related(circular, [version], ties, on=on), display.standing(circular, ties, on=on)
    return {
        **now,
        "circular": circular,
        "version": version,
        "language": language,
        "text": text,
        "blocks": display.touched(text["blocks"], [*now["causes"], *acts["amended_by"]]),
        "standing": Standing(text["standing"]).label,
        "facts": content["facts"],
        "kind": Kind(content["facts"]["kind"]).label,
        "days": days_of(content),
        **display.to_do(circular, version, language, ties, on=on),
        "addressees": display.addressees(circular, version),
        "eli_url": settings.PUBLIC_URL + circular.get_absolute_url(),
        "files": attached.shown(circular, version, language)["files"],
    }


def _style() -> str:
    """Our own style sheet inside the file, which cannot fetch it."""
    css = Path(finders.find(STYLE)).read_text(encoding="utf-8")
    return format_html("<style>{}</style>", mark_safe(css))  # noqa: S308 - ours, not a reader's
