"""One line of a legacy table, read and checked by itself: what it says of an act, or why it is refused."""

import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import date

from core.dates import today
from core.organisations.models import Organisation
from home.circulars.enums import Audience, Language, LineState, Standing
from home.circulars.legacy import columns, days
from home.circulars.legacy.acts import Reference, references
from home.circulars.legacy.problems import Problem
from home.circulars.models import Circular, CircularText, Theme
from home.circulars.numbers import normalise

_LISTED = re.compile(r"[|;؛\n]")
_BLANK_LINE = re.compile(r"\n\s*\n")
_ARABIC = re.compile("[\u0621-\u064a]")
_DAYS = ("signed_on", "in_force_on", "expires_on", "review_on")
_WORDS = ("hijri_date", "signatory", "office", "contact")
FIRST_YEAR = 1900

Key = tuple[int, str, int, str]  # administration, kind, year, normalised number


@dataclass
class Text:
    title: str
    summary: str
    paragraphs: list[str]
    standing: Standing


@dataclass
class Row:
    """What a line says. With a problem it is refused; `notes` are said and refuse nothing."""

    line: int
    label: str
    digest: str
    facts: dict = field(default_factory=dict)
    texts: dict[str, Text] = field(default_factory=dict)
    authentic: str = ""
    themes: list[Theme] = field(default_factory=list)
    addressees: list[Organisation | None] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    pdf: str = ""
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)
    page_count: int = 0
    state: LineState | None = None
    circular: int | None = None

    @property
    def key(self) -> Key | None:
        """What it is recognised by; None while a part of it is missing."""
        facts = self.facts
        if not all(facts.get(name) for name in ("authority", "kind", "signed_on", "number")):
            return None
        return facts["authority"].pk, facts["kind"], facts["signed_on"].year, normalise(facts["number"])


