"""Every change raises its document, in its own transaction; the workers bring the index up to it."""

from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import CommandError, call_command
from django.db.models import F
from django.utils import timezone

from core.indexing import reindex_after_commit
from core.outbox import handlers
from core.outbox.enums import MessageState
from core.outbox.models import Message
from core.outbox.operations import run_one
from home.circulars.models import Circular
from search import engines, operations, scopes, spelling, tasks
from search.asking import ask
from search.models import Document, PublicWord
from tests.factories import circulars, letters
from tests.search.memory import MemoryServer

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


def test_words_of_a_text_that_is_no_longer_public_are_proposed_to_nobody(organisation):
    circular = circulars.published(organisation, paragraphs=["فقرة عن الكهرومغناطيسية"])
    kept = circulars.published(organisation, number="9/2026", paragraphs=["فقرة عن المواصلات"])
    operations.reconcile(engines.embedded())
    spelling.count_words()
    assert PublicWord.objects.filter(word="الكهرومغناطيسيه").exists()

    circulars.publish(kept)  # public as before
    work()
    assert PublicWord.objects.filter(word="الكهرومغناطيسيه").exists()
    Circular.objects.filter(pk=circular.pk).update(audience="staff")
    circulars.publish(circular)
    work()

    assert not PublicWord.objects.exists()
    assert spelling.is_outdated()
    spelling.count_words()
    assert set(PublicWord.objects.filter(word__in=["الكهرومغناطيسيه", "المواصلات"]).values_list("word", flat=True)) == {
        "المواصلات"
    }


# --- beside a search server


@pytest.fixture
def server(monkeypatch):
    """A search server beside the database's own index."""
    server = MemoryServer()
    monkeypatch.setattr(engines, "server", lambda: server)
    monkeypatch.setattr(engines, "current", lambda: server)
    return server


def catch_up():
    tasks.ask_to_catch_up()
    tasks.ask_to_catch_up()  # asked twice, done once
    assert Message.objects.waiting().filter(name=operations.CATCH_UP).count() == 1
    work()


def test_server_without_an_index_is_filled_while_the_own_index_answers(organisation, server):
    server.is_away = True
    circulars.published(organisation)
    work()
    assert ask(AnonymousUser(), "الفقرة").is_fallback

    server.is_away = False
    assert operations.is_server_behind()
    catch_up()

    assert not operations.is_server_behind()
    asked = ask(AnonymousUser(), "الفقرة")
    assert (asked.answer.total, asked.is_fallback) == (1, False)
    assert not operations.compare(server)


def test_what_a_server_missed_while_it_was_away_is_made_up_for(organisation, server):
    operations.rebuild(server)
    server.is_away = True
    circular = circulars.published(organisation)
    work()
    catch_up()
    assert ask(AnonymousUser(), "الفقرة").answer.total == 1  # by the own index

    server.is_away = False
    Circular.objects.filter(pk=circular.pk).update(audience="staff")
    circulars.publish(circular)
    assert ask(AnonymousUser(), "الفقرة").answer.total == 0
    work()
    catch_up()

    assert not operations.compare(server)
    assert not operations.is_server_behind()


def test_rebuilt_index_is_changed_over_and_the_old_one_dropped_a_day_later(organisation, server, time_machine):
    circulars.published(organisation)
    operations.rebuild(server)
    first, said = server.read, []
    time_machine.move_to(timezone.now() + timedelta(days=9), tick=False)

    operations.rebuild(server, progress=lambda done, total: said.append((done, total)))

    assert server.read != first
    assert said[-1][0] == said[-1][1] > 0
    time_machine.shift(timedelta(hours=23))
    tasks.reconcile({}, message=None)
    assert set(server.indexes) == {first, server.read}
    time_machine.shift(timedelta(hours=2))
    tasks.reconcile({}, message=None)
    assert list(server.indexes) == [server.read]


def test_nothing_is_left_where_there_is_no_server(db):
    assert operations.drop_left() == []
    assert operations.catch_up() == 0
    assert not operations.is_server_behind()


def test_what_waits_for_the_server_is_written_and_others_may_work_in_between(organisation, server):
    operations.rebuild(server)
    server.is_away = True
    published = [circulars.published(organisation, number=f"{number}/2026") for number in (1, 2)]
    work()
    server.is_away, pauses = False, []

    assert operations.catch_up(pause=lambda: pauses.append(True)) == len(published)

    assert pauses == [True]
    assert not operations.compare(server)
    assert operations.catch_up() == 0


