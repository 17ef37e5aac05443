"""The desk list: which letters, in which order, from the filters in the address."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core import dates
from core.files import links
from core.files.enums import Kind
from core.registers.numbers import parse_number
from core.text import clean_line
from eservices.correspondence.desk_letters import SORTS, TABS, Letters
from eservices.correspondence.enums import Channel, Treatment
from eservices.correspondence.forms import DayInput
from eservices.correspondence.models import Correspondence, WorkItem

PAGE = 25
MOST_PAGES = 1_000  # whoever looks for older letters turns the order round, or narrows the list
COUNTED = 500  # beyond this a tab says “500+”: nobody reads an exact large count, and it costs a scan

DEFAULT_SORT = "-registered"
DUE = [("", _("any time limit")), ("late", _("late")), ("week", _("within 7 days")), ("none", _("no time limit"))]


class DeskFilter(forms.Form):
    """The filters of the list; a value it does not know is ignored, so that an old address still opens."""

    state = forms.ChoiceField(choices=[("", ""), ("waiting", ""), *Treatment.choices], required=False)
    q = forms.CharField(label=_("Number, sender or subject"), required=False, max_length=200)
    channel = forms.ChoiceField(label=_("Channel"), choices=[("", _("all channels")), *Channel.choices], required=False)
    due = forms.ChoiceField(label=_("Time limit"), choices=DUE, required=False)
    since = forms.DateField(label=_("From"), required=False, widget=DayInput)
    until = forms.DateField(label=_("To"), required=False, widget=DayInput)
    sort = forms.ChoiceField(choices=[(key, key) for key in ("", *SORTS)], required=False)

    def values(self) -> dict:
        self.is_valid()
        return {name: self.cleaned_data.get(name) for name in self.fields}


def numbered(query: str) -> list[int] | None:
    """The letters of a number, looked up first: the planner would read the whole list; None if it is no number."""
    number = parse_number(clean_line(query or ""))
    return number and list(Correspondence.objects.numbered(number.text).values_list("pk", flat=True))


def narrow(items, values: dict, found: list[int] | None = None):
    """Every filter but the tab; `found` are the letters of the number looked for, where they are known already."""
    query = clean_line(values.get("q") or "")
    if parse_number(query):
        items = items.filter(correspondence__in=numbered(query) if found is None else found)
    elif query:
        items = items.filter(
            Q(correspondence__subject__icontains=query, confidentiality__lt=2)
            | Q(correspondence__party__name__icontains=query)
            | Q(correspondence__entry__number_text__icontains=query)
        )
    if channel := values.get("channel"):
        items = items.filter(correspondence__channel=channel)
    if since := values.get("since"):
        items = items.filter(registered_at__gte=dates.starts_at(since))
    if (until := values.get("until")) and until < date.max:
        items = items.filter(registered_at__lt=dates.starts_at(until + timedelta(days=1)))
    match values.get("due"):
        case "late":
            items = items.late()
        case "week":
            items = items.open().filter(due_on__range=(dates.today(), dates.today() + timedelta(days=7)))
        case "none":
            items = items.filter(due_on=None)
    return items


def select(items, values: dict, user):
    """`items`, narrowed before, of the state tab and in the order of the filter's `values`; the whole list."""
    state = values.get("state")
    if state == "waiting":
        items = items.owed_by(user)
    elif state:
        items = items.filter(state=state)
    return items.order_by(*SORTS[values.get("sort") or DEFAULT_SORT])


@dataclass(frozen=True)
class Listed:
    """What a page of the list needs: its letters, the pages around it, and how many letters each tab holds."""

    page: Page
    is_cut: bool  # more letters follow than were looked for
    counts: dict[str, int]


def listed(user, values: dict, wanted: str) -> Listed:
    """The page `wanted` of what `user` sees of the filter's `values`, in two queries beside that of the letters.

    No tab is counted beyond COUNTED, and none at all while words or a channel narrow the list: both lie in the letters,
    of which each tab would read thousands.
    """
    letters = Letters(user, partial(narrow, values=values, found=numbered(values.get("q"))))
    most = ahead(wanted)
    is_read = values.get("channel") or (values.get("q") and not parse_number(values["q"]))
    tabs = () if is_read else ("", *TABS)
    keys, counts = letters.find(
        values.get("state"), values.get("sort") or DEFAULT_SORT, most + 1, tabs, counted=COUNTED + 1
    )
    page = Paginator(keys[:most], PAGE).get_page(wanted)
    rows = WorkItem.objects.for_display().in_bulk(page.object_list)
    page.object_list = [rows[key] for key in page.object_list]
    return Listed(page=page, is_cut=len(keys) > most, counts=counts)


def ahead(page: str) -> int:
    """How many letters reach some pages beyond this one: so far the pager looks."""
    return (min(int(page), MOST_PAGES) if page.isascii() and page.isdigit() else 1) * PAGE + 4 * PAGE


def tabs(counts: dict[str, int], values: dict, request) -> list[dict]:
    """The tabs with their counts within the other filters: all, and each state."""
    rows = [("", _("All")), *((state.value, state.label) for state in TABS)]
    return [
        {
            "label": label,
            "count": f"{COUNTED}+" if counts.get(state, 0) > COUNTED else counts.get(state, ""),
            "url": _address(request, state=state, page=None),
            "is_current": (values.get("state") or "") == state,
        }
        for state, label in rows
    ]


def sort_links(values: dict, request) -> dict[str, dict]:
    """For each sortable column the address that sorts by it, or turns its order round, and `aria-sort`."""
    current = values.get("sort") or DEFAULT_SORT
    links = {}
    for column in ("registered", "due"):
        is_down = current == f"-{column}"
        direction = "descending" if is_down else "ascending" if current == column else ""
        links[column] = {
            "url": _address(request, sort=column if is_down else f"-{column}", page=None),
            "aria": direction,
        }
    return links


def _address(request, **changes) -> str:
    query = request.GET.copy()
    for key, value in changes.items():
        if value:
            query[key] = value
        else:
            query.pop(key, None)
    return f"?{query.urlencode()}"


def next_waiting(user, *, after):
    """The next older letter that waits for `user`, or the newest one, or None: what opens by itself after an act."""
    waiting = after.__class__.objects.waiting_for(user).exclude(pk=after.pk).for_display()
    return waiting.filter(registered_at__lte=after.registered_at).first() or waiting.first()


def shown_document(attachments, wanted: str | None, user) -> dict | None:
    """The attachment shown beside the act: the one asked for by its order, else the first that has a preview."""
    chosen = next((one for one in attachments if str(one.order) == wanted), None)
    chosen = (
        chosen
        or next((one for one in attachments if Kind(one.file.kind).has_pages), None)
        or next(iter(attachments), None)
    )
    if chosen is None:
        return None
    return {"attachment": chosen, "shown": links.shown(chosen.file, user=user)}


def likely_duplicates(organisation, sender: str, subject: str, scan=None):
    """Letters of this organisation with the same scan, or same sender and subject; shown before a number is taken."""
    same = Q(party__name=sender, subject=subject)
    if scan is not None:
        same |= Q(attachments__file__sha256=scan.sha256)
    rows = Correspondence.objects.filter(same, organisation=organisation, entry__isnull=False, outgoing_state="")
    return rows.select_related("entry").distinct().order_by("-pk")[:5]
