"""What machines are told of an act: schema.org/Legislation, as a document of its own and inside the page."""

import json

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils.safestring import mark_safe

from core.dates import iso
from home.circulars import akoma_ntoso, attached
from home.circulars.enums import Predicate
from home.circulars.force import Force
from home.circulars.models import Circular, Relation

_FORCES = {Force.IN_FORCE: "InForce", Force.PARTLY: "PartiallyInForce"}
_CHANGES = {
    Predicate.AMENDS,
    Predicate.REPLACES,
    Predicate.ABROGATES,
    Predicate.SUSPENDS,
    Predicate.EXTENDS,
    Predicate.CORRECTS,
    Predicate.SUPPLEMENTS,
}


def describe(circular, *, user) -> dict:
    """The act, its texts, and of the acts it speaks of those `user` may read."""
    version, facts = circular.current, circular.current.content["facts"]
    authentic = version.content["texts"][version.authentic]
    authority = {"@type": "GovernmentOrganization", "name": circular.authority.name_ar}
    found = {
        "@context": "https://schema.org",
        "@type": "Legislation",
        "@id": _whole(circular.get_absolute_url()),
        "url": _whole(circular.get_absolute_url()),
        "name": authentic["title"],
        "abstract": authentic["summary"],
        "inLanguage": version.authentic,
        "legislationIdentifier": circular.number,
        "legislationType": circular.kind,
        "legislationDate": facts["signed_on"],
        "legislationDateVersion": version.day.isoformat(),
        "legislationJurisdiction": {"@type": "Country", "name": "MA"},
        "legislationPassedBy": authority,
        "legislationResponsible": authority,
        "legislationLegalForce": f"https://schema.org/{_FORCES.get(Force(circular.force), 'NotInForce')}",
        "dateModified": iso(version.published_at),
        "publisher": authority,
        "temporalCoverage": _period(facts, version),
        "encoding": [
            {
                "@type": "LegislationObject",
                "contentUrl": _whole(address),
                "encodingFormat": kind,
                "inLanguage": code,
            }
            for code, _eli in version.eli_languages
            for address, kind in (
                (attached.pdf_url(circular, code), "application/pdf"),
                (akoma_ntoso.address_of(circular, version, code), akoma_ntoso.MEDIA_TYPE),
            )
        ],
        "workExample": [_text(circular, version, code, eli) for code, eli in version.eli_languages],
        **_relations(circular, version, user),
    }
    return {name: value for name, value in found.items() if value}


def as_block(data: dict) -> str:
    """The same inside a page: what could end the element is written otherwise."""
    safe = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&"}
    return mark_safe(json.dumps(data, ensure_ascii=False).translate(safe))  # noqa: S308  no sign of markup is left


def _text(circular, version, code, eli) -> dict:
    text, address = version.content["texts"][code], _whole(reverse("circulars:text", args=[*circular.eli, eli]))
    value = "DefinitiveLegalValue" if code == version.authentic else "OfficialLegalValue"
    return {
        "@type": "Legislation",
        "@id": address,
        "name": text["title"],
        "inLanguage": code,
        "encoding": {
            "@type": "LegislationObject",
            "@id": address,
            "encodingFormat": "text/html",
            "inLanguage": code,
            "legislationLegalValue": f"https://schema.org/{value}",
        },
    }


def _relations(circular, version, user) -> dict:
    """What it changes, applies and cites; of its current text, the version and the acts that went into it."""
    visible = Circular.objects.visible_to(user)
    own = list(
        Relation.objects.filter(Q(circular=None) | Q(circular__in=visible), subject=circular).select_related(
            "circular__authority", "circular__current", "external"
        )
    )
    before = circular.versions.filter(number__lt=version.number).order_by("-number").first()
    amending = circular.related_by.filter(subject__in=visible, predicate=Predicate.AMENDS).select_related(
        "subject__authority", "subject__current"
    )
    consolidated = [_act(relation.subject) for relation in amending] if before else []
    earlier = [{"@type": "Legislation", "@id": _whole(before.get_absolute_url())}] if before else []
    return {
        "legislationChanges": [_object(each) for each in own if each.predicate in _CHANGES],
        "legislationApplies": [_object(each) for each in own if each.predicate == Predicate.APPLIES],
        "citation": [_object(each) for each in own if each.predicate == Predicate.CITES],
        "legislationConsolidates": [*earlier, *consolidated],
    }


def _object(relation) -> dict:
    if relation.circular:
        return _act(relation.circular)
    external = relation.external
    known = {"@type": "Legislation", "legislationIdentifier": external.number, "legislationType": external.kind}
    return known | ({"name": external.title} if external.title else {})


def _act(circular) -> dict:
    return {
        "@type": "Legislation",
        "@id": _whole(circular.get_absolute_url()),
        "legislationIdentifier": circular.number,
        "name": circular.current.title if circular.current else str(circular),
    }


def _period(facts, version) -> str:
    """From the day it is in force to its last one, as ISO 8601 writes periods; open where nothing ends it."""
    return f"{facts['in_force_on'] or version.day.isoformat()}/{facts['expires_on'] or '..'}"


def _whole(path) -> str:
    return settings.PUBLIC_URL + path
