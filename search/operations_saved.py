"""Searches people keep, and the words that found nothing."""

from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.dates import today
from core.exceptions import BusinessError, NotAllowed
from core.notifications.operations import notify
from core.organisations.permissions import is_staff_today

from .models import EmptySearch, SavedSearch

MOST = 50  # saved searches of one person
MOST_EMPTY = 2_000  # different words a day: strangers may write anything
MOST_KNOWN = 1_000  # documents a saved search remembers


@transaction.atomic
def save_search(*, by, name: str, query: str, known: list[str]) -> SavedSearch:
    """Keep a search for `by`, to whom news of it come from now on; `known` are the documents it finds today.

    The same choices again are the same saved search under the new name, also when it was removed. Refused to anybody
    without a post (NotAllowed), beyond MOST, and with more choices than can be kept.
    """
    if not is_staff_today(by):
        raise NotAllowed()
    if len(query) > SavedSearch._meta.get_field("query").max_length:
        raise BusinessError(_("Choose less before you keep this search."), code="too_long")
    others = SavedSearch.objects.visible_to(by).kept().exclude(query=query)
    if others.count() >= MOST:
        raise BusinessError(_("You keep as many searches as can be kept. Remove one first."), code="too_many_saved")
    now = timezone.now()
    facts = {"name": name, "known": known[:MOST_KNOWN], "fresh": 0, "seen_at": now, "checked_at": now}
    saved, _made = SavedSearch.objects.update_or_create(owner=by, query=query, defaults=facts | {"removed_at": None})
    return saved


@transaction.atomic
def rename_search(saved: SavedSearch, *, by, name: str) -> None:
    """Give it another name. Refused to anybody but its owner (NotAllowed)."""
    _change(saved, by=by, name=name)


@transaction.atomic
def set_pace(saved: SavedSearch, *, by, pace: str) -> None:
    """How news of it come by e-mail; empty as all notices of `by` do. Refused to anybody else (NotAllowed)."""
    _change(saved, by=by, pace=pace)


@transaction.atomic
def remove_search(saved: SavedSearch, *, by) -> None:
    """No more news of it; it can be brought back for a while. Refused to anybody but its owner (NotAllowed)."""
    _change(saved, by=by, removed_at=timezone.now())


@transaction.atomic
def restore_search(saved: SavedSearch, *, by) -> None:
    """Bring back what was removed; news count from now on. Refused to anybody but its owner (NotAllowed)."""
    _change(saved, by=by, removed_at=None, checked_at=timezone.now())


@transaction.atomic
def look_at(saved: SavedSearch, *, by) -> None:
    """Note that `by` has seen what it finds. Refused to anybody but its owner (NotAllowed)."""
    _change(saved, by=by, fresh=0, seen_at=timezone.now())


@transaction.atomic
def note_found(saved: SavedSearch, found: list[str]) -> list[str]:
    """Note what a saved search finds now; its owner is told, once, of what it never found before. Returns that."""
    saved = SavedSearch.objects.select_for_update(of=("self",)).select_related("owner").get(pk=saved.pk)
    known = set(saved.known)
    fresh = [doc_id for doc_id in found if doc_id not in known]
    SavedSearch.objects.filter(pk=saved.pk).update(
        known=list(dict.fromkeys([*found, *saved.known]))[:MOST_KNOWN],
        fresh=F("fresh") + len(fresh),
        checked_at=timezone.now(),
    )
    if fresh:
        notify(
            saved.owner,
            "search.found",
            url=saved.get_absolute_url(),
            pace=saved.pace,
            saved=saved.pk,
            name=saved.name,
            count=len(fresh),
            documents=fresh[:100],
        )
    return fresh


@transaction.atomic
def note_empty(words: list[str]) -> None:
    """Count words that found nothing today; who looked for them is kept nowhere. Beyond MOST_EMPTY none are added."""
    said = " ".join(words)[: EmptySearch._meta.get_field("words").max_length].strip()
    of_today = EmptySearch.objects.filter(day=today())
    if said and not of_today.filter(words=said).update(count=F("count") + 1) and of_today.count() < MOST_EMPTY:
        EmptySearch.objects.bulk_create([EmptySearch(words=said, day=today())], ignore_conflicts=True)


def sweep(*, removed_before: timedelta, empty_before: timedelta) -> None:
    """Forget what was removed and what was looked for in vain, so long ago."""
    SavedSearch.objects.filter(removed_at__lt=timezone.now() - removed_before).delete()
    EmptySearch.objects.filter(day__lt=today() - empty_before).delete()


def _change(saved, *, by, **facts):
    if saved.owner_id != by.pk:
        raise NotAllowed()
    for name, value in facts.items():
        setattr(saved, name, value)
    saved.save(update_fields=list(facts))
