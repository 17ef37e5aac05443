"""What a person may not read does not exist: not as a hit, not in a count, not in a suggestion, not for a moment."""

import logging
from collections import Counter
from datetime import timedelta

import pytest

from core.dates import today
from core.organisations import operations as organisations
from core.organisations.models import Delegation, Tenure
from core.organisations.permissions import forget
from core.outbox.operations import run_one
from core.states import RULE
from core.users.models import User
from eservices.correspondence.enums import Confidentiality
from eservices.correspondence.operations import assign
from home.circulars.enums import Audience
from home.circulars.models import Addressee, Circular
from home.models import NewsPage
from search import engines, operations, scopes, spelling
from search.asking import ask, suggest
from search.contract import FACETS, PUBLIC
from search.models import Document
from search.results import correction, perhaps_meant
from tests.factories import circulars, letters
from tests.search import world as worlds

EVERYTHING = 10_000


@pytest.fixture
def refused(caplog):
    """What the database had to refuse of an engine's answers: nothing, at the end of each test."""
    caplog.set_level(logging.ERROR, logger="search.asking")
    yield caplog.records
    assert [record.documents for record in caplog.records if record.name == "search.asking"] == []


@pytest.fixture
def world(db, refused):
    world = worlds.make(1)
    operations.rebuild(engines.embedded())
    assert not operations.compare(engines.embedded(), thorough=True)
    spelling.forget()
    yield world
    spelling.forget()


def records() -> dict:
    return {scope.doc_id(obj.pk): scope.record(obj, 1) for scope in scopes.SCOPES.values() for obj in scope.documents()}


def readable(user) -> set[str]:
    """By the rows alone."""
    return {
        scope.doc_id(key)
        for scope in scopes.SCOPES.values()
        for key in scope.visible_to(user).values_list("pk", flat=True)
    }


def values(record, facet):
    found = record.themes if facet == "theme" else (getattr(record, facet),)
    return [value for value in found if value]


def counted(doc_ids, of, facet) -> dict[str, int]:
    return dict(Counter(value for doc_id in doc_ids for value in values(of[doc_id], facet)))


def check(user, of, *, pending=frozenset()):
    """Whatever `user` asks, the answer is made of what the rows let them read, and of all of it."""
    mine = readable(user) - pending
    asked = ask(user, worlds.EVERYWHERE, size=EVERYTHING)
    assert {hit.doc_id for hit in asked.answer.hits} == mine
    assert asked.answer.total == len(mine)
    assert asked.answer.facets == {facet: counted(mine, of, facet) for facet in FACETS}

    suggested = suggest(user, worlds.EVERYWHERE[:4], limit=EVERYTHING)
    assert set(suggested) == {doc_id for doc_id in mine if worlds.EVERYWHERE in of[doc_id].passages[0].title}
    return mine


@pytest.mark.both
def test_everybody_finds_what_the_database_lets_them_read_and_nothing_else(world):
    of, seen = records(), set()
    readers = world.readers()
    assert len(readers) > 50

    for reader in readers:
        seen.add(frozenset(check(reader, of)))

    assert len(seen) > 20


@pytest.mark.both
def test_nothing_is_proposed_that_stands_only_where_not_everybody_reads(world):
    """Mistyped, a word of something public is put right for everybody, and no other word for anybody who reads it."""
    spelling.count_words()
    public, hidden = own_words(records())
    assert len(public) > 5
    assert len(hidden) > 30

    for number, reader in enumerate(world.readers()):
        mine = readable(reader)
        for word in sorted(hidden)[number % 5 :: 5]:
            asked = ask(reader, mistyped(word))
            assert correction(asked, perhaps_meant(mistyped(word))) == ("", 0)
        for word in sorted(public)[number % 5 :: 5]:
            asked = ask(reader, mistyped(word))
            assert correction(asked, perhaps_meant(mistyped(word))) == (word, len(public[word] & mine))


