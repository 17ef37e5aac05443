from wagtail import hooks

from core.files.viewsets import TextsViewSet


@hooks.register("register_admin_viewset")
def texts():
    return TextsViewSet()
