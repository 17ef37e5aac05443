"""What the page of results shows: lines with their extracts, facets and chips, made of an answer for its reader."""

from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_

from django.core.cache import caches
from django.db.models import Q
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from core import public
from core.formats import day_text
from core.text import analyse, ltr

from . import scopes
from .asking import Asked, ask, count
from .contract import NEWEST
from .highlights import marked, snippet
from .models import Passage
from .query import Query
from .spelling import speller

FEW = 10  # with fewer results a correction is looked for
REMEMBERED = 200  # documents a saved search looks at
MOST_NAMES = 2_000  # of the values of one facet, as this process remembers them
AT_ONCE = 8  # values of a facet that stand open; the rest is folded
KINDS = {  # in the plural, and what stands before a line
    "circular": (gettext_lazy("circulars"), "journal-text"),
    "correspondence": (gettext_lazy("letters"), "inbox"),
    "page": (gettext_lazy("pages of the site"), "newspaper"),
    "person": (gettext_lazy("people"), "person-circle"),
    "unit": (gettext_lazy("units"), "diagram-3"),
}
FACETS = {
    "kind": gettext_lazy("Kind"),
    "status": gettext_lazy("Status"),
    "authority": gettext_lazy("Issued by"),
    "organisation": gettext_lazy("Administration"),
    "theme": gettext_lazy("Theme"),
    "year": gettext_lazy("Year"),
}


@dataclass(frozen=True)
class Row:
    """One line: the document, and of it the place that answers best."""

    doc_id: str
    kind: str
    icon: str
    title: SafeString
    url: str
    snippet: SafeString
    number: str = ""
    authority: str = ""
    dated: date | None = None
    status: str = ""
    tone: str = ""
    page: int | None = None  # of a file, whose name is `file` and whose very page is at `page_url`
    page_url: str = ""
    file: str = ""
    language: str = ""  # of the extract
    has_unread: bool = False  # the text of one of its files is not known yet


@dataclass(frozen=True)
class Value:
    """One box to tick."""

    value: str
    label: str
    count: int
    is_chosen: bool


@dataclass(frozen=True)
class Facet:
    name: str
    label: str
    values: list[Value]
    more: list[Value]


@dataclass(frozen=True)
class Chip:
    """Something chosen, with the address of the page without it."""

    label: str
    url: str


def rows(asked: Asked, user) -> list[Row]:
    """The lines of one page, in the order of the answer."""
    passages = _passages(asked)
    lines = scopes.shown(asked.found, user)
    addresses = scopes.addresses(passages, asked.read, user)
    made = []
    for hit in asked.answer.hits:
        doc_id = hit.doc_id
        passage, line = passages.get(doc_id), lines[doc_id]
        address = addresses.get(doc_id, line.url)
        is_page = passage is not None and passage.page is not None
        kind = scopes.split(doc_id)[0]
        extract = "" if passage is None or line.is_masked else snippet(passage.body, asked.query)
        made.append(
            Row(
                doc_id=doc_id,
                kind=str(scopes.SCOPES[kind].label),
                icon="file-earmark-pdf" if is_page else KINDS[kind][1],
                title=marked(line.title, asked.query),
                url=line.url if is_page else address or line.url,
                snippet=extract,
                number=line.number,
                authority=line.authority,
                dated=line.dated,
                status=line.status,
                tone=line.tone,
                page=passage.page if is_page else None,
                page_url=address if is_page else "",
                file=passage.title if is_page else "",
                language=passage.language if passage else "",
                has_unread=line.has_unread,
            )
        )
    return made


def facets(asked: Asked) -> list[Facet]:
    """Each facet with its values, the most frequent first, years the latest first, what is chosen always."""
    return [_facet(name, asked.answer.facets.get(name, {}), asked.question.chosen.get(name, ())) for name in FACETS]


