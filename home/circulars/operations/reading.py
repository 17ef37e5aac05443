"""A version is handed to its addressees, opened and acknowledged."""

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from core.audit.operations import record
from core.exceptions import NotAllowed, WrongState
from core.organisations.models import Delegation, Tenure
from home.circulars import permissions
from home.circulars.models import Acknowledgement, Circular


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
        for person, post in people_of(version.circular).items()
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
    """Note that an addressee has opened the current version: the first time counts, nothing for anybody else.

    Who knows an earlier version goes on knowing that one, until they see what changed or acknowledge.
    """
    row = _own_row(circular, by)
    if row and row.opened_at is None:
        row.opened_at = timezone.now()
        if Acknowledgement.objects.last_read(by, circular) is None:
            row.read_version = circular.current
        row.save(update_fields=["opened_at", "read_version"])


@transaction.atomic
def see_changes(circular, *, by) -> None:
    """Note that an addressee has seen what the current version changed; nothing for anybody else."""
    row = _own_row(circular, by)
    if row and row.read_version_id != circular.current_id:
        row.opened_at = row.opened_at or timezone.now()
        row.read_version = circular.current
        row.save(update_fields=["opened_at", "read_version"])


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
        row.read_version = circular.current
        row.save(update_fields=["opened_at", "acknowledged_at", "read_version"])
        record("circulars.acknowledged", circular, by=by, version=circular.current.number)
    return row


def people_of(circular, **who) -> dict[int, int]:
    """The post by person of everybody who holds an addressed post today: those whose post it is before delegates."""
    means = Q(pk__in=())
    for addressee in circular.addressees.all():
        means |= addressee.posts()
    found = {}
    for holders in (Tenure.objects.effective(), Delegation.objects.effective()):
        held = holders.filter(means, user__is_active=True, **who).order_by("pk").distinct()
        for person, post in held.values_list("user", "post"):
            found.setdefault(person, post)
    return found


def _own_row(circular, user) -> Acknowledgement | None:
    """The row of this person for the current version, made if an addressee came after the delivery."""
    if not user.is_authenticated or not (posts := people_of(circular, user=user)):
        return None
    row, _is_new = Acknowledgement.objects.get_or_create(
        circular=circular,
        meaning_hash=circular.current.meaning_hash,
        person=user,
        defaults={"post_id": posts[user.pk], "delivered_at": timezone.now()},
    )
    return row
