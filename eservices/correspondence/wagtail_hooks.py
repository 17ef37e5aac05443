from wagtail import hooks

from eservices.correspondence.viewsets import ActTypesGroup


@hooks.register("register_admin_viewset")
def act_types():
    return ActTypesGroup()
