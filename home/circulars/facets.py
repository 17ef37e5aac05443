"""How many circulars each choice of the list would leave, whatever else is chosen.

Counting 100,000 rows anew for every value of every page would take longer than all the rest of it. Each process keeps,
for every value, the circulars that have it as the bits of one number, until an occurrence is added or the stamp of
public pages changes. Those for their addressees alone are never kept: the few a person may see are counted for their
request.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from threading import Lock

from django.db.models import Max

from core import public
from home.circulars.enums import Audience
from home.circulars.models import Addressee, Circular, Occurrence

SHOWN = ("force", "authority", "kind", "theme", "year", "addressee")
EVERYBODY = None  # as an addressee: all organisations


class Facets:
    """Some circulars by what they have in common. A choice is a value among others of its facet."""

    def __init__(self, circulars):
        fields = ("pk", "audience", "authority", "kind", "signed_on", "force")
        rows = list(circulars.order_by().values_list(*fields))
        self.places = {row[0]: place for place, row in enumerate(rows)}
        self.everything = (1 << len(rows)) - 1
        self._marks = defaultdict(lambda: bytearray(len(rows) // 8 + 1))
        for place, (_key, audience, authority, kind, signed_on, force) in enumerate(rows):
            for name, value in (
                ("audience", audience),
                ("authority", authority),
                ("kind", kind),
                ("year", signed_on.year),
                ("force", force),
            ):
                self._mark(name, value, place)
        if rows:
            self._mark_themes(circulars)
            self._mark_addressees(circulars)
        self.bits = {name: {} for name in (*SHOWN, "audience", "to")}
        for (name, value), marks in self._marks.items():
            self.bits[name][value] = int.from_bytes(marks, "little")
        del self._marks

    def matching(self, chosen: dict[str, Iterable], *, within=None, leaving="") -> int:
        """The circulars that have one of the chosen values in each facet but that which is left aside."""
        found = self.everything if within is None else self._of(within)
        for name, values in chosen.items():
            if name != leaving:
                found &= self._any(name, values)
        return found

    def counts(self, name, chosen, *, within=None) -> Counter:
        """How many of each value of a facet, its own choice left aside."""
        among = self.matching(chosen, within=within, leaving=name)
        shared = self.bits["addressee"].get(EVERYBODY, 0) if name == "addressee" else 0
        return Counter({value: ((bits | shared) & among).bit_count() for value, bits in self.bits[name].items()})

    def _mark(self, name, value, place):
        self._marks[name, value][place >> 3] |= 1 << (place & 7)

    def _mark_themes(self, circulars):
        for key, theme in Circular.themes.through.objects.filter(circular__in=circulars).values_list(
            "circular_id", "theme_id"
        ):
            if key in self.places:
                self._mark("theme", theme, self.places[key])

    def _mark_addressees(self, circulars):
        fields = ("circular_id", "organisation_id", "unit_kind", "post_id", "post__unit__organisation_id")
        for key, organisation, unit_kind, post, home in Addressee.objects.filter(circular__in=circulars).values_list(
            *fields
        ):
            if key in self.places:
                self._mark("addressee", home or organisation, self.places[key])
                self._mark("to", (organisation, unit_kind, post), self.places[key])

    def _any(self, name, values) -> int:
        wanted = {*values, EVERYBODY} if name == "addressee" else set(values)
        found = 0
        for value in wanted:
            found |= self.bits[name].get(value, 0)
        return found

    def _of(self, keys) -> int:
        marks = bytearray(len(self.places) // 8 + 1)
        for place in (self.places[key] for key in keys if key in self.places):
            marks[place >> 3] |= 1 << (place & 7)
        return int.from_bytes(marks, "little")


_kept: tuple[object, Facets] | None = None
_lock = Lock()


def shared() -> Facets:
    """All published circulars that are not for their addressees alone, as they are now."""
    global _kept  # noqa: PLW0603  one for each process
    state = _state()
    with _lock:
        if _kept is None or _kept[0] != state:
            _kept = state, Facets(Circular.objects.published().exclude(audience=Audience.ADDRESSEES))
        return _kept[1]


def own(user) -> Facets:
    """Those for their addressees alone that `user` may see."""
    return Facets(Circular.objects.visible_to(user).filter(audience=Audience.ADDRESSEES))


def forget() -> None:
    """Begin anew: for tests, whose rows vanish."""
    global _kept  # noqa: PLW0603
    _kept = None


def _state() -> tuple:
    return public.stamp(), Occurrence.objects.aggregate(last=Max("pk"))["last"]
