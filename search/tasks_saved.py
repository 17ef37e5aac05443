"""What the clock does for readers of search: news of saved searches, the words corrections come from, sweeping."""

from datetime import timedelta

from django.utils import timezone

from core.notifications import guards
from core.outbox import handlers

from . import operations_saved, results, scopes, spelling
from .forms import saved_form
from .models import SavedSearch

EVERY = timedelta(hours=1)  # between two looks for news of one saved search
REMOVED_KEPT, EMPTY_KEPT = timedelta(days=7), timedelta(days=180)


def check_saved() -> None:
    """Look what each saved search finds that it never found, as its owner may read now, and tell them."""
    for saved in _due().select_related("owner").iterator(chunk_size=100):
        form = saved_form(saved.query)
        operations_saved.note_found(saved, results.newest(saved.owner, form.words, **form.asks))


def open_notices(reader, notices):
    """Of notices about saved searches, those with a document the reader may still read."""
    named = {doc_id for notice in notices for doc_id in notice.data["documents"]}
    readable = set(scopes.found(named, reader))
    return [notice for notice in notices if readable & set(notice.data["documents"])]


def sweep() -> None:
    """Forget what has been long removed, and long looked for in vain."""
    operations_saved.sweep(removed_before=REMOVED_KEPT, empty_before=EMPTY_KEPT)


def register_jobs() -> None:
    guards.register("search.", open_notices)
    handlers.register_job("search.check_saved", check_saved, timedelta(minutes=5), wanted=lambda: _due().exists())
    handlers.register_job(
        "search.count_words", spelling.count_words, timedelta(minutes=15), wanted=spelling.is_outdated
    )
    handlers.register_job("search.sweep", sweep, timedelta(days=1))


def _due():
    return SavedSearch.objects.kept().filter(checked_at__lte=timezone.now() - EVERY, owner__is_active=True)
