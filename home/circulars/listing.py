"""The list of circulars: what is chosen in the address, and nothing the reader may not see."""

from collections import Counter

from django.db.models import Exists, OuterRef, Q

from core.organisations.permissions import holdings_of, is_staff_today
from home.circulars import facets
from home.circulars.enums import Audience
from home.circulars.force import Force
from home.circulars.models import Addressee, Circular, CircularText, units_held
from home.circulars.numbers import normalise

VALID = (Force.NOT_YET, Force.IN_FORCE, Force.PARTLY, Force.SUSPENDED)
ORDERS = {"": ("-signed_on", "-pk"), "oldest": ("signed_on", "pk")}


def found(user, chosen: dict):
    """Circulars `user` may read that fit the choices; those no longer valid only when asked for."""
    circulars = _mine(Circular.objects.visible_to(user), user, chosen.get("mine"))
    for name, lookup in {"authority": "authority__in", "kind": "kind__in"}.items():
        if name in chosen:
            circulars = circulars.filter(**{lookup: chosen[name]})
    if years := chosen.get("year"):
        of_years = Q(pk__in=())
        for year in years:
            of_years |= Q(signed_on__year=year)
        circulars = circulars.filter(of_years)
    if "theme" in chosen:
        of_theme = Circular.themes.through.objects.filter(circular=OuterRef("pk"), theme__in=chosen["theme"])
        circulars = circulars.filter(Exists(of_theme))
    if "addressee" in chosen:
        means = Q(organisation__in=chosen["addressee"]) | Q(organisation=None, post=None)
        means |= Q(post__unit__organisation__in=chosen["addressee"])
        circulars = circulars.filter(Exists(Addressee.objects.filter(means, circular=OuterRef("pk"))))
    if words := chosen.get("q"):
        circulars = circulars.filter(_said(words))
    if wanted := _forces(chosen):
        circulars = circulars.filter(force__in=wanted)
    return circulars.for_list().order_by(*ORDERS[chosen.get("sort", "")])


def counts(user, chosen: dict) -> tuple[int, dict[str, Counter]]:
    """How many circulars fit, and how many of each value of each facet would with the others as they are chosen."""
    wanted = {
        name: {getattr(value, "pk", value) for value in chosen[name]} for name in facets.SHOWN if chosen.get(name)
    }
    if forces := _forces(chosen):
        wanted["force"] = set(forces)
    within = _within(user, chosen)
    total, found = 0, {name: Counter() for name in facets.SHOWN}
    for kept, audience in _visible(user):
        among = wanted | audience
        if chosen.get("mine") == "addressed":
            among["to"] = _reaching(user, kept.bits["to"])
        total += kept.matching(among, within=within).bit_count()
        for name in facets.SHOWN:
            found[name] += kept.counts(name, among, within=within)
    return total, found


def _visible(user):
    """What together is all that `user` may see: as `visible_to` says, from what is kept."""
    if not is_staff_today(user):
        return [(facets.shared(), {"audience": {Audience.PUBLIC}})]
    return [(facets.shared(), {}), (facets.own(user), {})]


def _mine(circulars, user, mine):
    if mine == "waiting":
        return circulars & Circular.objects.to_acknowledge(user)
    return circulars & Circular.objects.addressed_to(user) if mine else circulars


def _forces(chosen) -> tuple:
    """The statuses wanted; none for all."""
    if chosen.get("force"):
        return tuple(chosen["force"])
    return () if chosen.get("old") else VALID


def _within(user, chosen):
    """The circulars that words and duties leave, which nobody counts beforehand; None for all."""
    if "q" not in chosen and chosen.get("mine") != "waiting":
        return None
    circulars = _mine(Circular.objects.visible_to(user), user, chosen.get("mine"))
    if words := chosen.get("q"):
        circulars = circulars.filter(_said(words))
    return list(circulars.order_by().values_list("pk", flat=True))


def _said(words) -> Q:
    key = normalise(words)
    titles = CircularText.objects.filter(circular=OuterRef("pk"), title__icontains=words)
    aliases = Circular.objects.filter(pk=OuterRef("pk"), aliases__number_key=key)
    return Q(Exists(titles)) | Q(keywords__icontains=words) | Q(number_key=key) | Q(Exists(aliases))


def _reaching(user, signatures) -> set:
    """Of the ways to name addressees, those that mean a post `user` holds today."""
    holdings = holdings_of(user)
    units = units_held(user)
    return {
        (organisation, kind, post)
        for organisation, kind, post in signatures
        if any(
            Addressee(organisation_id=organisation, unit_kind=kind, post_id=post).means(
                holding.post_id, units[holding.unit_id]
            )
            for holding in holdings
        )
    }
