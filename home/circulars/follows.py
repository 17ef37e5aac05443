"""What the pages say of following: a button for each thing one can follow, a row for each one does."""

from django.utils.translation import gettext as _

from core.organisations.models import Unit
from core.organisations.permissions import is_staff_today, unit_ids_of
from core.prepared import Prepared
from home.circulars.forms import PaceForm
from home.circulars.models import Follow


@Prepared
def _followed(user):
    """What somebody follows, as they see it themselves."""
    return Follow.objects.filter(person=user).values_list("pk", *(f"{name}_id" for name in Follow.TARGETS))


def buttons(user, *, circular=None, authority=None, themes=(), units=()) -> list[dict]:
    """For civil servants: what the page lets them follow, and which of it they do."""
    if not is_staff_today(user):
        return []
    things = [("circular", circular), ("authority", authority), *(("theme", theme) for theme in themes)]
    things += [("unit", unit) for unit in units]
    own = {
        (what, which): key
        for key, *targets in _followed(user=user.pk)
        for what, which in zip(Follow.TARGETS, targets, strict=True)
        if which
    }
    return [
        {"what": what, "which": thing.pk, "label": label(what, thing), "follow": own.get((what, thing.pk))}
        for what, thing in things
        if thing is not None
    ]


def own_units(user):
    """The units whose letters and circulars are this person's business today."""
    return Unit.objects.filter(pk__in=unit_ids_of(user))


def rows(user, circulars) -> list[dict]:
    """All that somebody follows; `circulars` are those of them the person may still read."""
    follows = Follow.objects.visible_to(user).select_related("authority", "theme", "unit")
    return [_row(follow, circulars) for follow in follows]


def label(what, thing) -> str:
    """What news are of, in words."""
    if what == "circular":
        return _("This circular")
    return {
        "authority": _("All circulars of %(name)s"),
        "theme": _("All circulars about: %(name)s"),
        "unit": _("Everything addressed to %(name)s"),
    }[what] % {"name": thing.name}


def _row(follow, circulars):
    circular = circulars.get(follow.circular_id)
    if follow.circular_id:
        words = circular.current.title if circular else _("A circular that is no longer open to you")
    else:
        words = label(follow.what, follow.target)
    form = PaceForm(initial={"pace": follow.pace}, auto_id=f"id_%s_{follow.pk}")
    return {"follow": follow, "label": words, "circular": circular, "form": form}
