"""What machines are told, held against the official vocabulary of schema.org."""

import json
import re
from datetime import date

import pytest

from home.circulars.enums import Audience
from home.circulars.models import Circular, ExternalAct
from tests.factories.circulars import add_text, publish, published, written

pytestmark = pytest.mark.django_db
PAGE = "/eli/ma/msp/circular/2026/12-2026"

# From https://github.com/schemaorg/schemaorg, data/ext/pending/issue-1156.ttl (Legislation) and data/schema.ttl
# (CreativeWork, MediaObject, Thing): property, and what its value may be.
ACT, WORK, BODY, TEXT, DAY, URL = "Legislation", "CreativeWork", "Organization", "text", "date", "url"
THING = {"name": {TEXT}, "url": {URL}}
CREATIVE_WORK = THING | {
    "abstract": {TEXT},
    "citation": {WORK, TEXT},
    "dateModified": {DAY},
    "encoding": {"MediaObject"},
    "encodingFormat": {TEXT, URL},
    "inLanguage": {TEXT},
    "publisher": {BODY},
    "temporalCoverage": {TEXT, URL},
    "workExample": {WORK},
}
LEGISLATION = CREATIVE_WORK | {
    "legislationApplies": {ACT},
    "legislationChanges": {ACT},
    "legislationConsolidates": {ACT},
    "legislationDate": {DAY},
    "legislationDateVersion": {DAY},
    "legislationIdentifier": {TEXT, URL},
    "legislationJurisdiction": {"AdministrativeArea", TEXT},
    "legislationLegalForce": {"LegalForceStatus"},
    "legislationPassedBy": {BODY, "Person"},
    "legislationResponsible": {BODY, "Person"},
    "legislationType": {TEXT, "CategoryCode"},
}
PROPERTIES = {
    "Legislation": LEGISLATION,
    "LegislationObject": LEGISLATION | {"contentUrl": {URL}, "legislationLegalValue": {"LegalValueLevel"}},
    "GovernmentOrganization": THING,
    "Country": THING,
}
KINDS = {  # a type, and what it is a kind of
    "Legislation": {ACT, WORK},
    "LegislationObject": {ACT, WORK, "MediaObject"},
    "GovernmentOrganization": {BODY},
    "Country": {"AdministrativeArea"},
}
MEMBERS = {
    "LegalForceStatus": {"InForce", "NotInForce", "PartiallyInForce"},
    "LegalValueLevel": {
        "AuthoritativeLegalValue",
        "DefinitiveLegalValue",
        "OfficialLegalValue",
        "UnofficialLegalValue",
    },
}


def wrong(thing, path="") -> list[str]:
    """Where a description leaves the vocabulary."""
    kind, found = thing["@type"], []
    for name, values in thing.items():
        if name.startswith("@"):
            continue
        if name not in PROPERTIES[kind]:
            found.append(f"{path}{name}: no property of {kind}")
            continue
        for value in values if isinstance(values, list) else [values]:
            if not any(is_a(value, expected) for expected in PROPERTIES[kind][name]):
                found.append(f"{path}{name}: {value}")
            elif isinstance(value, dict):
                found += wrong(value, f"{path}{name}.")
    return found


def is_a(value, expected) -> bool:
    if isinstance(value, dict):
        return expected in KINDS[value["@type"]]
    if expected in MEMBERS:
        return value.removeprefix("https://schema.org/") in MEMBERS[expected]
    if expected == DAY:
        return re.fullmatch(r"\d{4}-\d{2}-\d{2}(T.*)?", value) is not None
    return expected == TEXT or (expected == URL and value.startswith("http"))


@pytest.fixture
def described(client, organisation):
    """A second version that changes, applies and cites other acts, and was amended."""
    first = published(organisation, number="1/2026")
    law = ExternalAct.objects.create(kind="law", number="55.19", title="المتعلق بتبسيط المساطر")
    hidden = published(organisation, number="2/2026", audience=Audience.ADDRESSEES)
    circular = written(organisation, in_force_on=date(2026, 10, 1))
    add_text(circular, "fr", "Dépôt </script> numérique", ["Un", "Deux", "Trois"], standing="official")
    for relation in (
        {"predicate": "abrogates", "circular": first, "paragraphs": "p3"},
        {"predicate": "replaces", "circular": hidden},
        {"predicate": "applies", "external": law},
        {"predicate": "cites", "circular": first},
    ):
        circular.relations.model.objects.create(subject=circular, **relation)
    circular = publish(circular)
    Circular.objects.filter(pk=circular.pk).update(office="الوزير المنتدب")
    publish(circular)
    published(organisation, number="15/2026", relations=[{"predicate": "amends", "circular": circular}])
    return json.loads(client.get(f"{PAGE}.jsonld").content)


def test_description_keeps_to_the_vocabulary(described):
    assert wrong(described) == []
    assert wrong({"@type": "Legislation", "author": "x", "legislationDate": "today"}) == [
        "author: no property of Legislation",
        "legislationDate: today",
    ]


def test_description_tells_days_force_and_relations(described, client):
    names = ("legislationDate", "temporalCoverage", "legislationLegalForce", "legislationIdentifier")
    assert [described[name] for name in names] == [
        "2026-09-09",
        "2026-10-01/..",
        "https://schema.org/InForce",
        "12/2026",
    ]
    related = ("legislationChanges", "legislationApplies", "citation", "legislationConsolidates")
    assert [[act.get("legislationIdentifier") for act in described[name]] for name in related] == [
        ["1/2026"],  # and not the one for others alone
        ["55.19"],
        ["1/2026"],
        [None, "15/2026"],
    ]
    changed = json.loads(client.get("/eli/ma/msp/circular/2026/1-2026.jsonld").content)
    assert changed["legislationLegalForce"] == "https://schema.org/PartiallyInForce"


def test_page_holds_the_same_description_and_nothing_ends_it(described, client):
    page = client.get(f"{PAGE}/fra").text
    (block,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert json.loads(block) == described
    assert described["workExample"][1]["name"] == "Dépôt </script> numérique"