class Reader:
    """Reads lines against the administrations and themes of this installation."""

    def __init__(self, names: dict[str, str], *, authority: Organisation | None = None):
        self.names, self.authority = names, authority
        self.bodies = {}
        for body in Organisation.objects.all():
            for called in (body.code, body.slug, body.name_ar, body.name_fr, body.name_en):
                self.bodies.setdefault(columns.fold(called), body)
        self.themes = {
            columns.fold(called): theme
            for theme in Theme.objects.all()
            for called in (theme.slug, theme.name_ar, theme.name_fr, theme.name_en)
        }
        self.bodies.pop("", None)
        self.themes.pop("", None)

    def read(self, line: int, values: dict[str, str]) -> Row:
        row = Row(line, _label(values), _digest(values))
        self._authority(row, values)
        self._kind_and_number(row, values)
        self._days(row, values)
        self._words(row, values)
        self._lists(row, values)
        self._texts(row, values)
        row.references, unread = references(values, self.names)
        row.problems += [Problem("not_an_act", column, {"value": text}) for column, text in unread]
        row.pdf = values.get("pdf", "")
        return row

    def refuse(self, row, code, name, **params):
        row.problems.append(Problem(code, self.names.get(name, name), params))

    def _authority(self, row, values):
        written = values.get("authority", "")
        body = self.bodies.get(columns.fold(written)) if written else self.authority
        if not written and body is None:
            self.refuse(row, "missing", "authority")
        elif body is None or not body.is_hosted:
            self.refuse(row, "unknown_authority", "authority", value=written)
        elif self.authority not in (None, body):
            self.refuse(row, "other_authority", "authority", value=written, authority=self.authority.code)
        else:
            row.facts["authority"] = body

    def _kind_and_number(self, row, values):
        written = values["kind"]
        kind = columns.look_up(columns.KINDS, written)
        if not written:
            self.refuse(row, "missing", "kind")
        elif kind is None:
            self.refuse(row, "unknown_kind", "kind", value=written)
        row.facts["kind"] = kind
        number = values["number"]
        if not number:
            self.refuse(row, "missing", "number")
        elif re.fullmatch(r"\d{4}-\d{2}-\d{2}", number):
            self.refuse(row, "number_is_date", "number", value=number)
        elif not normalise(number):
            self.refuse(row, "no_number", "number", value=number)
        elif self._fits(row, "number", number):
            row.facts["number"] = number

    def _days(self, row, values):
        for name in _DAYS:
            written = values.get(name, "")
            day = days.read(written) if written else None
            if written and (day is None or day.year < FIRST_YEAR):
                self.refuse(row, "not_a_date", name, value=written)
            elif day or name != "signed_on":
                row.facts[name] = day
            else:
                self.refuse(row, "missing", name)
        signed, begins, ends = (row.facts.get(name) for name in ("signed_on", "in_force_on", "expires_on"))
        if signed and signed > today():
            self.refuse(row, "signed_in_future", "signed_on", value=_day(signed))
        if ends and (begin := max(filter(None, (signed, begins)), default=None)) and ends < begin:
            self.refuse(row, "ends_before_it_begins", "expires_on", end=_day(ends), begin=_day(begin))

    def _words(self, row, values):
        for name in _WORDS:
            written = values.get(name, "").replace("\n", " ")
            if self._fits(row, name, written):
                row.facts[name] = written
        written = values.get("audience", "")
        audience = columns.look_up(columns.AUDIENCES, written) if written else Audience.PUBLIC
        if audience is None:
            self.refuse(row, "unknown_audience", "audience", value=written)
        row.facts["audience"] = audience

    def _lists(self, row, values):
        for written in _several(values.get("themes", "")):
            if theme := self.themes.get(columns.fold(written)):
                row.themes.append(theme)
            else:
                self.refuse(row, "unknown_theme", "themes", value=written)
        for written in _several(values.get("addressees", "")):
            folded = columns.fold(written)
            if folded in columns.EVERYBODY:
                row.addressees.append(None)
            elif body := self.bodies.get(folded):
                row.addressees.append(body)
            else:
                self.refuse(row, "unknown_addressee", "addressees", value=written)

    def _texts(self, row, values):
        named = self._named_texts(values)
        written = values.get("authentic", "")
        authentic = columns.look_up(columns.LANGUAGES, written) if written else next(iter(named), None)
        if written and authentic is None:
            self.refuse(row, "unknown_language", "authentic", value=written)
            return
        if not named.get(authentic, {}).get("title"):
            self.refuse(row, "no_authentic_title", "title")
            return
        row.authentic = str(authentic)
        for language, parts in named.items():
            column = next(name for name in (f"title_{language}", "title") if name in self.names)
            if not self._fits(row, "title", parts["title"], model=CircularText, column=column):
                continue
            standing = Standing.AUTHENTIC if language == authentic else Standing.OFFICIAL
            row.texts[str(language)] = Text(parts["title"], parts["summary"], paragraphs(parts["text"]), standing)

    def _named_texts(self, values) -> dict[Language, dict]:
        """Title, summary and text by language; columns that name no language have that of the letters of the title."""
        found = {}
        for language in Language:
            parts = {name: values.get(f"{name}_{language.value}", "") for name in columns.TEXTS}
            if parts["title"]:
                found[language] = parts
        if title := values.get("title", ""):
            language = Language.ARABIC if _ARABIC.search(title) else Language.FRENCH
            found.setdefault(language, {name: values.get(name, "") for name in columns.TEXTS})
        for parts in found.values():
            parts["title"] = parts["title"].replace("\n", " ")
        return found

    def _fits(self, row, name, written, *, model=Circular, column=None):
        limit = model._meta.get_field(name).max_length
        if len(written) <= limit:
            return True
        self.refuse(row, "too_long", column or name, length=len(written), limit=limit)
        return False


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a plain text: parted by empty lines, or else by lines."""
    parts = _BLANK_LINE.split(text) if _BLANK_LINE.search(text.strip()) else text.split("\n")
    return [" ".join(part.split()) for part in parts if part.strip()]


def _several(written):
    return [part.strip() for part in _LISTED.split(written) if part.strip()]


def _label(values):
    title = next((values[name] for name in ("title_ar", "title", "title_fr", "title_en") if values.get(name)), "")
    return f"{values['number']} · {title}"[:200]


def _digest(values):
    said = {name: value for name, value in sorted(values.items()) if value}
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"
