"""What the clock does: tenures and delegations begin and end at midnight without anybody's act."""

from core.organisations import operations


def sync_groups():
    operations.sync_groups()


def groups_differ() -> bool:
    """Whether there is anything to put right: three reads."""
    missing, too_many = operations.group_differences()
    return bool(missing or too_many)