def test_own_index_is_swept_by_the_clock(organisation):
    circulars.published(organisation)
    work()
    Circular.objects.update(audience="staff")
    circulars.publish(Circular.objects.get())
    work()

    assert "search.sweep_index" in [job.name for job in handlers.jobs()]
    assert operations.sweep() > 0
    assert operations.sweep() == 0


def test_own_index_that_refuses_a_document_says_so(organisation, memory, monkeypatch):
    circular = circulars.published(organisation)
    monkeypatch.setattr(memory, "write", lambda records: {record.doc_id: "too long" for record in records})

    with pytest.raises(operations.Refused, match="too long"):
        operations.index([f"circular:{circular.pk}"])

    assert Document.objects.get(kind="circular").refusal == "too long"


def test_document_somebody_changes_during_a_rebuild_is_asked_for_again(organisation, memory, monkeypatch):
    circular = circulars.published(organisation)
    Message.objects.all().delete()
    free = operations._free
    monkeypatch.setattr(operations, "_free", lambda versions: free(versions) - {f"circular:{circular.pk}"})

    operations.rebuild(memory)

    assert Message.objects.get(name=operations.INDEX).payload == {"documents": [f"circular:{circular.pk}"]}


def test_change_during_a_rebuild_is_in_the_new_index(organisation, server, monkeypatch):
    circular = circulars.published(organisation)
    operations.reconcile(engines.embedded())
    operations.rebuild(server)
    finish = server.finish

    def late(name):
        Document.objects.filter(doc_id=f"circular:{circular.pk}").update(version=F("version") + 1)
        return finish(name)

    monkeypatch.setattr(server, "finish", late)
    operations.rebuild(server)

    assert not operations.compare(server)


def test_document_a_server_refuses_waits_for_its_next_change(organisation, server, monkeypatch):
    circular = circulars.published(organisation)
    work()
    operations.rebuild(server)
    doc_id, write = f"circular:{circular.pk}", server.write
    monkeypatch.setattr(server, "write", lambda records, **kwargs: {record.doc_id: "too long" for record in records})
    circulars.publish(circular)
    work()

    assert operations.catch_up() == 0
    assert operations.examine(server).faults["refused"] == {doc_id}
    with pytest.raises(SystemExit):
        call_command("check_search")

    monkeypatch.setattr(server, "write", write)
    circulars.publish(circular)
    work()
    assert not any(operations.examine(server).faults.values())


def test_restored_database_is_older_than_its_server(organisation, server):
    circular = circulars.published(organisation)
    work()
    operations.rebuild(server)
    doc_id = f"circular:{circular.pk}"
    server.write([scopes.SCOPES["circular"].record(circular, 50)])

    assert operations.compare(server).stale == {doc_id}
    call_command("search_reconcile", stdout=StringIO())

    assert dict(server.versions())[doc_id] == 51
    assert not operations.compare(server)
    assert not operations.compare(engines.embedded(), thorough=True)


# --- commands


def said(*command) -> str:
    out = StringIO()
    call_command(*command, stdout=out)
    return out.getvalue()


def test_commands_say_how_the_index_stands_and_put_it_right(organisation):
    circulars.published(organisation)
    assert "waiting 1" in said("check_search")
    assert "missing 0" in said("check_search")  # what waits is not missing

    said("search_reconcile")
    assert "missing 0, stale 0, unsaid 0, phantom 0" in said("search_reconcile")
    assert "waiting 0" in said("check_search")
    assert "documents written." in said("search_rebuild")
    assert "embedded" in said("search_rebuild", "--engine", "own")
    with pytest.raises(CommandError):
        said("search_rebuild", "--engine", "server")

    Document.objects.filter(kind="circular").update(shown_version=77, version=77)
    Circular.objects.update(current=None)
    with pytest.raises(SystemExit):
        said("check_search")


def test_commands_say_that_the_server_is_away(organisation, server):
    server.is_away = True

    for name in ("search_reconcile", "search_rebuild"):
        with pytest.raises(CommandError):
            said(name)
    with pytest.raises(SystemExit):
        said("check_search")
