"""Who sits where and may do what: every change names its administrator, and is told to the audit by signal.

Wherever rights may have changed the members of the role groups are put right in the same transaction.
"""

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from core.dates import today
from core.exceptions import BusinessError, NotAllowed, WrongState
from core.organisations.calendar import public_holidays
from core.organisations.enums import ROLES_OF_ACT, Act, Role
from core.organisations.models import (
    Delegation,
    Holiday,
    Organisation,
    Post,
    PostRole,
    Tenure,
    Unit,
    WorkingCalendar,
)
from core.organisations.permissions import (
    can_administer,
    can_administer_person,
    can_delegate,
    can_open_account,
    can_open_organisation,
    forget,
)
from core.users.models import User
from core.users.signals import tell

# What a role's Wagtail group may do there; rights on the rows of this app come from posts, not from groups.
PERMISSIONS_OF_ROLE = {Role.ADMINISTRATOR: [("wagtailadmin", "access_admin")]}


# --- organisations, units, posts, calendars ------------------------------------------------------------------------


@transaction.atomic
def open_organisation(organisation, *, by):
    """Save a new organisation. Refused to whoever may not open one of its kind."""
    if not can_open_organisation(by, organisation):
        raise NotAllowed()
    organisation.save(force_insert=True)
    tell("organisations.opened", organisation, by=by)
    return organisation


@transaction.atomic
def set_up(obj, *, by, roles=()):
    """Save a new unit, post (with its roles), calendar, holiday or hours of an organisation `by` administers."""
    if not can_administer(by, obj):
        raise NotAllowed()
    _check_place_in_tree(obj)
    if isinstance(obj, WorkingCalendar):
        obj.version = _last_version(obj.organisation_id) + 1
    obj.save(force_insert=True)
    if roles:
        _write_roles(obj, roles)
    tell("organisations.set_up", obj, by=by)
    return obj


@transaction.atomic
def change(obj, *, by, roles=None, **changes):
    """Write the changed fields of one row (and the roles of a post); who holds the post gains or loses them at once.

    Refused for the code of an organisation, which stands in numbers; and when its registers would come here or leave:
    that is part of an installation.
    """
    stored = type(obj)._default_manager.select_for_update(of=("self",)).get(pk=obj.pk)
    changed = [name for name, value in changes.items() if getattr(stored, name) != value]
    may = can_administer(by, stored)
    for name in changed:
        setattr(stored, name, changes[name])
    if not may or not can_administer(by, stored) or ("is_hosted" in changed and not by.is_superuser):
        raise NotAllowed()
    if "code" in changed and isinstance(stored, Organisation):
        raise BusinessError(_("The code stands in numbers already given and stays as it is."), code="code_is_fixed")
    _check_place_in_tree(stored)
    if changed:
        stored.save(update_fields=changed)
    if roles is not None and stored.role_set() != set(roles):
        _write_roles(stored, roles)
        changed.append("roles")
    if changed:
        sync_groups()
        tell("organisations.changed", stored, by=by, fields=sorted(changed))
    return stored


@transaction.atomic
def close(obj, *, by):
    """Close an organisation, a unit or a post; nothing is deleted, and `reopen` undoes it.

    Refused while somebody sits there, or while a unit has open units or posts below it.
    """
    if not can_administer(by, obj):
        raise NotAllowed()
    if sentence := _in_the_way_of_closing(obj):
        raise WrongState(sentence, code="in_use")
    _switch(obj, is_active=False)
    tell("organisations.closed", obj, by=by)


@transaction.atomic
def reopen(obj, *, by):
    """Open again what was closed."""
    if not can_administer(by, obj):
        raise NotAllowed()
    _switch(obj, is_active=True)
    tell("organisations.reopened", obj, by=by)


@transaction.atomic
def revise_calendar(calendar, *, by, valid_from):
    """A new version of a calendar with the same days and hours, to be changed from `valid_from` on.

    What was computed with the earlier version stays true for the days before.
    """
    if not can_administer(by, calendar):
        raise NotAllowed()
    if valid_from < calendar.valid_from:
        raise BusinessError(_("A new version begins after the one it replaces."), code="too_early")
    new = WorkingCalendar.objects.create(
        organisation_id=calendar.organisation_id,
        version=_last_version(calendar.organisation_id) + 1,
        valid_from=valid_from,
        weekend=calendar.weekend,
    )
    for row in [*calendar.holidays.all(), *calendar.opening_hours.all()]:
        row.pk, row.calendar, row._state.adding = None, new, True
        row.save(force_insert=True)
    tell("organisations.calendar_revised", new, by=by, version=new.version)
    return new