def own_words(of) -> tuple[dict, dict]:
    """The words that stand in one document each, by whether everybody may read that."""
    holders = {}
    for doc_id, record in of.items():
        for passage in record.passages:
            for word in f"{passage.title} {passage.body}".split():
                holders.setdefault(word, set()).add(doc_id)
    own = {word: held for word, held in holders.items() if len(word) == worlds.OWN and set(word) <= set(worlds.LETTERS)}
    public = {word for word, [doc_id] in own.items() if PUBLIC in of[doc_id].acl}
    return {word: own[word] for word in public}, {word: own[word] for word in own.keys() - public}


def mistyped(word):
    return word[:4] + word[5:]


@pytest.mark.both
def test_choices_count_among_what_may_be_read(world):
    of = records()
    for reader in world.readers()[::4]:
        mine = readable(reader)
        for facet in FACETS:
            every = sorted(counted(mine, of, facet))
            for value in every[:2]:
                chosen = {doc_id for doc_id in mine if value in values(of[doc_id], facet)}
                asked = ask(reader, worlds.EVERYWHERE, chosen={facet: frozenset({value})}, size=EVERYTHING)
                assert {hit.doc_id for hit in asked.answer.hits} == chosen
                assert asked.answer.facets == {
                    other: counted(mine if other == facet else chosen, of, other) for other in FACETS
                }


def work():
    while run_one():
        pass


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
def test_change_of_post_addressee_or_confidentiality_is_felt_at_once(refused):
    world = worlds.make(2, people=24, acts=12, mail=16)
    new = [letters.deposited(body, subject=worlds.EVERYWHERE).item for body in world.organisations]
    operations.reconcile(engines.embedded())
    readers = world.readers()

    for change in changes(world, new, by=User.objects.get(is_superuser=True)):
        change()
        pending = set(Document.objects.pending("shown_version").values_list("doc_id", flat=True))
        of = records()
        for reader in map(afresh, readers):
            check(reader, of, pending=pending)
        while run_one():
            pass
        assert not operations.compare(engines.embedded(), thorough=True)
        for reader in readers[::3]:
            check(reader, of)


def afresh(reader):
    """As the next request of this person brings them."""
    if reader.is_authenticated:
        reader.refresh_from_db()
        forget(reader)
    return reader


def changes(world, new, *, by):
    """One after the other, what an office does in a day."""
    day = today()
    held = list(Tenure.objects.effective().filter(starts_on__lt=day).select_related("user"))
    yield lambda: organisations.end_tenure(held[0], by=by, ends_on=day - timedelta(days=1))
    yield lambda: organisations.change_clearance(held[1], by=by, clearance=2)
    yield lambda: organisations.change_clearance(held[1], by=by, clearance=0)
    yield lambda: organisations.close_account(held[2].user, by=by)
    yield lambda: organisations.reopen_account(held[2].user, by=by)
    yield lambda: organisations.revoke_delegation(Delegation.objects.effective().first(), by=by)
    for audience in (Audience.ADDRESSEES, Audience.STAFF, Audience.PUBLIC):
        yield lambda audience=audience: republish(world.circulars[0], audience=audience)
    yield lambda: republish(world.circulars[2], addressee=world.chance.choice(world.posts))
    yield lambda: republish(world.circulars[3], addressee=held[3].post)
    for item, level in zip(new, Confidentiality.values, strict=True):
        to, copied = [unit for unit in world.units if unit.organisation_id == item.organisation_id][:2]
        facts = {"to_unit": to, "copies": [copied], "confidentiality": level}
        yield lambda item=item, facts=facts: assign(item, by=None, role=RULE, **facts)
    news = NewsPage.objects.live().filter(audience="public").first()
    yield lambda: republish_page(news, audience="staff")
    yield news.unpublish
    yield news.delete


def republish(circular, *, addressee=None, **facts):
    Circular.objects.filter(pk=circular.pk).update(**facts)
    if addressee:
        circular.addressees.all().delete()
        Addressee.objects.create(circular=circular, post=addressee)
    circulars.publish(circular)


def republish_page(page, **facts):
    page.refresh_from_db()
    for name, value in facts.items():
        setattr(page, name, value)
    page.save_revision().publish()
