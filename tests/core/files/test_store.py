import errno
import hashlib
import os
import stat
import time

import pytest

from core.files import store
from core.files.refusals import StorageFull
from core.files.store import FileSystemStore


@pytest.fixture
def places(tmp_path):
    return FileSystemStore(tmp_path / "store")


@pytest.fixture
def part(places):
    part = places.new_part()
    part.write(b"first ")
    part.write(b"second")
    yield part
    part.discard()


def read(places, key):
    with places.open(key) as stream:
        return stream.read()


def test_part_is_counted_and_hashed_as_it_arrives(part):
    assert (part.size, part.sha256) == (12, hashlib.sha256(b"first second").hexdigest())


def test_kept_bytes_are_whole_and_cannot_be_written(places, part):
    places.keep(part, "a/b/c")
    part.discard()

    assert read(places, "a/b/c") == b"first second"
    assert stat.S_IMODE(places.path("a/b/c").stat().st_mode) == 0o440
    assert list(places.incoming.iterdir()) == []


def test_everything_is_synced_before_and_after_the_name(places, part, monkeypatch):
    done = []
    sync, name = os.fsync, os.link
    monkeypatch.setattr(os, "fsync", lambda fd: (done.append(os.readlink(f"/proc/self/fd/{fd}")), sync(fd)))
    monkeypatch.setattr(os, "link", lambda old, new: (done.append("link"), name(old, new)))
    places.path("a").mkdir(parents=True)

    places.keep(part, "a/c")

    assert done == [str(part.path), "link", str(places.path("a"))]


def test_same_content_twice_lies_there_once(places, part):
    places.keep(part, "a/c")
    places.keep(part, "a/c")

    assert read(places, "a/c") == b"first second"


def test_sound_copy_replaces_a_damaged_one(places, part):
    places.path("a").mkdir(parents=True)
    places.path("a/c").write_bytes(b"half")

    places.keep(part, "a/c")

    assert read(places, "a/c") == b"first second"


def test_link_gives_a_second_name_to_the_same_bytes(places, part):
    places.keep(part, "a/c")

    places.link([("a/c", "x/y/z")])
    places.remove("a/c")

    assert read(places, "x/y/z") == b"first second"
    assert not places.path("a/c").exists()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_full_disk_is_said_in_a_sentence(places, part, monkeypatch, number):
    def full(descriptor):
        raise OSError(number, "full")

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(StorageFull):
        places.keep(part, "a/c")
    assert not places.path("a/c").exists()


def test_other_faults_of_the_disk_are_bugs(places, part, monkeypatch):
    def broken(descriptor):
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(os, "fsync", broken)

    with pytest.raises(OSError, match="broken"):
        places.keep(part, "a/c")


def test_sweep_removes_what_a_killed_upload_left(places, part):
    young = places.new_part()
    old = time.time() - 90_000
    os.utime(part.path, (old, old))

    assert places.sweep(86_400) == 1
    assert list(places.incoming.iterdir()) == [young.path]
    young.discard()


def test_derived_things_are_whole_or_absent(places):
    places.write_derived("derived/a/page.png", b"one")
    places.write_derived("derived/a/page.png", b"two")

    assert places.path("derived/a/page.png").read_bytes() == b"two"
    assert len(list(places.path("derived/a").iterdir())) == 1


def test_current_store_is_the_one_of_the_settings(settings, tmp_path):
    settings.FILE_STORE = tmp_path / "elsewhere"

    assert store.current().root == tmp_path / "elsewhere"