@transaction.atomic
def declare_public_holidays(calendar, *, by, year) -> int:
    """Write the holidays of that year that fall on a fixed day into a calendar; days already there stay as they are."""
    if not can_administer(by, calendar):
        raise NotAllowed()
    known = set(calendar.holidays.values_list("day", flat=True))
    new = [
        Holiday(calendar=calendar, day=day, name_ar=name_ar, name_fr=name_fr)
        for day, name_ar, name_fr in public_holidays(year)
        if day not in known
    ]
    Holiday.objects.bulk_create(new)
    tell("organisations.holidays_declared", calendar, by=by, year=year, days=len(new))
    return len(new)


# --- people on posts -----------------------------------------------------------------------------------------------


@transaction.atomic
def appoint(user, *, post, by, starts_on, ends_on=None, clearance=0):
    """`user` takes a seat from a day on; rights follow that day. A seat is held by one person at a time.

    Refused to oneself (another administrator does it), on a closed post, for a closed account, and while somebody
    else sits there.
    """
    post = Post.objects.select_related("unit__organisation").select_for_update(of=("self",)).get(pk=post.pk)
    if not can_administer(by, post) or not can_administer_person(by, user):
        raise NotAllowed()
    if user == by and not by.is_superuser:
        raise NotAllowed(_("Nobody takes a post by their own hand: another administrator appoints you."))
    _check_days(starts_on, ends_on)
    if not Post.objects.active().filter(pk=post.pk).exists():
        raise WrongState(_("This post is closed."), code="closed")
    if not user.is_active:
        raise WrongState(_("The account of this person is closed."), code="account_closed")
    if taken := post.tenures.overlapping(starts_on, ends_on).select_related("user").first():
        raise WrongState(_("%(person)s holds this post in that period.") % {"person": taken.user}, code="taken")
    tenure = Tenure.objects.create(post=post, user=user, starts_on=starts_on, ends_on=ends_on, clearance=clearance)
    _rights_changed(user)
    tell("organisations.appointed", tenure, by=by, post=post.pk, user=user.pk, clearance=int(clearance))
    return tenure


@transaction.atomic
def end_tenure(tenure, *, by, ends_on=None):
    """The person leaves the seat on `ends_on` (today by default), the last day included. Refused once it has ended."""
    tenure = Tenure.objects.select_for_update(of=("self",)).select_related("user", "post__unit").get(pk=tenure.pk)
    if not can_administer(by, tenure):
        raise NotAllowed()
    ends_on = ends_on or max(today(), tenure.starts_on)
    _check_days(tenure.starts_on, ends_on)
    if tenure.ends_on and tenure.ends_on < today():
        raise WrongState(_("This tenure has ended already."), code="ended")
    if tenure.post.tenures.overlapping(tenure.starts_on, ends_on).exclude(pk=tenure.pk).exists():
        raise WrongState(_("Somebody else holds this post in that period."), code="taken")
    tenure.ends_on = ends_on
    tenure.save(update_fields=["ends_on"])
    _rights_changed(tenure.user)
    tell("organisations.tenure_ended", tenure, by=by, ends_on=ends_on.isoformat())
    return tenure


@transaction.atomic
def change_clearance(tenure, *, by, clearance):
    """What the person may read on this seat, from now on. Refused to oneself and once the tenure has ended."""
    if not can_administer(by, tenure) or (tenure.user == by and not by.is_superuser):
        raise NotAllowed()
    if tenure.ends_on and tenure.ends_on < today():
        raise WrongState(_("This tenure has ended already."), code="ended")
    tenure.clearance = clearance
    tenure.save(update_fields=["clearance"])
    forget(tenure.user)
    tell("organisations.clearance_changed", tenure, by=by, clearance=int(clearance))
    return tenure


