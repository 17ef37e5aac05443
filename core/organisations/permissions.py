"""Who holds what: the rights of a person on a day are computed from the posts held that day, never stored.

Answers are kept on the user object, which lives as long as a request; operations that change them call `forget`.
A superuser gets nothing here: rights come from posts alone.
"""

from dataclasses import dataclass
from operator import itemgetter

from django.db.models import JSONField, Q, Value

from core.dates import today
from core.organisations.enums import ROLES_OF_ACT, Clearance, Role
from core.organisations.models import (
    Delegation,
    Holiday,
    OpeningHours,
    Organisation,
    Post,
    Tenure,
    Unit,
    WorkingCalendar,
)
from core.prepared import Prepared
from core.users.models import User

_CACHE = "_holdings"
_ORGANISATION_OF = {
    Organisation: "pk",
    Unit: "organisation",
    Post: "unit__organisation",
    Tenure: "post__unit__organisation",
    Delegation: "post__unit__organisation",
    WorkingCalendar: "organisation",
    Holiday: "calendar__organisation",
    OpeningHours: "calendar__organisation",
}
_TREE = "_unit_tree"


def set_organisation_of(model, path: str) -> None:
    """Let the administrators of an organisation configure rows of an upper app; `path` leads from a row to it."""
    _ORGANISATION_OF[model] = path


@dataclass(frozen=True)
class Holding:
    """One post held that day: by tenure with all its roles, by delegation with those of the delegated acts."""

    post_id: int
    unit_id: int
    organisation_id: int
    roles: frozenset[str]
    clearance: int
    is_delegated: bool
    is_registry: bool  # of the unit, as the next
    is_deconcentrated: bool


def holdings_of(user, on=None) -> tuple[Holding, ...]:
    """What `user` holds that day (today by default): one query the first time, none afterwards."""
    if user is None or not user.is_authenticated or not user.is_active:
        return ()
    on = on or today()
    cache = user.__dict__.setdefault(_CACHE, {})
    if on not in cache:
        cache[on] = tuple(_holdings(user, on))
    return cache[on]


def forget(user) -> None:
    """Drop what was computed for this user object; called wherever posts change hands."""
    user.__dict__.pop(_CACHE, None)
    user.__dict__.pop(_TREE, None)


def posts_of(user, on=None):
    """The posts `user` holds that day, by tenure or delegation."""
    return Post.objects.filter(pk__in={holding.post_id for holding in holdings_of(user, on)})


def unit_ids_of(user, role=None, *, clearance=Clearance.NORMAL) -> set[int]:
    """Units in which `user` holds a post today (not the units below), with `role` and at least `clearance`."""
    return {
        holding.unit_id
        for holding in holdings_of(user)
        if (role is None or role in holding.roles) and holding.clearance >= clearance
    }


def units_below_of(user, *, clearance=Clearance.NORMAL) -> set[int]:
    """All units below those `user` heads today with at least `clearance`: one query the first time, none without."""
    headed = unit_ids_of(user, role=Role.HEAD, clearance=clearance)
    if not headed:
        return set()
    if _TREE not in user.__dict__:
        organisations = organisation_ids_of(user, role=Role.HEAD)
        user.__dict__[_TREE] = list(
            Unit.objects.filter(organisation__in=organisations, parent__isnull=False).values_list("pk", "parent_id")
        )
    below, found = headed, set()
    while below := {pk for pk, parent in user.__dict__[_TREE] if parent in below} - found:
        found |= below
    return found


def organisation_ids_of(user, role=None, *, clearance=Clearance.NORMAL) -> set[int]:
    """Organisations in which `user` holds a post today, with `role` and at least `clearance`."""
    return {
        holding.organisation_id
        for holding in holdings_of(user)
        if (role is None or role in holding.roles) and holding.clearance >= clearance
    }


def has_role(user, role, *, organisation=None, unit=None) -> bool:
    """Whether a post of today gives `role`: anywhere, in this organisation, or in this very unit."""
    return any(
        role in holding.roles
        and (organisation is None or holding.organisation_id == getattr(organisation, "pk", organisation))
        and (unit is None or holding.unit_id == getattr(unit, "pk", unit))
        for holding in holdings_of(user)
    )


def clearance_of(user, unit_id=None, *, organisation_id=None) -> int:
    """The highest clearance of the posts held today in that unit or organisation; -1 without a post there."""
    levels = [
        holding.clearance
        for holding in holdings_of(user)
        if (unit_id is None or holding.unit_id == unit_id)
        and (organisation_id is None or holding.organisation_id == organisation_id)
    ]
    return max(levels, default=-1)


def is_staff_today(user) -> bool:
    """Staff means holding a post today."""
    return bool(holdings_of(user))


def people_visible_to(user):
    """The directory, for whoever holds a post today: the people who hold one today."""
    held = Tenure.objects.effective()
    people = User.objects.filter(pk__in=held.values("user"))
    return people if is_staff_today(user) else people.none()


