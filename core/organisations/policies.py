"""Wagtail's administration asks here: rights come from the posts held now, not from groups; nothing is deleted."""

from wagtail.permission_policies.base import BasePermissionPolicy
from wagtail.permissions import register_permission_policy

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
from core.organisations.permissions import administered_by, can_open_account, set_organisation_of
from core.users.models import User

ADMINISTERED = (User, Organisation, Unit, Post, Tenure, Delegation, WorkingCalendar, Holiday, OpeningHours)


def administer(model, organisation_path: str) -> None:
    """Give the rows of an upper app to the administrators of their organisation; called from `AppConfig.ready()`."""
    set_organisation_of(model, organisation_path)
    register_permission_policy(model, AdministratorPolicy(model))


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
