"""The tree against the published vectors of RFC 6962 (Certificate Transparency) and against its own definition."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evidence import merkle

# The eight leaves and the roots of the reference implementation (google/certificate-transparency merkle_tree_test).
LEAVES = [
    bytes.fromhex(leaf)
    for leaf in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
PATHS = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CONSISTENCY = {
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
SIZES = st.integers(1, 70)


class Log:
    """A log as the database keeps it: leaves, subtrees, frontier."""

    def __init__(self, leaves):
        self.frontier, self.nodes, self.size = [], {}, 0
        for data in leaves:
            leaf = merkle.leaf_hash(data)
            self.nodes[0, self.size] = leaf
            self.frontier, completed = merkle.append(self.size, self.frontier, leaf)
            self.nodes |= {(level, index): value for level, index, value in completed}
            self.size += 1

    def lookup(self, level, index):
        return self.nodes[level, index]

    def hashes(self, ranges):
        return [merkle.range_hash(start, end, self.lookup) for start, end in ranges]

    def root(self, size):
        return merkle.range_hash(0, size, self.lookup)


def defined_root(leaves):
    """MTH of RFC 6962 §2.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + defined_root(leaves[:k]) + defined_root(leaves[k:])).digest()


def some_leaves(size):
    return [number.to_bytes(2, "big") for number in range(size)]


def test_root_of_nothing_is_the_hash_of_nothing():
    assert merkle.root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize("size", range(1, 9))
def test_root_equals_the_published_one(size):
    assert merkle.root(Log(LEAVES[:size]).frontier).hex() == ROOTS[size - 1]


@pytest.mark.parametrize(("index", "size"), PATHS)
def test_inclusion_path_equals_the_published_one(index, size):
    path = Log(LEAVES[:size]).hashes(merkle.inclusion_path(index, size))
    assert [value.hex() for value in path] == PATHS[index, size]


@pytest.mark.parametrize(("first", "second"), CONSISTENCY)
def test_consistency_path_equals_the_published_one(first, second):
    path = Log(LEAVES[:second]).hashes(merkle.consistency_path(first, second))
    assert [value.hex() for value in path] == CONSISTENCY[first, second]


@given(SIZES)
def test_root_is_what_the_definition_says(size):
    leaves = some_leaves(size)
    log = Log(leaves)
    assert merkle.root(log.frontier) == log.root(size) == defined_root(leaves)


@given(SIZES, st.data())
def test_inclusion_is_proven_for_every_leaf_and_no_other(size, data):
    index = data.draw(st.integers(0, size - 1))
    log = Log(some_leaves(size))
    path, leaf, root = log.hashes(merkle.inclusion_path(index, size)), log.nodes[0, index], log.root(size)

    assert merkle.verify_inclusion(leaf, index, size, path, root)
    assert not merkle.verify_inclusion(merkle.leaf_hash(b"other"), index, size, path, root)
    assert not merkle.verify_inclusion(leaf, index, size, [*path, root], root)
    assert not merkle.verify_inclusion(leaf, size, size, path, root)
    if path:
        assert not merkle.verify_inclusion(leaf, index, size, path[:-1], root)
        assert not merkle.verify_inclusion(leaf, index ^ 1, size, path, root)


@given(SIZES, st.data())
def test_consistency_is_proven_for_every_beginning(second, data):
    first = data.draw(st.integers(1, second))
    log = Log(some_leaves(second))
    path = log.hashes(merkle.consistency_path(first, second))

    assert merkle.verify_consistency(first, second, path, log.root(first), log.root(second))
    assert not merkle.verify_consistency(first, second, path, merkle.EMPTY_ROOT, log.root(second))
    assert not merkle.verify_consistency(first, second, [*path, log.root(second)], log.root(first), log.root(second))
    if first != second:
        assert not merkle.verify_consistency(first, second, path[:-1], log.root(first), log.root(second))
        assert not merkle.verify_consistency(second, first, path, log.root(second), log.root(first))


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 2)])
def test_inclusion_path_of_a_leaf_outside_is_refused(index, size):
    with pytest.raises(ValueError, match="not in the tree"):
        merkle.inclusion_path(index, size)


@pytest.mark.parametrize(("first", "second"), [(0, 3), (4, 3)])
def test_consistency_path_of_no_beginning_is_refused(first, second):
    with pytest.raises(ValueError, match="beginning"):
        merkle.consistency_path(first, second)
