"""All public circulars as files for machines: written at night, put in the place of yesterday's in one step.

What is withdrawn or no longer for everybody does not wait for the night: `write_without` is asked for in the same
transaction.

What a stranger may read, nothing else: facts, titles, relations among public acts, permanent addresses and fingerprints
of the current versions; the texts themselves are at the addresses. The licence is the installation's (DATA_LICENCE).
"""

import fcntl
import json
import re
from contextlib import ExitStack, contextmanager
from datetime import time
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from core.dates import iso, local
from core.spreadsheets import csv_lines
from home.circulars.enums import Language
from home.circulars.models import Circular

NAMES = ("circulars.csv", "circulars.json", "circulars.jsonld")
AT = time(1, 0)
_PLAIN = (
    "address", "authority", "authority_ar", "authority_fr", "kind", "number", "signed_on", "hijri_date", "signatory",
    "office", "in_force_on", "expires_on", "force", "force_until", "withdrawn_at", "withdrawal_reason", "version",
    "version_address", "published_at", "sha256", "authentic",
)  # fmt: skip
_LISTS = ("themes", "addressees", "relations", "files")
COLUMNS = (*_PLAIN, *(f"title_{code}" for code in Language.values), *_LISTS)


def path_of(name: str) -> Path:
    return settings.DATA_DIR / name


def is_due() -> bool:
    """Whether tonight's files are still to be written."""
    now, newest = local(timezone.now()), path_of(NAMES[-1])
    if not newest.exists():
        return True
    hour = now.replace(hour=AT.hour, minute=AT.minute, second=0, microsecond=0)
    return now >= hour and newest.stat().st_mtime < hour.timestamp()


def write() -> int:
    """Write the files anew; how many circulars they hold."""
    with _alone():
        return _write()


def write_without(circular) -> bool:
    """Write the files anew if they say of this circular what is no longer so; whether they did."""
    with _alone():  # lest those that are being written now know it still
        if not _name(circular):
            return False
        _write()
        return True


