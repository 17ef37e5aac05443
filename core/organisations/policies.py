"""Wagtail's administration asks here: rights come from the posts held now, not from groups; nothing is deleted."""

from wagtail.permission_policies.base import BasePermissionPolicy

from core.organisations.enums import Role
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
from core.organisations.permissions import administered_by, can_open_account
from core.users.models import User

ADMINISTERED = (User, Organisation, Unit, Post, Tenure, Delegation, WorkingCalendar, Holiday, OpeningHours)


class AdministratorPolicy(BasePermissionPolicy):
    """Administrators work on the rows of their own organisations."""

    def user_has_permission(self, user, action):
        return action != "delete" and user.is_active and can_open_account(user)

    def user_has_permission_for_instance(self, user, action, instance):
        return self.instances_user_has_any_permission_for(user, [action]).filter(pk=instance.pk).exists()

    def instances_user_has_any_permission_for(self, user, actions):
        if self.user_has_any_permission(user, actions):
            return administered_by(user, self.model)
        return self.model._default_manager.none()

    def users_with_any_permission(self, actions):
        if set(actions) == {"delete"}:
            return User.objects.none()
        return User.objects.active().filter(groups__name=Role.ADMINISTRATOR).distinct()
