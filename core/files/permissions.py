"""Who may read a file: files know nobody, so each app above answers for the files it holds."""

import inspect
from collections.abc import Callable

from core.files.models import StoredFile
from core.outbox.permissions import can_oversee

_readers: list[Callable] = []


def register_reader(func: Callable) -> None:
    """`func(user, file, scope) -> bool` says whether its app lets `user` read `file`; one yes is enough.

    `scope` is the word the address was made for ("" for staff). A function that takes `request` gets it too: whoever
    has no account is known by a cookie.
    """
    if func not in _readers:
        _readers.append(func)


def can_read(user, file: StoredFile, scope: str = "", *, request=None) -> bool:
    """Whether any app that holds `file` lets `user` read it; says nothing about the virus scan."""
    return any(_ask(reader, user, file, scope, request) for reader in _readers)


def can_read_again(user) -> bool:
    """Administrators have the text of files read again; what it says they do not see by that."""
    return can_oversee(user)


def _ask(reader, user, file, scope, request):
    if "request" in inspect.signature(reader).parameters:
        return bool(reader(user, file, scope, request=request))
    return bool(reader(user, file, scope))