@contextmanager
def _alone():
    """One writer at a time, so that what began earlier never ends up in the place of what began later."""
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    with settings.DATA_DIR.with_name(f"{settings.DATA_DIR.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _name(circular) -> bool:
    """Whether the files name it, as one of theirs or beside another, under any address it ever had."""
    addresses = "|".join(re.escape(f"{settings.PUBLIC_URL}{known}") for known in circular.known_addresses.all())
    named = re.compile(rf"(?:{addresses})(?![\w.-])")
    try:
        with path_of(NAMES[0]).open(encoding="utf-8") as table:
            return any(named.search(line) for line in table)
    except FileNotFoundError:
        return False


def _write() -> int:
    fresh = {name: path_of(f"{name}.new") for name in NAMES}
    moment, count = iso(timezone.now()), 0
    with ExitStack() as stack:
        table, tree, catalogue = (
            stack.enter_context(fresh[name].open("w", encoding="utf-8", newline="")) for name in NAMES
        )
        table.writelines(csv_lines([COLUMNS]))
        tree.write(json.dumps({"licence": settings.DATA_LICENCE, "made_at": moment})[:-1] + ', "circulars": [')
        for circular in _circulars().iterator(chunk_size=500):
            facts = facts_of(circular)
            table.writelines(csv_lines([_cells(facts)]))
            tree.write((",\n" if count else "\n") + json.dumps(facts, ensure_ascii=False))
            count += 1
        tree.write("\n]}\n")
        json.dump(_catalogue(moment), catalogue, ensure_ascii=False, indent=1)
    for name, new in fresh.items():
        new.replace(path_of(name))
    return count


def facts_of(circular) -> dict:
    """One public circular; its first values are the columns of the table."""
    version, content = circular.current, circular.current.content
    facts, address = content["facts"], settings.PUBLIC_URL + circular.get_absolute_url()
    dated = f"{address}/{version.address}"
    return {
        "address": address,
        "authority": facts["authority"],
        "authority_ar": circular.authority.name_ar,
        "authority_fr": circular.authority.name_fr,
        "kind": circular.kind,
        "number": circular.number,
        "signed_on": facts["signed_on"],
        "hijri_date": facts["hijri_date"],
        "signatory": facts["signatory"],
        "office": facts["office"],
        "in_force_on": facts["in_force_on"],
        "expires_on": facts["expires_on"],
        "force": circular.force,
        "force_until": circular.force_until.isoformat() if circular.force_until else "",
        "withdrawn_at": iso(circular.withdrawn_at) if circular.withdrawn_at else "",
        "withdrawal_reason": circular.withdrawal_reason,
        "version": version.number,
        "version_address": dated,
        "published_at": iso(version.published_at),
        "sha256": version.hash,
        "authentic": version.authentic,
        "texts": [
            {
                "language": code,
                "address": f"{address}/{eli}",
                **{name: content["texts"][code][name] for name in ("title", "summary", "standing")},
            }
            for code, eli in version.eli_languages
        ],
        "themes": [theme.slug for theme in circular.themes.all()],
        "addressees": [
            {name: row[name] for name in ("organisation", "unit_kind", "purpose")}
            for row in content["addressees"]
            if not row["post"]
        ],
        "relations": [_relation(row) for row in circular.relations.all() if row.external_id or row.circular.is_public],
        "files": [
            {name: row[name] for name in ("role", "title", "language", "sha256")}
            | {"address": f"{dated}/files/{place}"}
            for place, row in enumerate(content.get("files", ()), 1)
        ],
    }


def _circulars():
    circulars = Circular.objects.visible_to(AnonymousUser()).select_related("authority", "current").order_by("pk")
    return circulars.prefetch_related("themes", "relations__circular__authority", "relations__external")


def _relation(relation):
    act = relation.circular or relation.external
    return {
        "predicate": relation.predicate,
        "act": f"{act.kind} {act.number}",
        "address": settings.PUBLIC_URL + act.get_absolute_url() if relation.circular_id else "",
        "paragraphs": sorted(relation.anchors),
        "starts_on": relation.starts_on.isoformat() if relation.starts_on else "",
        "ends_on": relation.ends_on.isoformat() if relation.ends_on else "",
    }


def _cells(facts):
    titles = {text["language"]: text["title"] for text in facts["texts"]}
    lists = {
        "themes": facts["themes"],
        "addressees": [row["organisation"] or "*" for row in facts["addressees"]],
        "relations": [f"{row['predicate']} {row['address'] or row['act']}" for row in facts["relations"]],
        "files": [row["address"] for row in facts["files"]],
    }
    cells = [facts[name] for name in _PLAIN] + [titles.get(code, "") for code in Language.values]
    return [*cells, *(" | ".join(lists[name]) for name in _LISTS)]


def _catalogue(moment):
    """What the files are, in the words of DCAT."""
    home = f"{settings.PUBLIC_URL}/data"
    return {
        "@context": {"dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/"},
        "@id": f"{home}/circulars.jsonld",
        "@type": "dcat:Dataset",
        "dct:title": [
            {"@value": "المنشورات العمومية", "@language": "ar"},
            {"@value": "Circulaires publiques", "@language": "fr"},
        ],
        "dct:modified": moment,
        "dct:license": {"@id": settings.DATA_LICENCE},
        "dct:accrualPeriodicity": {"@id": "http://publications.europa.eu/resource/authority/frequency/DAILY"},
        "dcat:distribution": [
            {
                "@type": "dcat:Distribution",
                "dcat:downloadURL": {"@id": f"{home}/{name}"},
                "dcat:mediaType": {"@id": f"https://www.iana.org/assignments/media-types/{kind}"},
                "dct:license": {"@id": settings.DATA_LICENCE},
            }
            for name, kind in (("circulars.csv", "text/csv"), ("circulars.json", "application/json"))
        ],
    }
