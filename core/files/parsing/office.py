"""Office files are archives: looked through part by part with a bound on everything, parsed only where it decides."""

import re
import zipfile
import zlib
from xml.parsers import expat

from core.files.parsing.findings import Refused, Verdict

MAX_PARTS = 20_000
MAX_UNPACKED = 400_000_000
SUSPICIOUS_PART, MAX_RATIO = 20_000_000, 250  # only a large part can be a bomb; XML of real letters stays under 1:100
MAX_PARSED = 50_000_000
CHUNK = 1 << 18

_OOXML = {
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml": "xlsx",
    # A template saved under the name of a document opens as one, and holds no more than it.
    "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.template.main+xml": "xlsx",
}
_ODF = {
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
}
_MACRO_TYPES = (b"vbaproject", b"macroenabled", b"macrosheet")
_BASIC = re.compile(r"(?:^|/)basic/(?!(?:.*/)?(?:script|dialog)-l[bc]\.xml$).+[^/]$", re.I)
_SCRIPTS = re.compile(r"^scripts/.+[^/]$", re.I)
_ENTITY = tuple("<!ENTITY".encode(encoding) for encoding in ("ascii", "utf-16-le", "utf-16-be"))
_EXTERNAL = re.compile(rb'TargetMode\s*=\s*["\']External["\']', re.I)
_LINK = re.compile(rb'Type\s*=\s*["\'][^"\']*/hyperlink["\']', re.I)
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*>", re.I | re.S)
_XML_PART = re.compile(r"\.(?:xml|rels|vml|rdf)$", re.I)
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    EOFError,
    OSError,
    ValueError,
    KeyError,
    LookupError,
)


def inspect(path: str) -> Verdict:
    """Which of the four office kinds the archive is, or Refused: bomb, damage, password, macros, another kind."""
    try:
        _refuse_endless(path)
        with zipfile.ZipFile(path) as archive:
            return _inspect(archive)
    except RuntimeError as error:  # what zipfile says of a part with a password
        raise Refused("encrypted", str(error)) from error
    except _UNREADABLE as error:
        raise Refused("unreadable", f"{type(error).__name__}: {error}") from error


