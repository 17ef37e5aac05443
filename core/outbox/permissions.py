from core.organisations.enums import Role
from core.organisations.permissions import has_role


def can_oversee(user) -> bool:
    """Administrators see what work waits and failed, never what it carries."""
    return user.is_active and has_role(user, Role.ADMINISTRATOR)


def can_retry(user, message) -> bool:
    """Administrators give a dead row to the workers again."""
    return can_oversee(user)
