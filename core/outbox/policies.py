"""Wagtail's administration asks here: administrators look, nobody adds, changes or deletes a row by hand."""

from wagtail.permission_policies.base import BasePermissionPolicy

from core.organisations.enums import Role
from core.outbox.permissions import can_oversee
from core.users.models import User


class OverseerPolicy(BasePermissionPolicy):
    def user_has_permission(self, user, action):
        return action == "view" and can_oversee(user)

    def user_has_permission_for_instance(self, user, action, instance):
        return self.user_has_permission(user, action)

    def instances_user_has_any_permission_for(self, user, actions):
        rows = self.model._default_manager
        return rows.all() if self.user_has_any_permission(user, actions) else rows.none()

    def users_with_any_permission(self, actions):
        if "view" not in actions:
            return User.objects.none()
        return User.objects.active().filter(groups__name=Role.ADMINISTRATOR).distinct()