@transaction.atomic
def delegate(post, *, to, by, starts_on, ends_on, acts, written_act, clearance=0):
    """`to` acts for `post` between two days, for the stated kinds of act, by a written act.

    Given by the person who holds the post or an administrator, never by somebody who acts by delegation. Refused for
    people of another organisation, for acts the post does not have, and above the clearance of the post's holder.
    """
    post = Post.objects.select_related("unit__organisation").select_for_update(of=("self",)).get(pk=post.pk)
    if not can_delegate(by, post):
        raise NotAllowed(_("Only the person who holds the post delegates; a delegation is never passed on."))
    if to == by and not by.is_superuser:
        raise NotAllowed(_("A delegation goes to somebody else."))
    _check_days(starts_on, ends_on)
    if ends_on < today():
        raise BusinessError(_("The last day is over already."), code="over")
    if not written_act.strip():
        raise BusinessError(_("Enter the number and date of the written act."), code="no_written_act")
    if not _lent(acts) & post.role_set():
        raise BusinessError(_("Choose kinds of act that belong to this post."), code="no_such_act")
    _check_delegate(post, to, starts_on)
    holder = post.tenures.current(max(starts_on, today())).first()
    if clearance > (holder.clearance if holder else 0):
        raise BusinessError(_("The clearance is higher than that of the person who holds the post."), code="clearance")
    delegation = Delegation.objects.create(
        post=post,
        user=to,
        starts_on=starts_on,
        ends_on=ends_on,
        acts=[act for act in Act.values if act in acts],
        written_act=written_act.strip(),
        clearance=clearance,
        given_by=by,
    )
    _rights_changed(to)
    tell("organisations.delegated", delegation, by=by, post=post.pk, user=to.pk, acts=delegation.acts)
    return delegation


@transaction.atomic
def revoke_delegation(delegation, *, by):
    """The delegation ends now. By whoever could give it; refused once it is over or revoked."""
    delegation = Delegation.objects.select_for_update(of=("self",)).select_related("user").get(pk=delegation.pk)
    if not can_delegate(by, delegation.post):
        raise NotAllowed()
    if delegation.revoked_at or delegation.ends_on < today():
        raise WrongState(_("This delegation is over already."), code="over")
    delegation.revoked_at = timezone.now()
    delegation.save(update_fields=["revoked_at"])
    _rights_changed(delegation.user)
    tell("organisations.delegation_revoked", delegation, by=by)
    return delegation


# --- accounts ------------------------------------------------------------------------------------------------------


@transaction.atomic
def open_account(user, *, by):
    """Save a new account without password and invite its owner by mail to set one."""
    if not can_open_account(by):
        raise NotAllowed()
    user.set_unusable_password()
    user.is_superuser = user.is_staff = False
    user.save(force_insert=True)
    tell("users.opened", user, by=by)
    tell("users.invited", user, by=by)
    return user


@transaction.atomic
def change_account(user, *, by, **changes):
    """An administrator corrects name, e-mail or language of an account of their people."""
    if not can_administer_person(by, user):
        raise NotAllowed()
    stored = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    changed = [name for name, value in changes.items() if getattr(stored, name) != value]
    for name in changed:
        setattr(stored, name, changes[name])
    if changed:
        stored.save(update_fields=changed)
        tell("users.changed", stored, by=by, fields=sorted(changed))
    return stored


@transaction.atomic
def invite(user, *, by):
    """Send the link that sets a password (again). Refused for a closed account."""
    if not can_administer_person(by, user):
        raise NotAllowed()
    if not user.is_active:
        raise WrongState(_("The account of this person is closed."), code="account_closed")
    tell("users.invited", user, by=by)


@transaction.atomic
def close_account(user, *, by):
    """Nobody signs in with it any more and open sessions end; tenures stay written. Refused to oneself."""
    if not can_administer_person(by, user) or user == by:
        raise NotAllowed()
    user.is_active = False
    user.save(update_fields=["is_active"])
    _rights_changed(user)
    tell("users.closed", user, by=by)


@transaction.atomic
def reset_second_factor(user, *, by):
    """Remove every second factor of somebody who lost it; the person is asked for a new one. Refused to oneself."""
    if not can_administer_person(by, user) or user == by:
        raise NotAllowed()
    Authenticator.objects.filter(user=user).delete()
    tell("users.second_factor_reset", user, by=by)


@transaction.atomic
def reopen_account(user, *, by):
    """The account works again, with the posts it still holds."""
    if not can_administer_person(by, user):
        raise NotAllowed()
    user.is_active = True
    user.save(update_fields=["is_active"])
    _rights_changed(user)
    tell("users.reopened", user, by=by)


# --- role groups ---------------------------------------------------------------------------------------------------