def chips(data, chosen: dict, *, since: date | None, until: date | None) -> list[Chip]:
    """What is chosen beside the words; `data` are all choices as the address has them."""
    found = []
    for name, values in chosen.items():
        names = _labels(name, values)
        found += [Chip(names[value], _without(data, name, value)) for value in sorted(values)]
    if since:
        found.append(Chip(_("from %(day)s") % {"day": day_text(since)}, _without(data, "since")))
    if until:
        found.append(Chip(_("until %(day)s") % {"day": day_text(until)}, _without(data, "until")))
    return found


def perhaps_meant(text: str) -> str:
    """`text` with its mistyped words corrected; empty where none is."""
    meant = speller().correct(text)
    return meant if meant != text else ""


def correction(asked: Asked, meant: str) -> tuple[str, int]:
    """What was perhaps meant, and how much of it its reader finds: only where little is there by its words."""
    total = count(asked, meant) if meant and (asked.answer.has_grams or asked.answer.total < FEW) else 0
    return (meant, total) if total else ("", 0)


def newest(user, text: str, **choices) -> list[str]:
    """The documents a saved search finds for its owner, as far as news of it reach: the newest of them."""
    asked = ask(user, text, **{**choices, "sort": NEWEST}, size=REMEMBERED)
    return [hit.doc_id for hit in asked.answer.hits]


def without_choices(asked: Asked, text: str) -> int:
    """How many results there would be with nothing chosen: for a page on which a choice left none."""
    question = asked.question
    if asked.answer.total or not (question.chosen or question.since or question.until):
        return 0
    return count(asked, text, is_narrowed=False)


def only_one_meant(asked: Asked, lines: list[Row]) -> Row | None:
    """The one document whose own number is all that was asked for."""
    if not is_number(asked.query):
        return None
    meant = [line for line in lines if line.number and set(asked.query.refs) & set(analyse(line.number).refs)]
    return meant[0] if len(meant) == 1 else None


def is_number(query: Query) -> bool:
    """Whether nothing but one reference number was asked for."""
    return any(sorted(ref.split("_")) == sorted(query.words) for ref in query.refs)


def _passages(asked: Asked) -> dict[str, Passage]:
    """By doc_id; an engine that keeps no texts itself leaves them to the index in the database."""
    there = {hit.doc_id: hit.passage for hit in asked.answer.hits if hit.passage}
    wanted = [Q(document__doc_id=hit.doc_id, number=hit.number) for hit in asked.answer.hits if not hit.passage]
    if wanted:
        rows = Passage.objects.filter(reduce(or_, wanted)).select_related("document")
        there |= {row.document.doc_id: row for row in rows}
    return there


def _facet(name, counts, chosen) -> Facet:
    names = _labels(name, {*counts, *chosen})
    values = [Value(value, names[value], counts.get(value, 0), value in chosen) for value in names]
    if name == "year":
        values.sort(key=lambda one: one.value, reverse=True)
    else:
        values.sort(key=lambda one: (-one.count, one.label))
    first = [one for place, one in enumerate(values) if place < AT_ONCE or one.is_chosen]
    return Facet(name, str(FACETS[name]), first, [one for one in values if one not in first])


def _labels(name, values) -> dict[str, str]:
    """The words for values, remembered by this process as long as nothing public changes; others stay as they came."""
    if name == "kind":
        return {value: str(KINDS[value][0]) if value in KINDS else value for value in values}
    if name == "year":
        return {value: ltr(value) for value in values}
    remembered = caches["template_fragments"]
    key = "search:{}:{}:{}:{}".format(name, get_language(), *public.stamp())
    names = remembered.get(key, {})
    if missing := set(values) - set(names):
        names |= scopes.labels(name, missing)
        if len(names) < MOST_NAMES:  # what addresses invent is not kept for ever
            remembered.set(key, names)
    return {value: names[value] for value in values}


def _without(data, name, value=None) -> str:
    left = data.copy()
    left.setlist(name, [one for one in left.getlist(name) if value is not None and one != value])
    left.pop("page", None)
    return f"?{left.urlencode()}"
