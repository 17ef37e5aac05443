from wagtail import hooks

from core.outbox.viewsets import OutboxGroup


@hooks.register("register_admin_viewset")
def outbox():
    return OutboxGroup()
