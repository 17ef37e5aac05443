"""Checkpoints: signed notes over size and root of a year's log (C2SP tlog-checkpoint, Ed25519).

A checkpoint is written to a file outside the database first and to a row afterwards: after a restored backup the files
know more than the database, and `verify_registers` says so. Signing the same size again gives the same bytes.
"""

import asyncio
import base64
import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from asn1crypto import cms, tsp
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.models import BigIntegerField, Exists, ExpressionWrapper, F, OuterRef, Value
from django.utils import timezone
from pyhanko.sign.timestamps.requests_client import HTTPTimeStamper

from core import sql
from core.evidence import merkle
from core.evidence.models import EVENTS_PER_SHARD, Checkpoint, LogHead

ED25519 = b"\x01"
_FILES_PER_FOLDER = 1000
_keys: dict[Path, Ed25519PrivateKey] = {}


class Note(NamedTuple):
    """What a checkpoint says."""

    origin: str
    size: int
    root: bytes


# --- signing -------------------------------------------------------------------------------------------------------


def unsigned() -> bool:
    """Whether some log has grown since its last checkpoint: one cheap query."""
    return _unsigned_heads().exists()


def sign_all() -> list[Checkpoint]:
    """Sign the state of every log that has grown; nothing to do when none has."""
    return [sign(head) for head in _unsigned_heads()]


def sign(head: LogHead) -> Checkpoint:
    """Sign this committed state of a log: the file first, then the row. Twice is the same as once."""
    root = merkle.root(merkle.split(bytes(head.frontier)))
    note = signed_note(head.shard, head.size, root)
    sql.flush()  # what goes outside must not know more than the database after a power cut
    keep_outside(head.shard, head.size, note)
    row = Checkpoint(id=Checkpoint.key(head.shard, head.size), root=root, note=note, signed_at=timezone.now())
    Checkpoint.objects.bulk_create([row], ignore_conflicts=True)
    return Checkpoint.objects.get(pk=row.pk)


def covering(event) -> Checkpoint:
    """The first checkpoint that covers an event; signs one if the worker has not yet."""
    following = Checkpoint.objects.filter(pk__gt=event.pk, pk__lt=Checkpoint.key(event.shard + 1, 0)).order_by("pk")
    return following.first() or sign(LogHead.objects.get(shard=event.shard))


def signed_note(shard: int, size: int, root: bytes) -> str:
    """The note: origin, size, root; signed by the log's key under the origin as its name."""
    name = origin(shard)
    text = f"{name}\n{size}\n{base64.b64encode(root).decode()}\n"
    signature = key_id(name, public_key()) + private_key().sign(text.encode())
    return f"{text}\n\u2014 {name} {base64.b64encode(signature).decode()}\n"


def stamp_latest() -> None:
    """Ask the time-stamp server to witness the newest checkpoint of each log; does nothing if it has before."""
    for head in LogHead.objects.all():
        newest = Checkpoint.objects.filter(pk__lte=Checkpoint.key(head.shard, head.size)).order_by("-pk").first()
        if newest and newest.shard == head.shard and newest.time_stamp is None:
            stamper = HTTPTimeStamper(settings.TIME_STAMP_URL, timeout=10)
            token = asyncio.run(stamper.async_timestamp(note_digest(newest.note), "sha256"))
            Checkpoint.objects.filter(pk=newest.pk, time_stamp=None).update(time_stamp=token.dump())


def note_digest(note: str) -> bytes:
    return hashlib.sha256(note.encode()).digest()


def stamped_digest(token: bytes) -> bytes:
    """The digest an RFC 3161 token is about."""
    signed = cms.ContentInfo.load(token)["content"]
    info = tsp.TSTInfo.load(signed["encap_content_info"]["content"].contents)
    return info["message_imprint"]["hashed_message"].native


# --- checking ------------------------------------------------------------------------------------------------------


