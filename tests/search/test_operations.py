"""Every change raises its document, in its own transaction; the workers bring the index up to it."""

import pytest
from django.contrib.auth.models import AnonymousUser

from core.indexing import reindex_after_commit
from core.outbox.enums import MessageState
from core.outbox.models import Message
from core.outbox.operations import run_one
from home.circulars.models import Circular
from search import operations
from search.asking import ask
from search.models import Document
from tests.factories import circulars, letters

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]


def work():
    """The workers do every row, and none of the periodic jobs: reconciling would hide what was forgotten."""
    while run_one():
        pass
    assert not Message.objects.filter(name=operations.INDEX).exclude(state=MessageState.DONE).exists()


def test_published_circular_is_found_once_the_workers_are_done(organisation, memory):
    circular = circulars.published(organisation)
    assert ask(AnonymousUser(), "الفقرة").answer.total == 0

    work()

    assert list(ask(AnonymousUser(), "الفقرة").found.values()) == [circular]
    assert not operations.compare(memory, thorough=True)


def test_change_that_was_rolled_back_raises_nothing(organisation, memory):
    circular = circulars.published(organisation)
    before = Document.objects.values().get()

    with pytest.raises(ZeroDivisionError), operations.transaction.atomic():
        reindex_after_commit(circular, access=True)
        raise ZeroDivisionError

    assert Document.objects.values().get() == before


def test_lost_row_of_the_outbox_loses_nothing(organisation, memory):
    circulars.published(organisation)
    Message.objects.filter(name=operations.INDEX).delete()

    assert operations.ask_for_forgotten() == 1
    assert operations.ask_for_forgotten() == 0  # asked for only once
    assert Message.objects.filter(name=operations.INDEX).count() == 1
    work()

    assert ask(AnonymousUser(), "الفقرة").answer.total == 1


def test_deleted_page_and_withdrawn_index(organisation, memory):
    circular = circulars.published(organisation)
    work()
    Circular.objects.filter(pk=circular.pk).update(current=None)

    found = operations.reconcile(memory)

    assert found.phantom == {f"circular:{circular.pk}"}
    assert list(memory.versions()) == []
    assert not operations.compare(memory, thorough=True)


def test_forgotten_change_is_found_by_what_documents_say(organisation, registry, memory):
    item = letters.deposited(organisation).item
    operations.reconcile(memory)
    type(item.correspondence).objects.filter(pk=item.correspondence_id).update(subject="موضوع آخر تماما")

    assert operations.compare(memory).all == set()
    found = operations.compare(memory, thorough=True)
    assert (found.unsaid, found.missing, found.stale) == ({f"correspondence:{item.pk}"}, set(), set())

    operations.reconcile(memory)
    assert not operations.compare(memory, thorough=True)
    assert memory.records[f"correspondence:{item.pk}"].passages[0].title.endswith("موضوع آخر تماما")
