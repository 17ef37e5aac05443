"""Citations in the text of a draft that are not yet relations, with the act each of them means.

An act cited by its day alone is proposed where exactly one act of that kind and day is known here.
"""

import html
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.utils.html import strip_tags

from home.circulars import citations
from home.circulars.enums import ExternalKind, Kind
from home.circulars.models import Circular, CitationDecision, ExternalAct

# What a cited kind may be here; an Arabic «دورية» is found as a circular too.
_OURS = {
    "circular": (Kind.CIRCULAR, Kind.PERIODICAL),
    "note": (Kind.NOTE,),
    "decision": (Kind.DECISION,),
    "letter": (Kind.LETTER,),
}
_EXTERNAL = {
    "dahir": ExternalKind.DAHIR,
    "law": ExternalKind.LAW,
    "decree": ExternalKind.DECREE,
    "order": ExternalKind.ORDER,
    "gazette": ExternalKind.BULLETIN,
}


@dataclass
class Proposal:
    """One act the texts cite: the words that name it, and what they mean. `key` names it in forms and decisions."""

    key: str
    words: list[str]
    act: Circular | ExternalAct

    @property
    def is_new(self) -> bool:
        """Whether the act is not in the list of acts of other bodies yet."""
        return self.act.pk is None


def of(draft: Circular, user) -> list[Proposal]:
    """What its texts cite and nobody decided on; acts are looked for among those `user` may read."""
    related = {(relation.circular_id, relation.external_id) for relation in draft.relations.all()}
    decisions = list(CitationDecision.objects.filter(circular=draft.pk).values_list("key", "target", "external"))
    decided = {key for key, *_act in decisions}
    closed = related | {(target, external) for _key, target, external in decisions} - {(None, None)}
    found: dict[str, Proposal] = {}
    for citation in _citations(draft):
        key = f"{citation.kind}:{citation.number or citation.date}"
        if key in decided:
            continue
        if key not in found:
            act = _meant(citation, draft, user)
            if act is None or _names(act) in {*closed, (draft.pk, None)}:
                continue
            # the same act by its number and, elsewhere, by its day is one proposal
            key = next((known for known, each in found.items() if act.pk and each.act == act), key)
        known = found.setdefault(key, Proposal(key, [], act))
        if citation.text not in known.words:
            known.words.append(citation.text)
    return list(found.values())


def _citations(draft):
    """Those with a number first: they say for certain which act is meant."""
    found = []
    for text in draft.texts.all():
        for words in (text.title, text.summary, *(_plain(block) for block in text.body)):
            found += citations.find(words)
    return sorted(found, key=lambda citation: not citation.number)


def _names(act) -> tuple[int | None, int | None]:
    """The act as relations and decisions name it."""
    return (act.pk, None) if isinstance(act, Circular) else (None, act.pk)


def _plain(block) -> str:
    return html.unescape(strip_tags(str(block.render()).replace("<", " <")))


def _meant(citation, draft, user) -> Circular | ExternalAct | None:
    if citation.number:
        return _ours(citation, draft, user) or _external(citation)
    return _only_one_of(citation, draft, user) if citation.date else None


def _only_one_of(citation, draft, user) -> Circular | ExternalAct | None:
    """The act of that kind and day, if exactly one is known besides the draft itself."""
    ours = Circular.objects.visible_to(user).filter(kind__in=_kinds_of(citation), signed_on=citation.date)
    others = ExternalAct.objects.filter(kind=_EXTERNAL.get(citation.kind, ""), signed_on=citation.date)
    acts = [*ours.exclude(pk=draft.pk)[:2], *others[:2]]
    return acts[0] if len(acts) == 1 else None


def _kinds_of(citation) -> tuple[Kind, ...]:
    """What it may be among our own acts: an Arabic «قرار» is a decision as well as an order of a minister."""
    is_arabic_order = (citation.kind, citation.language) == ("order", "ar")
    return (Kind.DECISION,) if is_arabic_order else _OURS.get(citation.kind, ())


def _ours(citation, draft, user) -> Circular | None:
    """The circular meant: by number, and by its day where one is given; one's own administration first."""
    kinds = _kinds_of(citation)
    if not kinds:
        return None
    readable = Circular.objects.visible_to(user).filter(kind__in=kinds) | Circular.objects.filter(pk=draft.pk)
    named = readable.filter(Q(number_key=citation.number) | Q(aliases__number_key=citation.number))
    if isinstance(citation.date, date):
        named = named.filter(signed_on=citation.date)
    found = sorted(
        named.distinct(), key=lambda act: (act.authority_id != draft.authority_id, -act.signed_on.toordinal())
    )
    return found[0] if found else None


def _external(citation) -> ExternalAct:
    kind = _EXTERNAL.get(citation.kind, ExternalKind.OTHER)
    known = ExternalAct.objects.filter(kind=kind, number_key=citation.number).first()
    return known or ExternalAct(kind=kind, number=citation.number, signed_on=citation.date)
