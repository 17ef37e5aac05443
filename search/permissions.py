from core.organisations.enums import Role
from core.organisations.permissions import has_role


def can_tune(user) -> bool:
    """Administrators set how search answers; what it answers them is what they may read."""
    return has_role(user, Role.ADMINISTRATOR)
