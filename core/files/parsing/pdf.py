"""PDF: opened as a reader without a password would, every object looked at, nothing changed."""

import re

import pikepdf
from pikepdf import ObjectType

from core.files.parsing.findings import Refused, Verdict

# First a quick search in each object as qpdf writes it out (names unescaped), then a close look at what was found.
_SUSPECT = re.compile(rb"/(JavaScript|JS|Launch|XFA|RichMedia\w*|OnInstantiate)(?![\w#])")
_REMOTE = re.compile(rb"/(SubmitForm|ImportData|GoToR|GoToE|URI)(?![\w#])")
_FORM = re.compile(rb"/AcroForm(?![\w#])")
_ENCRYPTION_WORDS = ("encrypt", "security handler", "crypt filter")
_CONTAINERS = (ObjectType.dictionary, ObjectType.array)


def inspect(path: str) -> Verdict:
    """Accepted, or Refused with the first active thing found; restrictions without an open password are no reason."""
    try:
        with pikepdf.open(path) as document:
            pages = len(document.pages)
            if not pages:
                raise Refused("unreadable", "no pages")
            remote = _walk(document)
    except pikepdf.PasswordError as error:
        raise Refused("encrypted", "needs a password to open") from error
    except pikepdf.PdfError as error:
        message = str(error).removeprefix(path)
        if any(word in message.lower() for word in _ENCRYPTION_WORDS):
            raise Refused("encrypted", message) from error
        raise Refused("unreadable", message) from error
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, RuntimeError, OSError) as error:
        raise Refused("unreadable", f"{type(error).__name__}: {error}") from error
    return Verdict("pdf", pages=pages, remote=remote)


def _walk(document):
    """Every object of the file, those in object streams too; returns what reaches outside."""
    things = [document.trailer, *document.objects]
    written = [_written(thing) for thing in things]
    everything = b"\n".join(written)
    if _SUSPECT.search(everything):
        for thing, text in zip(things, written, strict=True):
            if _SUSPECT.search(text):
                _look(thing, f"object {thing.objgen[0]}" if thing.is_indirect else "trailer")
    remote = {found.decode().lower() for found in set(_REMOTE.findall(everything))}
    return tuple(sorted(remote | {"form"} if _FORM.search(everything) else remote))


def _written(thing):
    """An object as qpdf writes it out, with its direct parts; numbers and strings by themselves are of no interest."""
    if type(thing) is not pikepdf.Object:
        return b""
    kind = thing._type_code
    if kind is ObjectType.stream:
        return thing.stream_dict.unparse(resolved=True)
    if kind is ObjectType.dictionary or kind is ObjectType.array or kind is ObjectType.name_:
        return thing.unparse(resolved=True)
    return b""


def _look(thing, where):
    if thing._type_code is ObjectType.name_:
        _named_far_away(str(thing), where)
    else:
        _look_closely(thing.stream_dict if thing._type_code is ObjectType.stream else thing, where)


def _named_far_away(name, where):
    """An indirect object that is nothing but such a name only serves to hide the action that points to it."""
    if reason := {"/JavaScript": "javascript", "/Launch": "launch", "/RichMedia": "richmedia"}.get(name):
        raise Refused(reason, f"{where} is the name {name}")


def _look_closely(thing, where, depth=0):
    """The direct parts of one object; what it points to is an object of its own."""
    if depth > 60:
        raise Refused("bomb", f"{where} is nested too deeply")
    kind = thing._type_code
    if kind == ObjectType.dictionary:
        _judge(thing, where)
        parts = [thing.get(key) for key in thing.keys()]  # noqa: SIM118 — a dictionary of pikepdf does not iterate
    elif kind == ObjectType.array:
        parts = list(thing)
    else:
        return
    for part in parts:
        if isinstance(part, pikepdf.Object) and not part.is_indirect and part._type_code in _CONTAINERS:
            _look_closely(part, where, depth + 1)


def _judge(entry, where):
    action = _name(entry, "/S")
    if action == "/JavaScript" or "/OnInstantiate" in entry or ("/JS" in entry and _is_script(entry, action)):
        raise Refused("javascript", where)
    if action == "/Launch":
        raise Refused("launch", where)
    if action == "/RichMediaExecute" or _name(entry, "/Subtype") == "/RichMedia" or "/RichMediaContent" in entry:
        raise Refused("richmedia", where)
    if _type(entry, "/XFA") in (ObjectType.array, ObjectType.stream, ObjectType.string):
        raise Refused("xfa", where)


def _is_script(entry, action):
    """/JS beside an action or as text; a picture that happens to be called JS is none."""
    return bool(action) or _type(entry, "/JS") == ObjectType.string


def _name(entry, key):
    value = entry.get(key)
    return str(value) if isinstance(value, pikepdf.Object) and value._type_code == ObjectType.name_ else ""


def _type(entry, key):
    value = entry.get(key)
    if isinstance(value, pikepdf.Object):
        return value._type_code
    return None
