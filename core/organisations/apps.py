from django.apps import AppConfig
from wagtail.users.apps import WagtailUsersAppConfig


class OrganisationsConfig(AppConfig):
    name = "core.organisations"
    label = "organisations"
    default = True

    def ready(self):
        from wagtail.permissions import register_permission_policy

        from core.organisations import policies

        for model in policies.ADMINISTERED:
            register_permission_policy(model, policies.AdministratorPolicy(model))
        # bulk actions of Wagtail would write groups and flags behind our operations
        from wagtail.users.views import bulk_actions

        for action in (
            bulk_actions.AssignRoleBulkAction,
            bulk_actions.DeleteBulkAction,
            bulk_actions.SetActiveStateBulkAction,
        ):
            action.models = []


class AccountsConfig(WagtailUsersAppConfig):
    """Wagtail's user administration with our accounts: no groups, no flags, nothing deleted."""

    user_viewset = "core.organisations.viewsets.AccountViewSet"

    def ready(self):
        from django.contrib.auth.models import Group
        from wagtail.permissions import register_permission_policy

        register_permission_policy(Group)
