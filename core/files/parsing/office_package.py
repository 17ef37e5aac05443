"""An office file as a package of XML parts: opened without entities, walked through part by part and then forgotten."""

import posixpath
import re
import zipfile
from collections.abc import Iterator

from defusedxml.ElementTree import iterparse

_NUMBER = re.compile(r"\d+")


def local(element) -> str:
    """The name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


def value(element, name) -> str:
    """An attribute, whatever its namespace; empty when it is not there."""
    return next((text for key, text in element.attrib.items() if key.rpartition("}")[2] == name), "")


class Package:
    """The parts of an office file by their names; some programs write these as Windows does, or in other letters."""

    def __init__(self, archive: zipfile.ZipFile):
        self._archive = archive
        self._parts = {name.replace("\\", "/").lower(): name for name in archive.namelist()}

    def __contains__(self, part: str) -> bool:
        return part.lower() in self._parts

    def named(self, pattern: str) -> list[str]:
        """The parts whose whole names fit, in the order of the numbers in them."""
        found = [name for name in self._parts if re.fullmatch(pattern, name)]
        return sorted(found, key=lambda name: ([int(number) for number in _NUMBER.findall(name)], name))

    def walk(self, part: str) -> Iterator:
        """Each (event, element, the elements it stands in) of a part, from outside to inside."""
        above = []
        with self._archive.open(self._parts[part.lower()]) as stream:
            for event, element in iterparse(stream, events=("start", "end"), forbid_dtd=True):
                if event == "end":
                    above.pop()
                yield event, element, above
                if event == "start":
                    above.append(element)

    def children(self, part: str, parents: set[str]) -> Iterator:
        """Each whole element directly below one called as one of `parents`; none where there is no such part."""
        if part not in self:
            return
        for event, element, above in self.walk(part):
            if event == "end" and above and local(above[-1]) in parents:
                yield element
                above[-1].remove(element)

    def relations(self, part: str) -> dict[str, tuple[str, str]]:
        """What a part points to: by identifier, the kind of relation and the other part."""
        folder, name = posixpath.split(part)
        found = {}
        for element in self.children(posixpath.join(folder, "_rels", f"{name}.rels"), {"Relationships"}):
            target = element.get("Target", "")
            whole = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
            found[element.get("Id", "")] = (element.get("Type", "").rpartition("/")[2], whole)
        return found

    def related(self, part: str, kind: str) -> list[str]:
        """The parts of one kind that a part points to."""
        return [name for found, name in self.relations(part).values() if found == kind and name in self]

    def main(self) -> str:
        """The part that is the document."""
        return next(iter(self.related("", "officeDocument")), "")
