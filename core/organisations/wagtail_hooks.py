from wagtail import hooks

from core.organisations.viewsets import AccountViewSet, OrganisationsGroup


@hooks.register("register_admin_viewset")
def organisations():
    return OrganisationsGroup()


@hooks.register("register_log_actions")
def acts(actions):
    """How a history words the acts on a row."""
    for viewset in (*OrganisationsGroup.items, AccountViewSet):
        for act in viewset.acts:
            actions.register_action(f"diwan.{act.name}", act.label, act.done)
