"""A version in one language as a printed document: what the template shows, all of it from the frozen content."""

from bs4 import BeautifulSoup, NavigableString
from django.conf import settings
from django.utils import translation
from django.utils.html import escape
from django.utils.safestring import mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.evidence.documents import qr_svg, shown
from core.evidence.models import SealLevel
from core.evidence.press import Attachment
from core.evidence.wording import hash_lines, isolated
from core.formats import filesize_text
from core.registers.models import canonical
from home.circulars.blocks import HEADING, PARAGRAPH
from home.circulars.enums import FileRole, Kind, Standing
from home.circulars.frozen import actions_of, addressees_of, days_of

DOCUMENT = "circulars/circular"
TEMPLATE_VERSION = "circular/v1"
SEAL = {
    SealLevel.STAMPED: gettext_lazy(
        "Sealed electronically, with a time stamp. Any change to this file breaks the seal."
    ),
    SealLevel.SEALED: gettext_lazy("Sealed electronically. Any change to this file breaks the seal."),
    SealLevel.NONE: gettext_lazy("Not sealed: this installation has no electronic seal."),
}
# What the text of a circular may hold on paper; of anything else, its words.
_KEPT = {"p", "b", "strong", "i", "em", "ol", "ul", "li", "br", "table", "thead", "tbody", "tr", "th", "td"}


def context(version, language, level) -> dict:
    """What `documents.render` needs for a version in one language, which is the active one, sealed at `level`."""
    circular, content = version.circular, version.content
    text = shown(content["texts"][language])
    address = settings.PUBLIC_URL + circular.get_absolute_url()
    return {
        "language": language,
        "direction": direction_of(language),
        "template_version": TEMPLATE_VERSION,
        "names": letterhead(circular.authority, language),
        "kind": Kind(content["facts"]["kind"]).label,
        "number": content["facts"]["number"],
        "facts": {name: isolated(value) for name, value in shown(content["facts"]).items()},
        "days": days_of(content),
        "text": text,
        "standing": capfirst(Standing(text["standing"]).label),
        "addressees": [isolated(each) for each in addressees_of(content)],
        "actions": shown(actions_of(content, language)),
        "blocks": [_block(block) for block in text["blocks"]],
        "files": [_file(file) for file in shown(content.get("files", []))],
        "version": version,
        "hash": hash_lines(version.hash),
        "address": address,
        "is_sealed": level != SealLevel.NONE,
        "seal": SEAL[level],
        "created": version.published_at,
        "images": {"qr.svg": qr_svg(address)},
        "attachments": (
            Attachment("version.json", canonical(content), "application/json", _("The frozen version"), "Source"),
        ),
    }


def direction_of(language) -> str:
    """Which way the language is written."""
    return "rtl" if language == "ar" else "ltr"


def letterhead(authority, language) -> dict:
    """The letterhead: in the language of the text, and beside it in the other one."""
    other = "fr" if language == "ar" else "ar"
    with translation.override(other):
        beside = {"kingdom": _("Kingdom of Morocco"), "name": authority.name}
    return {
        "own": {"name": authority.name},
        "other": {"code": other, "direction": direction_of(other), **beside},
    }


def _file(file):
    return {
        "title": isolated(file["title"]) or capfirst(FileRole(file["role"]).label),
        "name": isolated(file["name"]),
        "size": filesize_text(file["size"]),
        "hash": hash_lines(file["sha256"]),
    }


def _block(block):
    if block["type"] == HEADING:
        return block
    number = block["anchor"][1:] if block["type"] == PARAGRAPH else ""
    return {"type": block["type"], "number": number, "markup": markup(block["html"])}


def markup(html: str) -> str:
    """Rich text as well-formed XML of the few elements our style sheet knows; the address of a link follows it."""
    return mark_safe("".join(_parts(BeautifulSoup(html, "html.parser"))))  # noqa: S308 - every part is escaped


def _parts(element):
    for child in element.children:
        if isinstance(child, NavigableString):
            yield "" if type(child) is not NavigableString else escape(str(child))
        elif child.name == "br":
            yield "<br/>"
        elif child.name in _KEPT:
            yield f"<{child.name}{_attributes(child)}>{''.join(_parts(child))}</{child.name}>"
        else:
            yield "".join(_parts(child))
            if child.name == "a" and str(child.get("href", "")).startswith("http"):
                yield escape(f" ({child['href']})")


def _attributes(child):
    if child.name == "table":
        return ' class="grid"'
    return f' scope="{escape(child["scope"])}"' if child.name == "th" and child.get("scope") else ""
