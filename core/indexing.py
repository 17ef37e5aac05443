"""Telling the search above that something it may show has changed: this floor knows no search, it only says so.

`changed` is sent inside the caller's transaction, so whoever listens writes its own row there and nothing can drift;
the work itself comes after the commit.
"""

from django.db.models import Model
from django.dispatch import Signal

changed = Signal()  # sender: the class; obj: the row; access: whether who may read it may have changed


def reindex_after_commit(obj: Model, *, access: bool = False) -> None:
    """What search knows of `obj` is renewed once the transaction is committed.

    With `access`, who may read it may have changed: until the index shows that, nobody finds it.
    """
    changed.send(sender=type(obj), obj=obj, access=access)
