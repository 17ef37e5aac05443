"""Proofs that a fact is in the log, and that one checkpoint continues another: anyone checks them without us."""

import base64
from typing import NamedTuple

from core.evidence import merkle
from core.evidence.checkpoints import covering, open_note
from core.evidence.models import Checkpoint, Event, Subtree

HEADER = "c2sp.org/tlog-proof@v1"


class InclusionProof(NamedTuple):
    """Leaf `index` of the tree of `checkpoint`, with the hashes from leaf to root."""

    index: int
    size: int
    hashes: list[bytes]
    checkpoint: Checkpoint

    @property
    def text(self) -> str:
        """As a C2SP tlog-proof, to be stored as `.tlog-proof`."""
        return self.with_extra(b"")

    def with_extra(self, extra: bytes) -> str:
        lines = [HEADER]
        if extra:
            lines.append(f"extra {base64.b64encode(extra).decode()}")
        lines += [f"index {self.index}", *(base64.b64encode(value).decode() for value in self.hashes)]
        return "\n".join(lines) + "\n\n" + self.checkpoint.note


def inclusion_proof(event: Event, checkpoint: Checkpoint | None = None) -> InclusionProof:
    """Prove an event by `checkpoint`, by default the first that covers it (signed now if the worker has not yet)."""
    checkpoint = checkpoint or covering(event)
    ranges = merkle.inclusion_path(event.seq, checkpoint.size)
    return InclusionProof(event.seq, checkpoint.size, _hashes(event.shard, ranges), checkpoint)


def consistency_proof(old: Checkpoint, new: Checkpoint) -> list[bytes]:
    """Prove that the log of `new` begins with that of `old`; both of one year."""
    return _hashes(old.shard, merkle.consistency_path(old.size, new.size))


def is_proven(record: bytes, proof: str, key: bytes | None = None) -> bool:
    """Whether a tlog-proof proves these bytes under our key (or `key`); for tests and for whoever asks us."""
    head, _, note = proof.partition("\n\n")
    header, *lines = head.split("\n")
    if lines and lines[0].startswith("extra "):
        lines = lines[1:]
    if header != HEADER or not lines or not lines[0].removeprefix("index ").isdigit():
        return False
    opened = open_note(note, key)
    if opened is None:
        return False
    index, hashes = int(lines[0].removeprefix("index ")), [base64.b64decode(line) for line in lines[1:]]
    return merkle.verify_inclusion(merkle.leaf_hash(record), index, opened.size, hashes, opened.root)


def _hashes(shard: int, ranges) -> list[bytes]:
    needed = merkle.ranges_needed(ranges)
    nodes = {Subtree.key(shard, *place): place for place in needed if place[0] >= Subtree.LOWEST}
    small = [place for place in needed if place[0] < Subtree.LOWEST]
    leaves = {Event.key(shard, seq): (0, seq) for level, index in small for seq in merkle.leaves(level, index)}
    rows = Event.objects.filter(pk__in=leaves).values_list("pk", "leaf_hash")
    found = {leaves[pk]: bytes(value) for pk, value in rows}
    found |= {nodes[pk]: bytes(value) for pk, value in Subtree.objects.filter(pk__in=nodes).values_list("pk", "hash")}
    for level, index in small:
        found[level, index] = merkle.complete([found[0, seq] for seq in merkle.leaves(level, index)])
    return [merkle.range_hash(start, end, lambda level, index: found[level, index]) for start, end in ranges]
