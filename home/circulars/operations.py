"""What happens to a circular: it is published, withdrawn, opened and acknowledged; its force follows by itself."""

from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from core.audit.operations import record
from core.dates import local_date, today
from core.exceptions import BusinessError, NotAllowed, WrongState
from core.organisations.models import Tenure
from core.organisations.permissions import holdings_of
from core.outbox.operations import enqueue
from home.circulars import force as rules
from home.circulars import freezing, permissions
from home.circulars.enums import Change
from home.circulars.models import Acknowledgement, Circular, CircularVersion, Relation


class CannotPublish(BusinessError):
    """Something a published circular must have is missing."""

    code = "cannot_publish"


@transaction.atomic
def freeze(circular, *, by) -> CircularVersion:
    """Keep what is published now as a version of its own that nobody can change, and hand it to its addressees.

    The first has everything new; later ones are a correction, for which acknowledgements stand, or a major change.
    Nothing happens if not a letter is different. The force of this circular and of those it speaks of is computed anew;
    addressees are told once the transaction is committed. Refused: CannotPublish without an authentic text with at
    least one paragraph; WrongState once it was withdrawn.
    """
    stored = Circular.objects.select_for_update(of=("self",)).select_related("current").get(pk=circular.pk)
    if stored.is_withdrawn:
        raise WrongState(_("This circular was withdrawn: it cannot be published again."))
    if freezing.authentic_text(stored) is None:
        raise CannotPublish(_("Write the authentic text of the circular, with at least one paragraph."))
    anchors = freezing.anchored(stored)
    if not anchors:
        raise CannotPublish(_("Write the authentic text of the circular, with at least one paragraph."))
    content = freezing.content(stored, anchors)
    digest, current = freezing.content_hash(content), stored.current
    if current and current.hash == digest:
        refresh_force([stored.pk])
        return current
    version = _version(stored, content, digest, by=by)
    Circular.objects.filter(pk=stored.pk).update(current=version, anchors=anchors)
    refresh_force([stored.pk])
    record("circulars.published", stored, by=by, version=version.number, change=version.change, hash=digest)
    enqueue("circulars.deliver", {"version": version.pk}, key=f"circulars.deliver:{version.pk}")
    return version


@transaction.atomic
def withdraw(circular, *, by, reason) -> Circular:
    """Take a published circular back, with a reason; its page stays and says so, its addresses answer for ever.

    Refused: NotAllowed but to publishers of the issuing administration; WrongState if it was withdrawn before or never
    published; BusinessError without a reason.
    """
    circular = Circular.objects.select_for_update(of=("self",)).get(pk=circular.pk)
    if circular.is_withdrawn or circular.current_id is None:
        raise WrongState(_("Only a published circular can be withdrawn, and only once."))
    if not permissions.can_withdraw(by, circular):
        raise NotAllowed()
    if not reason.strip():
        raise BusinessError(_("Say why the circular is withdrawn."), code="no_reason")
    circular.withdrawn_at, circular.withdrawal_reason = timezone.now(), reason.strip()
    circular.save(update_fields=["withdrawn_at", "withdrawal_reason"])
    refresh_force([circular.pk])
    record("circulars.withdrawn", circular, by=by, reason=circular.withdrawal_reason)
    return circular


@transaction.atomic
def deliver(version) -> int:
    """Note for everybody the version is addressed to that it was handed to them; how many that were now."""
    moment = timezone.now()
    reached = [
        Acknowledgement(
            circular_id=version.circular_id,
            meaning_hash=version.meaning_hash,
            person_id=person,
            post_id=post,
            delivered_at=moment,
        )
        for person, post in _people(version.circular)
    ]
    known = set(
        Acknowledgement.objects.filter(circular=version.circular_id, meaning_hash=version.meaning_hash).values_list(
            "person_id", flat=True
        )
    )
    new = [row for row in reached if row.person_id not in known]
    Acknowledgement.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


@transaction.atomic
def open_version(circular, *, by) -> None:
    """Note that an addressee has opened the current version: the first time counts, nothing for anybody else."""
    row = _own_row(circular, by)
    if row and row.opened_at is None:
        row.opened_at = timezone.now()
        row.save(update_fields=["opened_at"])


