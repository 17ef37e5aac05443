"""Telling the search above that something it may show has changed: this floor knows no search, it only says so.

`changed` is sent inside the caller's transaction, so whoever listens writes its own row there and nothing can drift;
the work itself comes after the commit.
"""

from django.db.models import Model
from django.dispatch import Signal

changed = Signal()  # objs: the rows; access: whether who may read them may have changed


def reindex_after_commit(*objs: Model, access: bool = False) -> None:
    """What search knows of these is renewed once the transaction is committed; of each, class and key are enough.

    With `access`, who may read them may have changed: until the index shows that, nobody finds them.
    """
    changed.send(sender=None, objs=objs, access=access)
