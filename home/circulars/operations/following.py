"""News for those who follow a circular, an authority, a theme or their unit."""

from django.db import transaction
from django.utils import translation

from core.exceptions import NotAllowed
from core.notifications.operations import notify
from core.organisations.permissions import is_staff_today, unit_ids_of
from core.users.enums import NoticePreference
from home.circulars.enums import OccurrenceKind
from home.circulars.models import Circular, Follow, Occurrence
from home.circulars.operations.reading import people_of

_FASTEST = (NoticePreference.AT_ONCE, NoticePreference.DIGEST, NoticePreference.WEEKLY, NoticePreference.NONE)


@transaction.atomic
def follow(*, by, **target) -> Follow:
    """`by` wants news of one `circular`, `authority`, `theme` or `unit`; once more changes nothing.

    Refused (NotAllowed) to anybody without a post, of a circular they may not read, and of a unit that is not theirs.
    """
    circular, unit = target.get("circular"), target.get("unit")
    if (
        not is_staff_today(by)
        or (circular and not Circular.objects.visible_to(by).filter(pk=circular.pk).exists())
        or (unit and unit.pk not in unit_ids_of(by))
    ):
        raise NotAllowed()
    return Follow.objects.get_or_create(person=by, **target)[0]


@transaction.atomic
def unfollow(follow, *, by) -> None:
    """`by` wants no more news of it. Nobody decides that for somebody else (NotAllowed)."""
    if follow.person_id != by.pk:
        raise NotAllowed()
    follow.delete()


@transaction.atomic
def set_pace(follow, *, by, pace) -> None:
    """How news of it come to `by` by e-mail; empty as all their notices do. Refused to anybody else (NotAllowed)."""
    if follow.person_id != by.pk:
        raise NotAllowed()
    follow.pace = pace
    follow.save(update_fields=["pace"])


def tell_followers(occurrence: Occurrence) -> None:
    """Tell everybody who follows what this is news of, each once and as fast as one of their follows asks for.

    Not told: whoever may not read the circular today, was handed this very version as its addressee, did it, or
    followed a unit they have left.
    """
    circular, version = occurrence.circular, occurrence.version
    if occurrence.kind == OccurrenceKind.ENTERED and circular.history.filter(
        kind=OccurrenceKind.PUBLISHED, day=occurrence.day
    ):
        return
    told = people_of(circular) if version else {}
    paces = {}
    for row in Follow.objects.of(circular).select_related("person").distinct():
        person = row.person
        if person.pk not in told and (row.unit_id is None or row.unit_id in unit_ids_of(person)):
            paces.setdefault(person, []).append(row.pace)
    for person, wished in paces.items():
        if Circular.objects.visible_to(person).filter(pk=circular.pk).exists():
            fastest = min((pace or person.notices for pace in wished), key=_FASTEST.index)
            _tell(person, occurrence, pace=fastest if any(wished) else "")


def _tell(person, occurrence, *, pace):
    circular, version, act = occurrence.circular, occurrence.version, occurrence.act
    if act and not Circular.objects.visible_to(person).filter(pk=act.pk).exists():
        act = None
    with translation.override(None):
        what = occurrence.get_kind_display()  # as the code has it: worded in the language of each mail
    notify(
        person,
        "circulars.happened",
        by=version.published_by if version else None,
        url=circular.get_absolute_url(),
        key=f"circular-{version.pk}" if version else f"circular-{circular.pk}-{occurrence.key}",
        pace=pace,
        circular=circular.pk,
        number=circular.number,
        title=circular.current.text(person.language)["title"],
        what=what,
        day=occurrence.day,
        note=version.note if version else circular.withdrawal_reason,
        act=act.number if act else "",
    )
