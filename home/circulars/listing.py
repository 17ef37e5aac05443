"""The list of circulars: what is chosen in the address, and nothing the reader may not see."""

from django.db.models import Q

from home.circulars.force import Force
from home.circulars.models import Circular
from home.circulars.numbers import normalise

VALID = (Force.NOT_YET, Force.IN_FORCE, Force.PARTLY, Force.SUSPENDED)


def found(user, chosen: dict):
    """Circulars `user` may read that fit the choices, the newest first; those no longer valid only when asked for."""
    circulars = Circular.objects.visible_to(user)
    if chosen.get("mine") == "waiting":
        circulars = circulars & Circular.objects.to_acknowledge(user)
    elif chosen.get("mine"):
        circulars = circulars & Circular.objects.addressed_to(user)
    for name, lookup in {
        "authority": "authority",
        "kind": "kind",
        "theme": "themes",
        "year": "signed_on__year",
    }.items():
        if name in chosen:
            circulars = circulars.filter(**{lookup: chosen[name]})
    if words := chosen.get("q"):
        key = normalise(words)
        named = Q(number_key=key) | Q(aliases__number_key=key)
        circulars = circulars.filter(Q(texts__title__icontains=words) | Q(keywords__icontains=words) | named)
    if chosen.get("force") != "all":
        circulars = circulars.filter(force__in=[chosen["force"]] if "force" in chosen else VALID)
    return circulars.distinct().for_list()
