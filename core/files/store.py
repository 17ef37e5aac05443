"""Where the bytes lie. A file is whole under its address or is not there: written aside, synced, then linked."""

import contextlib
import errno
import hashlib
import os
import time
import uuid
from pathlib import Path
from typing import BinaryIO, Protocol

from django.conf import settings

from core.files.refusals import StorageFull

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Part:
    """Bytes as they arrive: written aside while they are hashed and counted."""

    def __init__(self, folder: Path):
        self.path = folder / f"{uuid.uuid4().hex}.part"
        self.size = 0
        self._hash = hashlib.sha256()
        with _room():
            self.file = open(self.path, "xb+")  # noqa: SIM115 — closed by close() or discard()

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def write(self, chunk: bytes) -> None:
        self._hash.update(chunk)
        self.size += len(chunk)
        with _room():
            self.file.write(chunk)

    def flush(self) -> None:
        with _room():
            self.file.flush()

    def discard(self) -> None:
        """Close and remove what lies aside; a second name given by `keep` stays. May be called twice."""
        self.file.close()
        self.path.unlink(missing_ok=True)


class Store(Protocol):
    """What files need of a place; keys are relative paths made by `StoredFile`, never names given by people."""

    def new_part(self) -> Part: ...

    def keep(self, part: Part, key: str) -> None:
        """Make `part` lasting under `key`; on return it survives a power cut."""

    def link(self, pairs: list[tuple[str, str]]) -> None:
        """Give each first key its second name, lasting on return."""

    def open(self, key: str) -> BinaryIO: ...

    def path(self, key: str) -> Path: ...

    def remove(self, key: str) -> None: ...


class FileSystemStore:
    """A folder: `incoming/` for parts, the rest under the keys."""

    def __init__(self, root):
        self.root = Path(root)
        self.incoming = self.root / "incoming"

    def new_part(self) -> Part:
        try:
            return Part(self.incoming)
        except FileNotFoundError:
            self._make(self.incoming)
            return Part(self.incoming)

    def keep(self, part: Part, key: str) -> None:
        with _room():
            part.file.flush()
            os.fchmod(part.file.fileno(), 0o440)
            os.fsync(part.file.fileno())
            target = self.path(key)
            self._name(part.path, target, part.size)
            _sync(target.parent)

    def link(self, pairs: list[tuple[str, str]]) -> None:
        folders = set()
        with _room():
            for old, new in pairs:
                source, target = self.path(old), self.path(new)
                self._name(source, target, source.stat().st_size)
                folders.add(target.parent)
            for folder in folders:
                _sync(folder)

    def open(self, key: str) -> BinaryIO:
        return open(self.path(key), "rb")

    def path(self, key: str) -> Path:
        return self.root / key

    def remove(self, key: str) -> None:
        self.path(key).unlink(missing_ok=True)

    def write_derived(self, key: str, data: bytes) -> None:
        """Something that can be made again: whole or absent, not synced."""
        target = self.path(key)
        with _room():
            target.parent.mkdir(parents=True, exist_ok=True)
            aside = target.with_name(f"{uuid.uuid4().hex}.tmp")
            aside.write_bytes(data)
            aside.replace(target)

    def sweep(self, older_than: float) -> int:
        """Remove parts whose upload ended without them (a killed process), `older_than` seconds after the last byte."""
        removed, limit = 0, time.time() - older_than
        for part in self.incoming.glob("*.part"):
            with contextlib.suppress(FileNotFoundError):
                if part.stat().st_mtime < limit:
                    part.unlink()
                    removed += 1
        return removed

    def _name(self, source, target, size):
        try:
            os.link(source, target)
        except FileNotFoundError:
            self._make(target.parent)
            os.link(source, target)
        except FileExistsError:
            if target.stat().st_size != size:  # same address, other length: a damaged disk; the sound copy replaces it
                aside = target.with_name(f"{uuid.uuid4().hex}.tmp")
                os.link(source, aside)
                aside.replace(target)

    def _make(self, folder):
        missing = [folder, *folder.parents]
        missing = [parent for parent in missing if not parent.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        for made in missing:
            _sync(made.parent)


def current() -> FileSystemStore:
    """The store of this installation."""
    return FileSystemStore(settings.FILE_STORE)


def _sync(folder):
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _room():
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise StorageFull from error
        raise
