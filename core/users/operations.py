"""What people change about their own account; making and closing accounts is the work of an administrator
(`core.organisations.operations`)."""

from django.db import transaction

from core.users.signals import tell

OWN_FIELDS = {"first_name", "last_name", "name_ar", "language", "notices"}


@transaction.atomic
def change_profile(user, *, by, **changes):
    """`user` changes name, language or notices of the own account. Nobody is told."""
    changed = [name for name, value in changes.items() if name in OWN_FIELDS and getattr(user, name) != value]
    if changed:
        for name in changed:
            setattr(user, name, changes[name])
        user.save(update_fields=changed)
        tell("users.profile_changed", user, by=by, fields=sorted(changed))


def choose_language(user, *, language):
    """Keep the language the person reads in; not worth an audit entry."""
    if user.language != language:
        user.language = language
        user.save(update_fields=["language"])
