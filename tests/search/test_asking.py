"""Asking: for somebody, of the engine at hand, and never without the database's word on every line."""

import logging

import pytest
from django.contrib.auth.models import AnonymousUser

from home.circulars.enums import Audience
from home.circulars.models import Circular
from search import engines, scopes
from search.asking import ask, suggest
from search.contract import EngineAway
from search.models import Document
from tests.factories import circulars
from tests.search.memory import MemoryEngine

pytestmark = [pytest.mark.django_db]


def indexed(engine, kind="circular", version=1):
    scope = scopes.SCOPES[kind]
    engine.write([scope.record(obj, version) for obj in scope.documents()])


def test_circular_is_found_by_a_stem_and_shown(organisation, memory):
    circular = circulars.published(organisation, number="12/2026")
    indexed(memory)

    asked = ask(AnonymousUser(), "الفقرات")

    assert [hit.doc_id for hit in asked.answer.hits] == [f"circular:{circular.pk}"]
    assert asked.found == {f"circular:{circular.pk}": circular}
    assert (asked.engine, asked.is_fallback) == ("memory", False)


def test_nobody_asks_without_being_somebody(memory):
    with pytest.raises(TypeError):
        ask(text="منشور")


def test_what_waits_to_be_shown_anew_is_in_nothing(organisation, memory):
    circular = circulars.published(organisation)
    indexed(memory)
    Document.objects.update_or_create(
        doc_id=f"circular:{circular.pk}", defaults={"version": 3, "access_version": 3, "shown_version": 2}
    )

    asked = ask(AnonymousUser(), "الفقرة")

    assert (asked.answer.total, asked.answer.hits) == (0, ())
    assert asked.answer.facets == {key: {} for key in asked.answer.facets}
    assert suggest(AnonymousUser(), "الإيداع") == {}


def test_what_the_database_refuses_is_left_out_of_the_counts_and_told(organisation, memory, caplog):
    kept = circulars.published(organisation, number="1/2026")
    hidden = circulars.published(organisation, number="2/2026")
    indexed(memory)
    Circular.objects.filter(pk=hidden.pk).update(audience=Audience.STAFF)  # behind the back of every operation

    with caplog.at_level(logging.ERROR):
        asked = ask(AnonymousUser(), "الفقرة")

    assert asked.answer.total == 1
    assert asked.answer.facets["kind"] == {"circular": 1}
    assert list(asked.found) == [f"circular:{kept.pk}"]
    assert caplog.records[-1].documents == [f"circular:{hidden.pk}"]


class Away(MemoryEngine):
    name = "server"

    def ask(self, question):
        raise EngineAway("no answer")

    suggest = ask


def test_own_index_answers_when_the_server_does_not(organisation, memory, monkeypatch):
    circulars.published(organisation)
    indexed(memory)
    monkeypatch.setattr(engines, "current", Away)

    asked = ask(AnonymousUser(), "الفقرة")

    assert (asked.answer.total, asked.engine, asked.is_fallback) == (1, "memory", True)


def test_an_own_index_that_is_away_is_said_so(db, monkeypatch):
    monkeypatch.setattr(engines, "current", Away)
    monkeypatch.setattr(engines, "embedded", Away)

    with pytest.raises(EngineAway):
        ask(AnonymousUser(), "الفقرة")


def test_titles_are_suggested_with_and_without_the_article(organisation, memory):
    circular = circulars.published(organisation)
    indexed(memory)

    assert suggest(AnonymousUser(), "إيدا") == {f"circular:{circular.pk}": circular}
    assert suggest(AnonymousUser(), "الإيدا") == {f"circular:{circular.pk}": circular}
