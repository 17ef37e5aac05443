"""The register as a book: which lines, as of which day, what of them may be read, what happened to one."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db.models import BooleanField, Case, CharField, Count, Exists, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _

from core.dates import CASABLANCA
from core.evidence.enums import EventCode, RequestState
from core.evidence.models import AnnulmentRequest, Event, Pseudonym
from core.organisations.enums import Role
from core.organisations.permissions import organisation_ids_of
from core.panels import Entry as MenuEntry
from core.panels import Panel, Tile
from core.registers.enums import AnnulReason, Direction, EntryState, RectifyReason
from core.registers.models import Entry, Register, book_organisation_ids
from core.registers.numbers import parse_number
from core.text import clean_line

PAGE = 50
SLUGS = {"incoming": Direction.ARRIVAL, "outgoing": Direction.DEPARTURE, "internal": Direction.INTERNAL}
_CLOSING = (EventCode.ENTRY_ANNULLED, EventCode.ENTRY_RECTIFIED)
_masks: list[Callable] = []
_labels: dict[str, dict] = {}


def register_mask(mask: Callable) -> None:
    """`mask()` gives an expression over entries that is true where subject and parties are masked outside the item."""
    if mask not in _masks:
        _masks.append(mask)


def register_labels(**codes) -> None:
    """The words for the codes of a column, as choices: `register_labels(channel=Channel.choices)`."""
    _labels.update({column: dict(choices) for column, choices in codes.items()})


def label(column: str, code: str) -> str:
    """The word for a code of that column, in the active language; the code itself where nobody gave a word."""
    return str(_labels.get(column, {}).get(code, code))


def direction_slug(direction: str) -> str:
    return next(slug for slug, value in SLUGS.items() if value == direction)


def registers_of(user):
    """The registers a person may open, newest year first, each with the number of its open requests."""
    asked = AnnulmentRequest.objects.filter(state=RequestState.ASKED, entry__register=OuterRef("pk")).order_by()
    number = Coalesce(Subquery(asked.values("entry__register").annotate(number=Count("pk")).values("number")), 0)
    rows = Register.objects.visible_to(user).select_related("organisation").annotate(asked=number)
    return rows.order_by("-year", "organisation__code", "direction")


def lines(entries, *, as_of: date | None = None):
    """Entries with what a line shows: `shown_state` (as it was at the end of `as_of`), `is_asked`, `is_masked`."""
    state = F("state")
    asked = AnnulmentRequest.objects.filter(entry=OuterRef("pk"), state=RequestState.ASKED)
    if as_of is not None:
        this = Event.objects.filter(object_id=OuterRef("object_id"), entry=OuterRef("pk"))
        later = this.filter(code__in=_CLOSING, at__gte=end_of(as_of))
        state = Case(When(Exists(later), then=Value(EntryState.VALID.value)), default=state, output_field=CharField())
        entries = entries.as_of(as_of)
        asked = asked.filter(asked_event__at__lt=end_of(as_of))
    masked = Value(False, output_field=BooleanField())
    for mask in _masks:
        masked = Case(When(mask(), then=Value(True)), default=masked, output_field=BooleanField())
    return entries.annotate(shown_state=state, is_asked=Exists(asked), is_masked=masked).select_related(
        "register__organisation", "body", "rectifies", "rectified_by"
    )


def end_of(day: date) -> datetime:
    """The instant at which a day is over at the office."""
    day = min(day, date.max - timedelta(days=1))  # the calendar's last day is typed, too
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=CASABLANCA)


def select(register: Register, values: dict):
    """The lines of a register that the filter's `values` ask for, in the order of the numbers."""
    entries = lines(Entry.objects.of_register(register), as_of=values.get("as_of"))
    if query := clean_line(values.get("q") or ""):
        entries = _search(entries, query)
    if since := values.get("since"):
        entries = entries.filter(local_date__gte=since)
    if until := values.get("until"):
        entries = entries.filter(local_date__lte=until)
    if state := values.get("state"):
        entries = entries.filter(is_asked=True) if state == "asked" else entries.filter(shown_state=state)
    return entries.order_by("pk")