@transaction.atomic
def acknowledge(circular, *, by, hash) -> Acknowledgement:
    """An addressee confirms having read the version with this hash.

    Twice is the same as once. Refused: NotAllowed to anybody it is not addressed to or where nothing is asked;
    WrongState if another version was published in the meantime.
    """
    if not permissions.can_acknowledge(by, circular):
        raise NotAllowed()
    circular = Circular.objects.select_related("current").get(pk=circular.pk)
    if circular.current.hash != hash:
        raise WrongState(_("A new version was published in the meantime: read it before you acknowledge."))
    row = _own_row(circular, by)
    if row.acknowledged_at is None:
        row.opened_at = row.opened_at or timezone.now()
        row.acknowledged_at = timezone.now()
        row.save(update_fields=["opened_at", "acknowledged_at"])
        record("circulars.acknowledged", circular, by=by, version=circular.current.number)
    return row


def refresh_force(keys: Iterable[int], *, on: date | None = None) -> list[int]:
    """Compute anew the force of these circulars and of all that hang together with them; the keys that changed."""
    acts, effects = _connected(set(keys))
    day = on or today()
    by_key = {act.key: act for act in acts}
    changed = []
    for circular in Circular.objects.filter(pk__in=by_key):
        found = rules.force(by_key[circular.pk], effects, acts, on=day)
        if (circular.force, circular.force_until) != (found.status, found.until):
            Circular.objects.filter(pk=circular.pk).update(force=found.status, force_until=found.until)
            changed.append(circular.pk)
    return changed


def force(circular, *, on: date) -> rules.Finding:
    """Whether a circular is in force on a day, by which acts, and when that changes next."""
    acts, effects = _connected({circular.pk})
    by_key = {act.key: act for act in acts}
    return rules.force(by_key[circular.pk], effects, acts, on=on)


def _version(circular, content, digest, *, by):
    current, day = circular.current, today()
    change = Change(circular.change) if current else Change.FIRST
    return CircularVersion.objects.create(
        circular=circular,
        number=current.number + 1 if current else 1,
        day=day,
        of_day=circular.versions.filter(day=day).count() + 1,
        published_by=by,
        change=change,
        note=circular.change_note if current else "",
        authentic=freezing.authentic_text(circular).language,
        content=content,
        hash=digest,
        meaning_hash=current.meaning_hash if change == Change.CORRECTION else digest,
    )


def _people(circular) -> list[tuple[int, int]]:
    """(person, post) of everybody who holds an addressed post today, each person once."""
    means = Q(pk__in=())
    for addressee in circular.addressees.all():
        means |= addressee.posts()
    found = {}
    for person, post in Tenure.objects.effective().filter(means).order_by("pk").values_list("user", "post"):
        found.setdefault(person, post)
    return list(found.items())


def _own_row(circular, user) -> Acknowledgement | None:
    """The row of this person for the current version, made if an addressee came after the delivery."""
    if not Circular.objects.addressed_to(user).filter(pk=circular.pk).exists():
        return None
    row, _is_new = Acknowledgement.objects.get_or_create(
        circular=circular,
        meaning_hash=circular.current.meaning_hash,
        person=user,
        defaults={"post_id": holdings_of(user)[0].post_id, "delivered_at": timezone.now()},
    )
    return row


def _connected(keys: set[int]) -> tuple[list[rules.Act], list[rules.Effect]]:
    """These published circulars and all that are tied to them by relations, as the rules of force want them."""
    seen, edge, relations = set(), set(keys), {}
    while edge := edge - seen:
        seen |= edge
        found = Relation.objects.filter(
            Q(subject__in=edge) | Q(circular__in=edge), circular__isnull=False, subject__current__isnull=False
        )
        relations |= {relation.pk: relation for relation in found}
        edge = {key for relation in found for key in (relation.subject_id, relation.circular_id)}
    circulars = Circular.objects.filter(pk__in=seen).exclude(current=None).select_related("current")
    return [_act(circular) for circular in circulars], [_effect(relation) for relation in relations.values()]


def _act(circular) -> rules.Act:
    first = circular.versions.order_by("number").values_list("day", flat=True)[0]
    return rules.Act(
        key=circular.pk,
        published_on=first,
        in_force_on=circular.in_force_on,
        expires_on=circular.expires_on,
        withdrawn_on=local_date(circular.withdrawn_at) if circular.withdrawn_at else None,
        paragraphs=frozenset(circular.anchors.values()),
    )


def _effect(relation) -> rules.Effect:
    return rules.Effect(
        source=relation.subject_id,
        target=relation.circular_id,
        predicate=relation.predicate,
        starts_on=relation.starts_on,
        ends_on=relation.ends_on,
        paragraphs=relation.anchors,
    )
