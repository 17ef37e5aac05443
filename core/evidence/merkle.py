"""The Merkle tree of RFC 6962 §2.1 as pure functions over hashes; nothing here knows a database.

A *frontier* is the list of roots of the complete subtrees that make up a tree, largest first: all one needs to append.
A complete subtree is named by (level, index): it covers leaves index·2^level … (index+1)·2^level − 1.
"""

from collections.abc import Callable, Iterable
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()

Subtree = tuple[int, int]
Lookup = Callable[[int, int], bytes]


def leaf_hash(data: bytes) -> bytes:
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def append(size: int, frontier: list[bytes], leaf: bytes) -> tuple[list[bytes], list[tuple[int, int, bytes]]]:
    """The frontier after one more leaf, and the subtrees (level ≥ 1, index, hash) it completes."""
    frontier, completed = list(frontier), []
    node, level = leaf, 0
    while size >> level & 1:
        node = node_hash(frontier.pop(), node)
        level += 1
        completed.append((level, size >> level, node))
    return [*frontier, node], completed


def root(frontier: list[bytes]) -> bytes:
    """The root of a tree from its frontier."""
    if not frontier:
        return EMPTY_ROOT
    node = frontier[-1]
    for left in reversed(frontier[:-1]):
        node = node_hash(left, node)
    return node


def leaves(level: int, index: int) -> range:
    """The positions of the leaves of a complete subtree."""
    return range(index << level, (index + 1) << level)


def complete(hashes: list[bytes]) -> bytes:
    """The root over the leaf hashes of a complete subtree."""
    while len(hashes) > 1:
        hashes = [node_hash(left, right) for left, right in zip(hashes[::2], hashes[1::2], strict=True)]
    return hashes[0]


def split(frontier: bytes) -> list[bytes]:
    """A frontier as it is stored: the hashes one after the other."""
    return [frontier[start : start + 32] for start in range(0, len(frontier), 32)]


def subtrees(start: int, end: int) -> list[Subtree]:
    """The complete subtrees that together cover leaves start … end − 1, from left to right, as RFC 6962 splits them."""
    found = []
    while start < end:
        level = (start & -start).bit_length() - 1 if start else end.bit_length()
        while (1 << level) > end - start:
            level -= 1
        found.append((level, start >> level))
        start += 1 << level
    return found


def range_hash(start: int, end: int, lookup: Lookup) -> bytes:
    """MTH(D[start:end]) from complete subtrees; `start` is where RFC 6962 would split, so folding is from the right."""
    return root([lookup(level, index) for level, index in subtrees(start, end)])


def inclusion_path(index: int, size: int) -> list[tuple[int, int]]:
    """The ranges (start, end) whose hashes are PATH(index, D[size]), from leaf to root."""
    if not 0 <= index < size:
        raise ValueError("the leaf is not in the tree")
    path, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start = middle
    return path[::-1]


def consistency_path(first: int, second: int) -> list[tuple[int, int]]:
    """The ranges whose hashes are PROOF(first, D[second])."""
    if not 0 < first <= second:
        raise ValueError("the first tree must be a beginning of the second, and not empty")
    path, start, end, whole = [], 0, second, True
    while first != end:
        middle = start + _split(end - start)
        if first <= middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start, whole = middle, False
    if not whole:
        path.append((start, end))
    return path[::-1]


def ranges_needed(ranges: Iterable[tuple[int, int]]) -> set[Subtree]:
    """Every complete subtree some of these ranges is folded from."""
    return {subtree for start, end in ranges for subtree in subtrees(start, end)}


def verify_inclusion(leaf: bytes, index: int, size: int, path: list[bytes], tree_root: bytes) -> bool:
    """RFC 9162 §2.1.3.2: whether `path` proves the leaf hash at `index` in the tree of that size and root."""
    if not 0 <= index < size:
        return False
    node, position, last = leaf, index, size - 1
    for sibling in path:
        if last == 0:
            return False
        if position & 1 or position == last:
            node = node_hash(sibling, node)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and node == tree_root


def verify_consistency(first: int, second: int, path: list[bytes], first_root: bytes, second_root: bytes) -> bool:
    """RFC 9162 §2.1.4.2: whether `path` proves that the first tree is a beginning of the second."""
    if first == second:
        return not path and first_root == second_root
    if not 0 < first < second or not path:
        return False
    path = ([first_root] if first & (first - 1) == 0 else []) + list(path)
    position, last = first - 1, second - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


def _split(size: int) -> int:
    """The largest power of two smaller than `size`."""
    return 1 << (size - 1).bit_length() - 1