def group_differences(on=None) -> tuple[set, set]:
    """What is missing from, and too much in, the members of the role groups: `(user_id, role)` pairs."""
    rights = set()
    for row in Tenure.objects.effective(on).values_list("user_id", "post__roles__role"):
        rights.add(row)
    for user_id, acts, role in Delegation.objects.effective(on).values_list("user_id", "acts", "post__roles__role"):
        if role in _lent(acts):
            rights.add((user_id, role))
    rights = {(user_id, role) for user_id, role in rights if role}
    members = User.groups.through.objects.filter(group__name__in=Role.values)
    present = set(members.values_list("user_id", "group__name"))
    return rights - present, present - rights


@transaction.atomic
def sync_groups() -> int:
    """Put the members of the role groups in step with the posts held today; says how many rows changed."""
    missing, too_many = group_differences()
    if not missing and not too_many:
        return 0
    groups = make_role_groups()
    through = User.groups.through
    through.objects.bulk_create(
        [through(user_id=user_id, group=groups[role]) for user_id, role in sorted(missing)], ignore_conflicts=True
    )
    for user_id, role in too_many:
        through.objects.filter(user_id=user_id, group=groups[role]).delete()
    return len(missing) + len(too_many)


def make_role_groups() -> dict[str, Group]:
    """One group for each role, with what it may do in the Wagtail admin; changes nothing if all is there."""
    groups = {group.name: group for group in Group.objects.filter(name__in=Role.values)}
    for role in Role.values:
        if role not in groups:
            groups[role], _created = Group.objects.get_or_create(name=role)
    for role, wanted in PERMISSIONS_OF_ROLE.items():
        for app_label, codename in wanted:
            found = Permission.objects.filter(content_type__app_label=app_label, codename=codename)
            groups[role].permissions.add(*found)
    return groups


# --- helpers -------------------------------------------------------------------------------------------------------


def _switch(obj, *, is_active):
    obj.is_active = is_active
    obj.save(update_fields=["is_active"])
    sync_groups()


def _in_the_way_of_closing(obj) -> str:
    match obj:
        case Unit():
            if obj.children.active().exists() or obj.posts.filter(is_active=True).exists():
                return _("Close the posts and the units below this one first.")
        case Post():
            if tenure := obj.tenures.current().select_related("user").first():
                return _("%(person)s holds this post in that period.") % {"person": tenure.user}
    return ""


def _last_version(organisation_id) -> int:
    Organisation.objects.select_for_update(of=("self",)).get(pk=organisation_id)
    versions = WorkingCalendar.objects.filter(organisation=organisation_id)
    return versions.aggregate(last=Max("version"))["last"] or 0


def _check_place_in_tree(obj):
    """A unit lies under a unit of its own organisation, and not under itself."""
    if isinstance(obj, Unit) and obj.parent:
        if obj.parent.organisation_id != obj.organisation_id:
            raise BusinessError(_("The unit above belongs to another organisation."), code="elsewhere")
        if obj.pk and obj.parent_id in {obj.pk, *obj.descendant_ids()}:
            raise BusinessError(_("A unit cannot be part of itself."), code="circle")


def _write_roles(post, roles):
    PostRole.objects.filter(post=post).exclude(role__in=roles).delete()
    present = set(PostRole.objects.filter(post=post).values_list("role", flat=True))
    PostRole.objects.bulk_create([PostRole(post=post, role=role) for role in roles if role not in present])
    post._prefetched_objects_cache = {}


def _check_days(starts_on, ends_on):
    if ends_on and ends_on < starts_on:
        raise BusinessError(_("The last day is before the first one."), code="dates")


def _check_delegate(post, to, starts_on):
    if not to.is_active:
        raise WrongState(_("The account of this person is closed."), code="account_closed")
    if post.tenures.current(max(starts_on, today())).filter(user=to).exists():
        raise BusinessError(_("This person holds the post already."), code="own_post")
    here = Tenure.objects.effective(max(starts_on, today())).filter(
        user=to, post__unit__organisation_id=post.unit.organisation_id
    )
    if not here.exists():
        raise BusinessError(_("A delegate holds a post in the same organisation."), code="elsewhere")


def _lent(acts) -> set[str]:
    return set().union(*(ROLES_OF_ACT.get(act, set()) for act in acts))


def _rights_changed(user):
    forget(user)
    sync_groups()
