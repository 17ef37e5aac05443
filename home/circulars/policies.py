"""Wagtail's administration asks here: editors and publishers work on the circulars of their own administration."""

from wagtail.permission_policies.base import BasePermissionPolicy, ModelPermissionPolicy

from core.organisations.enums import Role
from core.organisations.permissions import organisation_ids_of
from core.users.models import User
from home.circulars.models import Circular

# Publishing includes reading and putting right what is to be published; nothing is deleted.
_ROLES = {
    "add": {Role.CIRCULAR_EDITOR},
    "change": {Role.CIRCULAR_EDITOR, Role.CIRCULAR_PUBLISHER},
    "view": {Role.CIRCULAR_EDITOR, Role.CIRCULAR_PUBLISHER},
    "choose": {Role.CIRCULAR_EDITOR, Role.CIRCULAR_PUBLISHER},
    "publish": {Role.CIRCULAR_PUBLISHER},
    "lock": {Role.CIRCULAR_PUBLISHER},
    "unlock": {Role.CIRCULAR_PUBLISHER},
}


class CircularPolicy(BasePermissionPolicy):
    """Rights come from the posts held today."""

    def user_has_permission(self, user, action):
        return bool(_organisations(user, [action]))

    def user_has_permission_for_instance(self, user, action, instance):
        return instance.authority_id in _organisations(user, [action])

    def instances_user_has_any_permission_for(self, user, actions):
        return Circular.objects.filter(authority__in=_organisations(user, actions))

    def users_with_any_permission(self, actions):
        roles = set().union(*(_ROLES.get(action, set()) for action in actions))
        return User.objects.active().filter(groups__name__in=roles).distinct()


class KeptPolicy(ModelPermissionPolicy):
    """As the groups say, but nobody deletes: circulars of all years speak of these rows."""

    def user_has_permission(self, user, action):
        return action != "delete" and super().user_has_permission(user, action)


def _organisations(user, actions) -> set[int]:
    roles = set().union(*(_ROLES.get(action, set()) for action in actions))
    return set().union(*(organisation_ids_of(user, role=role) for role in roles))
