"""Pages that are the same for every stranger: kept ready to be sent again, until something they show changes.

A view says `@public_page`; whoever changes what strangers see calls `changed()`. What ties the two together is one
small file under DIWAN_VAR that every process of the web server and the worker looks at: a page made under an older
stamp is never sent again. Nothing expires by waiting.
"""

import uuid
from functools import wraps

from django.conf import settings
from django.db import transaction


def public_page(view):
    """Mark a view whose answer to a stranger depends on the address alone: no form token, no draft, no session."""

    @wraps(view)
    def marked(*args, **kwargs):
        return view(*args, **kwargs)

    marked.is_public_page = True
    return marked


def changed() -> None:
    """Once the transaction is committed, what was kept of public pages is made anew by whoever asks next."""
    transaction.on_commit(renew)


def renew() -> None:
    """Put another stamp in the place of the old one, in one step."""
    stamp = settings.PUBLIC_STAMP
    stamp.parent.mkdir(parents=True, exist_ok=True)
    fresh = stamp.with_name(f"{stamp.name}.{uuid.uuid4().hex}")
    fresh.touch()
    fresh.replace(stamp)


def stamp() -> tuple[int, int]:
    """What tells one state of the public pages from the next; costs one look at the file system."""
    try:
        found = settings.PUBLIC_STAMP.stat()
    except FileNotFoundError:
        return 0, 0
    return found.st_ino, found.st_mtime_ns