def _search(entries, query: str):
    if parse_number(query):
        return entries.numbered(query)
    words = Q(is_masked=False) & (
        Q(body__subject__icontains=query) | Q(body__sender__icontains=query) | Q(body__recipients__icontains=query)
    )
    if query.isascii() and query.isdigit() and len(query) < 10:
        return entries.filter(Q(number=int(query)) | words)
    return entries.filter(words)


# --- one line ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Happening:
    """One fact about an entry in words."""

    at: datetime
    sentence: str
    place: str
    person: object = None
    note: str = ""
    details: list[str] = field(default_factory=list)
    changes: list[tuple[str, str, str]] = field(default_factory=list)


def history(entry: Entry) -> list[Happening]:
    """What happened to this very line, oldest first; people by the pseudonyms of the log."""
    codes = [EventCode.ENTRY_REGISTERED, EventCode.ANNULMENT_ASKED, EventCode.ANNULMENT_DECLINED, *_CLOSING]
    events = Event.objects.of_entry(entry).filter(code__in=[*codes, EventCode.DATA_ERASED]).select_related("body")
    facts = [(event, event.facts) for event in events]
    names = {fact["actor"]["id"] for _event, fact in facts if fact["actor"]["id"]}
    rows = Pseudonym.objects.filter(value__in=names).select_related("user")
    people = {row.value: row.user for row in rows}
    return [_happening(entry, event, fact, people) for event, fact in facts]


def _happening(entry, event, fact, people):
    personal = event.body.personal if hasattr(event, "body") else {}
    details, body = [], fact["body"]
    reasons = AnnulReason if event.code != EventCode.ENTRY_RECTIFIED else RectifyReason
    if event.code != EventCode.DATA_ERASED and body.get("reason") in reasons.values:
        details.append(str(reasons(body["reason"]).label))
    labels = {name: str(Entry._meta.get_field(name).verbose_name) for name in _COLUMNS}
    labels |= {name: str(Entry.body.related.related_model._meta.get_field(name).verbose_name) for name in _WORDS}
    changes = [(labels[name], *pair) for name, pair in personal.get("changes", {}).items()]
    return Happening(
        at=event.at,
        sentence=event.get_code_display(),
        place=str(event),
        person=people.get(fact["actor"]["id"]),
        note=personal.get("note", ""),
        details=details,
        changes=changes,
    )


_COLUMNS = ("document_date", "nature", "channel", "support")
_WORDS = ("subject", "sender", "recipients")


# --- staff home ----------------------------------------------------------------------------------------------------


def menu_entry(request):
    """“Registers” for those who may open some."""
    if not book_organisation_ids(request.user):
        return None
    return MenuEntry(_("Registers"), reverse("registers:list"), order=30)


def requests_panel(request):
    """Annulments another clerk asked for: they wait for a second pair of eyes."""
    places = _kept(request.user)
    if not places:
        return None
    waiting = AnnulmentRequest.objects.filter(state=RequestState.ASKED, entry__register__organisation__in=places)
    count = waiting.exclude(asked_by=request.user).count()
    if not count:
        return None
    return Panel(tiles=[Tile(count, _("annulments to confirm"), f"{reverse('registers:list')}#asked")], order=60)


def _kept(user) -> set[int]:

    return organisation_ids_of(user, role=Role.CLERK)


def waiting_requests(user):
    """Undecided requests in the registers a clerk keeps."""
    rows = AnnulmentRequest.objects.filter(state=RequestState.ASKED, entry__register__organisation__in=_kept(user))
    return rows.select_related("entry__register__organisation", "asked_by", "asked_event").order_by("pk")


def may_read(user) -> bool:
    """Whether there is any register this person may open."""
    return bool(book_organisation_ids(user))
