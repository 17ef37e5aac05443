"""How many circulars each choice of the list would leave, whatever else is chosen, and which these are.

Counting 100,000 rows anew for every value of every page, or sorting them, would take longer than all the rest of it.
Each process keeps, for every value, the circulars that have it as the bits of one number, the newest circular first,
until the stamp of public pages changes: every act that changes a circular renews it, and so does a day that does.

Circulars for their addressees alone are among them. What is kept says to whom they are addressed; who may see them is
asked for each request, by whoever uses this.
"""

from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from threading import Lock

from django.conf import settings

from core import public
from core.organisations.models import Organisation
from home.circulars.models import Addressee, Circular, Theme

SHOWN = ("force", "authority", "kind", "theme", "year", "addressee")
EVERYBODY = None  # as an addressee: all organisations
_COLUMNS = ("audience", "authority", "kind", "force", "year")


class Facets:
    """All published circulars by what they have in common. A choice is a value among others of its facet."""

    def __init__(self):
        fields = ("audience", "authority", "kind", "force", "signed_on__year", "pk")
        rows = list(Circular.objects.published().order_by("-signed_on", "-pk").values_list(*fields))
        self.keys = array("q", (row[-1] for row in rows))
        self._places = {key: place for place, key in enumerate(self.keys)}
        self.everything = (1 << len(rows)) - 1
        columns = zip(_COLUMNS, zip(*rows, strict=True), strict=False)
        self.bits = {name: self._by_value(enumerate(column)) for name, column in columns}
        themes = Circular.themes.through.objects.values_list("circular_id", "theme_id")
        self.bits["theme"] = self._by_value(self._placed(themes))
        self.bits["addressee"], self._addressed = self._addressees()
        named = {*self.bits.get("authority", ()), *self.bits["addressee"]} - {EVERYBODY}
        self.organisations, self.themes = Organisation.objects.in_bulk(named), Theme.objects.in_bulk()

    def matching(self, chosen: dict[str, Iterable], *, within: int, leaving="") -> int:
        """Of those within, the circulars that have a chosen value in each facet but that which is left aside."""
        for name, values in chosen.items():
            if name != leaving:
                within &= self._any(name, values)
        return within

    def counts(self, name, chosen, *, within: int) -> Counter:
        """How many of each value of a facet, its own choice left aside."""
        among, bits = self.matching(chosen, within=within, leaving=name), self.bits.get(name, {})
        shared = bits.get(EVERYBODY, 0) if name == "addressee" else 0
        return Counter({value: ((own | shared) & among).bit_count() for value, own in bits.items()})

    def addressed(self, is_meant: Callable) -> int:
        """Those with an addressee that is meant; it is asked with organisation, kind of unit and post of each."""
        found = 0
        for addressee, places in self._addressed.items():
            if is_meant(*addressee):
                found |= self._bits(places) if isinstance(places, array) else places
        return found

    def of_keys(self, keys) -> int:
        """These circulars, as far as they are published."""
        return self._bits(self._places[key] for key in keys if key in self._places)

    def keys_of(self, found: int, part: slice, *, oldest_first=False) -> list[int]:
        """A part of what was found, in the order of the days of signature."""
        signs = bin(found)[2:]
        if not oldest_first:
            signs = signs[::-1]
        place, keys = -1, []
        for number in range(part.stop):
            if (place := signs.find("1", place + 1)) < 0:
                break
            if number >= (part.start or 0):
                keys.append(self.keys[len(signs) - 1 - place if oldest_first else place])
        return keys

    def _any(self, name, values) -> int:
        wanted, found = {*values, EVERYBODY} if name == "addressee" else set(values), 0
        for value in wanted:
            found |= self.bits.get(name, {}).get(value, 0)
        return found

    def _addressees(self):
        fields = ("circular_id", "organisation_id", "unit_kind", "post_id", "post__unit__organisation_id")
        organisations, each = [], defaultdict(lambda: array("l"))
        for place, (organisation, kind, post, home) in self._placed(
            (key, tuple(rest)) for key, *rest in Addressee.objects.values_list(*fields)
        ):
            organisations.append((place, home or organisation))
            each[organisation, kind, post].append(place)
        is_many = len(self.keys) // 64  # up to there places take less room than bits
        addressed = {who: self._bits(places) if len(places) > is_many else places for who, places in each.items()}
        return self._by_value(organisations), addressed

    def _placed(self, pairs):
        """(place, value) of what is said of published circulars by their keys."""
        for key, value in pairs:
            if (place := self._places.get(key)) is not None:
                yield place, value

    def _by_value(self, pairs) -> dict:
        places = defaultdict(list)
        for place, value in pairs:
            places[value].append(place)
        return {value: self._bits(found) for value, found in places.items()}

    def _bits(self, places) -> int:
        marks = bytearray(len(self.keys) // 8 + 1)
        for place in places:
            marks[place >> 3] |= 1 << (place & 7)
        return int.from_bytes(marks, "little")


_kept: tuple[object, Facets] | None = None
_lock = Lock()


def current() -> Facets:
    """All published circulars as they are now."""
    global _kept  # noqa: PLW0603  one for each process
    if not settings.PUBLIC_CACHE_BYTES:
        return Facets()
    stamp = public.stamp()
    with _lock:
        if _kept is None or _kept[0] != stamp:
            _kept = stamp, Facets()
        return _kept[1]