def inspect_ole(data: bytes) -> Verdict:
    """A pre-2007 container: a Word or Excel file with a password is wrapped in one, everything else is old format."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise Refused("encrypted", "EncryptedPackage", kind="encrypted-office")
    raise Refused("wrong-extension", "old Office format", kind="ole")


def _inspect(archive):
    parts = archive.infolist()
    if not parts:
        raise Refused("unreadable", "empty archive", kind="zip")
    _refuse_bombs(archive, parts)
    names = [_slashed(part.filename) for part in parts]
    remote, macros = set(), _macros(names)
    kept = {}
    for part in parts:
        _read(archive, part, kept, remote)
    kind, main = _kind(kept, names, macros)
    if macros:
        raise Refused("macros", macros, kind=kind)
    _well_formed(archive, main)
    return Verdict(kind, remote=tuple(sorted(remote)))


def _refuse_endless(path):
    """Before a list of parts is read: how long the archive itself says that list is."""
    with open(path, "rb") as stream:
        stream.seek(max(0, stream.seek(0, 2) - 65_600))
        tail = stream.read()
    end = tail[tail.rfind(b"PK\x05\x06") :]
    count, size = int.from_bytes(end[10:12], "little"), int.from_bytes(end[12:16], "little")
    if count > MAX_PARTS or size > MAX_PARTS * 200:
        raise Refused("bomb", f"{count} parts")


def _refuse_bombs(archive, parts):
    if sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise Refused("bomb", "unpacks to more than 400 MB")
    archive.fp.seek(0, 2)
    if sum(part.compress_size for part in parts) > archive.fp.tell():
        raise Refused("bomb", "parts overlap")
    for part in parts:
        if part.file_size > SUSPICIOUS_PART and part.file_size > MAX_RATIO * max(part.compress_size, 1):
            raise Refused("bomb", f"{part.filename} unpacks {part.file_size // max(part.compress_size, 1)} times")


def _read(archive, part, kept, remote):
    """Unpack one part to its end, which checks its sum; keep the few that decide, look into XML for entities."""
    name = _slashed(part.filename).lower()
    deciding = name in ("[content_types].xml", "mimetype", "meta-inf/manifest.xml") or name.endswith(".rels")
    is_xml, before, collected = bool(_XML_PART.search(name)), b"", []
    with archive.open(part) as stream:
        while chunk := stream.read(CHUNK):
            if is_xml and any(mark in before + chunk for mark in _ENTITY):
                raise Refused("bomb", f"{part.filename} declares entities")
            before = chunk[-16:]
            if deciding and part.file_size <= 5_000_000:
                collected.append(chunk)
    if deciding:
        kept[name] = b"".join(collected)
    if name.endswith(".rels"):
        for relation in _RELATION.findall(kept[name]):
            if _EXTERNAL.search(relation):
                remote.add("link" if _LINK.search(relation) else "external")


def _macros(names):
    for name in names:
        lower = name.lower()
        if "vbaproject" in lower or "/macrosheets/" in f"/{lower}" or _BASIC.search(name) or _SCRIPTS.search(name):
            return name
    return ""


def _kind(kept, names, macros):
    """The kind and the name of the main part; macro kinds count as the kind they extend once macros are found."""
    if "[content_types].xml" in kept:
        return _ooxml_kind(kept, names, macros)
    media_type = kept.get("mimetype", b"").decode("latin-1").strip() or _manifest_type(kept)
    if media_type or "content.xml" in names:
        if b"encryption-data" in kept.get("meta-inf/manifest.xml", b"") or "encrypted-package" in names:
            raise Refused("encrypted", "META-INF/manifest.xml", kind=_ODF.get(media_type, "odf"))
        if media_type not in _ODF:
            raise Refused("wrong-extension", media_type, kind="odf")
        if "content.xml" not in names:
            raise Refused("unreadable", "no content.xml", kind=_ODF[media_type])
        return _ODF[media_type], "content.xml"
    if macros:
        raise Refused("macros", macros, kind="zip")
    raise Refused("wrong-extension", "an archive, not an office file", kind="zip")


def _ooxml_kind(kept, names, macros):
    types, defaults = _content_types(kept["[content_types].xml"])
    low = kept["[content_types].xml"].lower()
    macro_type = next((word.decode() for word in _MACRO_TYPES if word in low.replace(b"\0", b"")), "")
    main = _main_part(kept, names)
    if not main:
        raise Refused("unreadable", "no main part", kind="ooxml")
    main_type = types.get(f"/{main}".lower()) or defaults.get(main.rpartition(".")[2].lower(), "")
    kind = _OOXML.get(main_type, "")
    if macros or macro_type:
        raise Refused("macros", macros or macro_type, kind=kind or main_type.rpartition("/")[2] or "ooxml")
    if not kind:
        raise Refused(
            "wrong-extension", main_type or "no type", kind="pptx" if "presentation" in main_type else "ooxml"
        )
    return kind, main


def _content_types(data):
    types, defaults = {}, {}

    def start(tag, attributes):
        local = tag.rpartition(":")[2]
        if local == "Override":
            types[attributes.get("PartName", "").lower()] = attributes.get("ContentType", "").strip()
        elif local == "Default":
            defaults[attributes.get("Extension", "").lower()] = attributes.get("ContentType", "").strip()

    _parse(data, start, "[Content_Types].xml")
    return types, defaults


def _main_part(kept, names):
    """What the package's own relations call the document."""
    found = []

    def start(tag, attributes):
        if tag.rpartition(":")[2] == "Relationship" and attributes.get("Type", "").endswith("/officeDocument"):
            found.append(attributes.get("Target", ""))

    _parse(kept.get("_rels/.rels", b""), start, "_rels/.rels")
    by_name = {name.lower(): name for name in names}
    for target in found:
        if name := by_name.get(target.removeprefix("./").lstrip("/").lower()):
            return name
    return ""


def _manifest_type(kept):
    found = []

    def start(tag, attributes):
        values = {key.rpartition(":")[2]: value for key, value in attributes.items()}
        if tag.rpartition(":")[2] == "file-entry" and values.get("full-path") == "/":
            found.append(values.get("media-type", ""))

    if manifest := kept.get("meta-inf/manifest.xml"):
        _parse(manifest, start, "META-INF/manifest.xml")
    return found[0] if found else ""


def _parse(data, start, name):
    if not data:
        raise Refused("unreadable", f"no {name}", kind="zip")
    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise Refused("unreadable", f"{name}: {error}") from error


def _slashed(name):
    """Some programs write the paths of their parts as Windows does."""
    return name.replace("\\", "/")


def _well_formed(archive, main):
    """The main part must be XML to its end, or no office program opens it."""
    part = next(part for part in archive.infolist() if _slashed(part.filename) == main)
    if part.file_size > MAX_PARSED:
        return
    parser = expat.ParserCreate()
    try:
        with archive.open(part) as stream:
            parser.ParseFile(stream)
    except expat.ExpatError as error:
        raise Refused("unreadable", f"{main}: {error}") from error
