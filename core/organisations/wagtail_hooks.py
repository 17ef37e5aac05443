from wagtail import hooks

from core.organisations.viewsets import OrganisationsGroup


@hooks.register("register_admin_viewset")
def organisations():
    return OrganisationsGroup()