def open_note(note: str, key: bytes | None = None) -> Note | None:
    """What a note says if our key (or `key`, 32 bytes) signed it, else None."""
    text, _, signatures = note.partition("\n\n")
    lines = text.split("\n")
    if len(lines) < 3 or not lines[1].isascii() or not lines[1].isdigit():
        return None
    name = lines[0]
    key = key or public_key()
    for line in signatures.splitlines():
        dash, _, rest = line.partition(" ")
        signer, _, encoded = rest.rpartition(" ")
        if dash == "\u2014" and signer == name and _is_signed(text + "\n", encoded, name, key):
            return Note(name, int(lines[1]), base64.b64decode(lines[2]))
    return None


def _is_signed(text: str, encoded: str, name: str, key: bytes) -> bool:
    try:
        signature = base64.b64decode(encoded, validate=True)
        if signature[:4] != key_id(name, key):
            return False
        Ed25519PublicKey.from_public_bytes(key).verify(signature[4:], text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


# --- key and name --------------------------------------------------------------------------------------------------


def origin(shard: int) -> str:
    """The log's name to the world: one a year."""
    return f"{settings.LOG_NAME or urlsplit(settings.PUBLIC_URL).hostname}/log/{shard}"


def key_id(name: str, key: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + key).digest()[:4]


def public_key() -> bytes:
    """The 32 bytes that verify every checkpoint of this installation."""
    return private_key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def verifier_key(shard: int) -> str:
    """The public key as C2SP signed-note writes it: `name+id+key`."""
    name, key = origin(shard), public_key()
    return f"{name}+{key_id(name, key).hex()}+{base64.b64encode(ED25519 + key).decode()}"


def private_key() -> Ed25519PrivateKey:
    """The key of LOG_KEY; the demonstration makes its own at first use."""
    path = Path(settings.LOG_KEY)
    if path not in _keys:
        if not path.exists():
            if not settings.DEMO:
                raise ImproperlyConfigured(f"LOG_KEY names {path}, which is not there: run `manage.py make_log_key`.")
            make_key(path)
        key = load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise ImproperlyConfigured(f"LOG_KEY names {path}, which is not an Ed25519 key.")
        _keys[path] = key
    return _keys[path]


def make_key(path: Path) -> bool:
    """Make a new key that only this user may read; says False and changes nothing where one is already."""
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return _put(path, pem)


# --- outside the database ------------------------------------------------------------------------------------------


def keep_outside(shard: int, size: int, note: str) -> None:
    """Write the note below CHECKPOINT_DIR, safely on disk when this returns; one that is there is left alone."""
    folder = Path(settings.CHECKPOINT_DIR) / str(shard) / f"{size // _FILES_PER_FOLDER:07d}"
    folder.mkdir(parents=True, exist_ok=True)
    _put(folder / f"{size:010d}.note", note.encode())


def kept_outside(shard: int) -> Iterator[tuple[int, Path]]:
    """(size, file) of a year's notes outside the database, by size; one folder in memory at a time."""
    year = Path(settings.CHECKPOINT_DIR) / str(shard)
    for folder in sorted(year.glob("[0-9]*")):
        for file in sorted(folder.glob("*.note")):
            yield int(file.stem), file


def shards_outside() -> list[int]:
    """The years of which there are notes outside the database."""
    return sorted(int(path.name) for path in Path(settings.CHECKPOINT_DIR).glob("[0-9]*") if path.name.isdigit())


def _put(path: Path, data: bytes) -> bool:
    """Create a file whole or not at all; never replaces one."""
    if path.exists():
        return False
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.link(name, path)
    except FileExistsError:
        return False
    finally:
        os.unlink(name)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
    return True


def _unsigned_heads():
    events_per_shard = Value(EVENTS_PER_SHARD, output_field=BigIntegerField())  # the server is told how wide it is
    key = ExpressionWrapper(F("shard") * events_per_shard + F("size"), output_field=BigIntegerField())
    signed = Checkpoint.objects.filter(pk=OuterRef("key"))
    return LogHead.objects.filter(size__gt=0).annotate(key=key).filter(~Exists(signed)).order_by("shard")
