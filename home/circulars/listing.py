"""The list of circulars: what is chosen in the address, and nothing the reader may not see."""

from collections import Counter

from django.db.models import Exists, OuterRef, Q

from core.organisations.permissions import holdings_of
from home.circulars import facets
from home.circulars.enums import Audience
from home.circulars.force import Force
from home.circulars.models import Addressee, Circular, CircularText, audiences_of, issuing_organisations_of
from home.circulars.numbers import normalise

VALID = (Force.NOT_YET, Force.IN_FORCE, Force.PARTLY, Force.SUSPENDED)


class Found:
    """Circulars `user` may read that fit the choices, in their order: a sequence for a paginator.

    Those no longer valid only when asked for. `counts`: how many of each value of each facet there would be with the
    others as they are chosen.
    """

    def __init__(self, user, chosen: dict):
        self.user, self.kept = user, facets.current()
        self._own = self.kept.addressed(_meaning(user)) if user.is_authenticated else 0
        wanted, within = _wanted(chosen), self._within(chosen)
        self._found = self.kept.matching(wanted, within=within)
        self._is_oldest_first = chosen.get("sort") == "oldest"
        self.counts: dict[str, Counter] = {name: self.kept.counts(name, wanted, within=within) for name in facets.SHOWN}

    def __len__(self):
        return self._found.bit_count()

    def __getitem__(self, part: slice) -> list[Circular]:
        keys = self.kept.keys_of(self._found, part, oldest_first=self._is_oldest_first)
        rows = Circular.objects.visible_to(self.user).for_list().in_bulk(keys)
        return [rows[key] for key in keys if key in rows]

    def addressed_to_reader(self, circulars) -> set[int]:
        """The keys of those that concern the reader by a post held today."""
        return {circular.pk for circular in circulars if self._own & self.kept.of_keys([circular.pk])}

    def _within(self, chosen) -> int:
        """What the reader may see, as `visible_to` says, of this what words and duties leave."""
        within = self._visible()
        if mine := chosen.get("mine"):
            within &= self._own
            if mine == "waiting":
                within &= self.kept.of_keys(Circular.objects.to_acknowledge(self.user).values_list("pk", flat=True))
        if words := chosen.get("q"):
            said = Circular.objects.published().filter(_said(words))
            within &= self.kept.of_keys(said.order_by().values_list("pk", flat=True))
        return within

    def _visible(self) -> int:
        kept, everything = self.kept, self.kept.everything
        issued = kept.matching({"authority": issuing_organisations_of(self.user)}, within=everything)
        theirs = kept.matching({"audience": [Audience.ADDRESSEES]}, within=self._own | issued)
        return theirs | kept.matching({"audience": audiences_of(self.user)}, within=everything)


def _wanted(chosen) -> dict[str, set]:
    """The values wanted of each facet; of the status the valid ones unless others are asked for."""
    wanted = {name: {getattr(one, "pk", one) for one in chosen[name]} for name in facets.SHOWN if chosen.get(name)}
    if "force" not in wanted and not chosen.get("old"):
        wanted["force"] = set(VALID)
    return wanted


def _said(words) -> Q:
    key = normalise(words)
    titles = CircularText.objects.filter(circular=OuterRef("pk"), title__icontains=words)
    aliases = Circular.objects.filter(pk=OuterRef("pk"), aliases__number_key=key)
    return Q(Exists(titles)) | Q(keywords__icontains=words) | Q(number_key=key) | Q(Exists(aliases))


def _meaning(user):
    """Whether an addressee means a post `user` holds today."""
    holdings = holdings_of(user)

    def is_meant(organisation, kind, post) -> bool:
        return any(map(Addressee(organisation_id=organisation, unit_kind=kind, post_id=post).means, holdings))

    return is_meant