def units_visible_to(user):
    """The open units of open organisations, for whoever holds a post today."""
    units = Unit.objects.active().filter(organisation__is_active=True)
    return units if is_staff_today(user) else units.none()


def roles_of(user) -> set[str]:
    """Every role some post of today gives."""
    return {role for holding in holdings_of(user) for role in holding.roles}


def can_administer(user, obj) -> bool:
    """The administrator of the organisation `obj` is or belongs to; of an external one, any administrator.

    Whoever installs (a superuser) may configure too, and reads nothing by it.
    """
    if user.is_superuser:
        return True
    if isinstance(obj, Organisation) and not obj.is_hosted:
        return has_role(user, Role.ADMINISTRATOR)
    return has_role(user, Role.ADMINISTRATOR, organisation=organisation_id_of(obj))


def can_open_organisation(user, organisation) -> bool:
    """A hosted organisation begins with the installation; external ones are added by any administrator."""
    return user.is_superuser or (not organisation.is_hosted and has_role(user, Role.ADMINISTRATOR))


def can_open_account(user) -> bool:
    return user.is_superuser or has_role(user, Role.ADMINISTRATOR)


def can_administer_person(user, person) -> bool:
    """Whether every post `person` holds or will hold lies in organisations `user` administers."""
    return people_administered_by(user).filter(pk=person.pk).exists()


def people_administered_by(user):
    """Accounts `user` may change: of people without a post, or with posts in the administered organisations only."""
    if user.is_superuser:
        return User.objects.all()
    if not can_open_account(user):
        return User.objects.none()
    own = organisation_ids_of(user, Role.ADMINISTRATOR)
    elsewhere = Tenure.objects.filter(Q(ends_on=None) | Q(ends_on__gte=today())).exclude(
        post__unit__organisation__in=own
    )
    return User.objects.filter(is_superuser=False).exclude(pk__in=elsewhere.values("user"))


def administered_by(user, model):
    """The rows of a model, or the accounts, that `user` may change in the administration."""
    if model is User:
        return people_administered_by(user)
    rows = model._default_manager.all()
    if user.is_superuser:
        return rows
    own = Q(**{f"{_ORGANISATION_OF[model]}__in": organisation_ids_of(user, Role.ADMINISTRATOR)})
    if model is Organisation and can_open_account(user):
        own |= Q(is_hosted=False)
    return rows.filter(own)


def can_delegate(user, post) -> bool:
    """Whoever holds the post by tenure, and the administrator; never somebody who acts by delegation."""
    holds = any(holding.post_id == post.pk and not holding.is_delegated for holding in holdings_of(user))
    return holds or can_administer(user, post)


def organisation_id_of(obj) -> int:
    """The organisation a row of this app belongs to."""
    match obj:
        case Organisation():
            return obj.pk
        case Post():
            return obj.unit.organisation_id
        case Tenure() | Delegation():
            return obj.post.unit.organisation_id
        case Holiday() | OpeningHours():
            return obj.calendar.organisation_id
    return obj.organisation_id


def _lines(rows, **more):
    """One line for each role of each post, as `Holding` wants its facts."""
    unit = ("post__unit_id", "post__unit__organisation_id", "post__unit__is_registry", "post__unit__is_deconcentrated")
    columns = ("pk", "post__roles__role", "clearance", "post_id", *unit, "acts")
    return rows.annotate(**more).order_by().values_list(*columns)


@Prepared
def _held(user, on):
    """What is held by tenure, which is of no acts in particular, and by delegation."""
    tenures = _lines(Tenure.objects.effective(on).filter(user=user), acts=Value(None, JSONField()))
    return tenures.union(_lines(Delegation.objects.effective(on).filter(user=user)), all=True)


def _holdings(user, on):
    """Those by tenure first, each once with the roles of its post."""
    found = {}
    for key, role, *row, acts in _held(user=user.pk, on=on):
        roles, *_rest = found.setdefault((acts is not None, key), (set(), row, acts))
        if role:
            roles.add(role)
    for (is_delegated, _key), (roles, row, acts) in sorted(found.items(), key=itemgetter(0)):
        lent = set().union(*(ROLES_OF_ACT.get(act, set()) for act in acts or ()))
        yield _holding(row, frozenset(roles & lent if is_delegated else roles), is_delegated=is_delegated)


def _holding(row, roles, *, is_delegated):
    clearance, post, unit, organisation, is_registry, is_deconcentrated = row
    return Holding(
        post_id=post,
        unit_id=unit,
        organisation_id=organisation,
        roles=roles,
        # an administrator configures and reads nothing that is restricted, whatever was written
        clearance=Clearance.NORMAL if Role.ADMINISTRATOR in roles else clearance,
        is_delegated=is_delegated,
        is_registry=is_registry,
        is_deconcentrated=is_deconcentrated,
    )
