"""Where the table and the PDFs of an import wait, and how an archive of PDFs is unpacked there."""

import shutil
import uuid
import zipfile
import zlib
from pathlib import Path

from django.conf import settings

from core.files.enums import MAX_FILE_BYTES
from core.files.names import clean_name
from home.circulars.legacy.problems import TableRefused
from home.circulars.legacy.table import MAX_BYTES

TABLES = (".csv", ".xlsx", ".tsv", ".txt")
MAX_FILES, MAX_UNPACKED = 5_000, 2_000_000_000
_CHUNK = 1 << 18
_UTF8 = 0x800  # the flag of names written in UTF-8


def folder_of(public_id) -> Path:
    """The folder of one import, in the store all workers share; its name is ours."""
    return Path(settings.FILE_STORE) / "imports" / public_id.hex


def keep_table(public_id, upload, name: str) -> None:
    """Lay the table down as `table` with the ending of its own name."""
    ending = Path(name).suffix.lower()
    if ending not in TABLES:
        raise TableRefused("unreadable")
    if upload.size > MAX_BYTES:
        raise TableRefused("too_large")
    folder = folder_of(public_id)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"table{ending}").open("wb") as out:
        shutil.copyfileobj(upload, out)


def unpack(public_id, upload) -> int:
    """Lay the PDFs of a ZIP beside the table under their own cleaned names; how many there are now.

    All of them, or none where one cannot be had. Folders inside the archive are left away, so no name leads out of
    ours; a PDF sent again replaces the earlier one. Sizes are counted as they are unpacked, whatever the archive says;
    a file larger than any file may be is cut there, and refused when it is checked.
    """
    if upload.size > MAX_FILE_BYTES:
        raise TableRefused("archive_heavy")
    folder = folder_of(public_id) / "pdf"
    aside = folder.with_name(f"incoming-{uuid.uuid4().hex}")
    folder.mkdir(parents=True, exist_ok=True)
    aside.mkdir()
    try:
        with zipfile.ZipFile(upload) as archive:
            _unpack(archive, aside, list(folder.iterdir()))
        for path in aside.iterdir():
            path.replace(folder / path.name)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error) as bad:
        raise TableRefused("bad_archive") from bad
    finally:
        shutil.rmtree(aside)
    return count(public_id)


def count(public_id) -> int:
    """How many PDFs wait with the table."""
    return sum(1 for _path in (folder_of(public_id) / "pdf").glob("*"))


def remove(public_id) -> None:
    """Once everything is in, or nobody comes back for it."""
    shutil.rmtree(folder_of(public_id), ignore_errors=True)


def _is_wanted(member) -> bool:
    name = _name(member)
    is_shadow = member.filename.startswith("__MACOSX/")  # what the Finder adds
    return not member.is_dir() and name.lower().endswith(".pdf") and not is_shadow


def _name(member) -> str:
    """Old programs write names in the letters of their machine and say nothing; ours are UTF-8 without the flag."""
    name = member.filename
    if not member.flag_bits & _UTF8:
        try:
            name = name.encode("cp437").decode()
        except (UnicodeEncodeError, UnicodeDecodeError):
            name = member.filename
    return clean_name(name)


def _unpack(archive, folder, held):
    members = [member for member in archive.infolist() if _is_wanted(member)]
    if len(held) + len(members) > MAX_FILES:
        raise TableRefused("archive_too_large")
    room = MAX_UNPACKED - sum(path.stat().st_size for path in held)
    for member in members:
        room -= _unpack_one(archive, member, folder)
        if room < 0:
            raise TableRefused("archive_too_large")


def _unpack_one(archive, member, folder) -> int:
    name, written = _name(member), 0
    try:
        out = (folder / name).open("xb")
    except FileExistsError as error:
        raise TableRefused("same_name_twice", name=name) from error
    with out, archive.open(member) as stream:
        while written <= MAX_FILE_BYTES and (chunk := stream.read(_CHUNK)):
            written += out.write(chunk)
    return written
