"""Events become sentences here: templates of the event's own app, in the language of whoever reads them.

Event `correspondence.assigned` is worded by `correspondence/email/assigned_subject.txt` (also the line shown on the
site) and `correspondence/email/assigned_body.txt`, which see the caller's data, `url` (whole) and `language`.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.template.context import Context
from django.template.loader import get_template
from django.utils import translation

_PREFIX = re.compile(r"^/(ar|fr|en)/")


@dataclass(frozen=True)
class Letter:
    """A mail as its reader gets it."""

    subject: str
    body: str


def subject(event: str, data: dict, *, language: str) -> str:
    """The news in one line."""
    with translation.override(language):
        return " ".join(_render(event, "subject", data, language).split())


def letter(event: str, data: dict, *, language: str, footer: str) -> Letter:
    """Subject and body, with the foot `footer` names: `_foot_staff.txt` or `_foot_sender.txt`."""
    with translation.override(language):
        foot = get_template(f"notifications/email/{footer}").template.render(_context({}, language))
        body = _render(event, "body", data, language)
        return Letter(subject(event, data, language=language), f"{body.strip()}\n\n{foot.strip()}\n")


def pack(data: dict) -> dict:
    """Days and moments survive JSON, so that templates can word them in the reader's language."""
    return {name: _pack(value) for name, value in data.items()}


def unpack(data: dict) -> dict:
    return {name: _unpack(value) for name, value in data.items()}


def in_language(url: str, language: str) -> str:
    """The same page under the reader's own prefix."""
    return _PREFIX.sub(f"/{language}/", url)


def whole(url: str, language: str) -> str:
    """The address as it must stand in a mail."""
    url = in_language(url, language)
    return f"{settings.PUBLIC_URL}{url}" if url.startswith("/") else url


def _render(event, part, data, language):
    label, _, name = event.partition(".")
    template = get_template(f"{label}/email/{name.replace('.', '_')}_{part}.txt")
    return template.template.render(_context(data, language))


def _context(data, language):
    values = unpack(data)
    values |= {"language": language, "site_url": f"{settings.PUBLIC_URL}/"}
    values["url"] = whole(values.get("url") or "", language)
    return Context(values, autoescape=False)  # plain text: nothing is markup


def _pack(value):
    if isinstance(value, datetime):
        return {"$moment": value.isoformat()}
    if isinstance(value, date):
        return {"$day": value.isoformat()}
    return value


def _unpack(value):
    if isinstance(value, dict) and set(value) == {"$moment"}:
        return datetime.fromisoformat(value["$moment"])
    if isinstance(value, dict) and set(value) == {"$day"}:
        return date.fromisoformat(value["$day"])
    return value
