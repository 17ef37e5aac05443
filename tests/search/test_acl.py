"""Who may read is said twice, in rows and in tokens: both say the same of everybody and everything."""

import pytest

from core.organisations.acl import EVERYBODY
from search import contract, scopes
from tests.search import world as worlds

pytestmark = [pytest.mark.both, pytest.mark.django_db]


@pytest.mark.parametrize("seed", range(4))
def test_tokens_and_rows_say_the_same(seed):
    world = worlds.make(seed, people=70, acts=20, mail=30)
    acls = {
        scope.doc_id(obj.pk): scope.record(obj, 1).acl for scope in scopes.SCOPES.values() for obj in scope.documents()
    }
    kinds = {doc_id.partition(":")[0] for doc_id in acls}
    assert kinds == set(scopes.SCOPES)

    seen = set()
    for reader in world.readers():
        tokens = scopes.tokens_of(reader)
        by_tokens = {doc_id for doc_id, acl in acls.items() if acl & tokens}
        by_rows = {
            scope.doc_id(key)
            for scope in scopes.SCOPES.values()
            for key in scope.visible_to(reader).values_list("pk", flat=True)
        }
        assert by_tokens == by_rows, reader
        seen.add(frozenset(by_rows))
    assert len(seen) > 20  # the world is one in which it matters who asks


def test_every_document_says_who_may_read_it_and_no_token_is_empty():
    worlds.make(9, people=5, acts=5, mail=5)

    for scope in scopes.SCOPES.values():
        for obj in scope.documents():
            acl = scope.record(obj, 1).acl
            assert acl
            assert all(":" in token or token in (EVERYBODY, "staff") for token in acl)
            assert all(len(token) <= 80 for token in acl)


def test_floors_have_one_word_for_everybody():
    assert contract.PUBLIC == EVERYBODY
