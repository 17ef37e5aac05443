"""Citations in the text of a draft that are not yet relations, with the act each of them means."""

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
    decided = set(CitationDecision.objects.filter(circular=draft.pk).values_list("key", flat=True))
    found: dict[str, Proposal] = {}
    for citation in _citations(draft):
        key = f"{citation.kind}:{citation.number}"
        if not citation.number or key in decided:
            continue
        if key in found:
            if citation.text not in found[key].words:
                found[key].words.append(citation.text)
            continue
        act = _ours(citation, draft, user) or _external(citation)
        is_ours = isinstance(act, Circular)
        known = act.pk and ((act.pk, None) if is_ours else (None, act.pk)) in related
        if not known and not (is_ours and act.pk == draft.pk):
            found[key] = Proposal(key, [citation.text], act)
    return list(found.values())


def _citations(draft):
    for text in draft.texts.all():
        for words in (text.title, text.summary, *(_plain(block) for block in text.body)):
            yield from citations.find(words)


def _plain(block) -> str:
    return html.unescape(strip_tags(str(block.render()).replace("<", " <")))


def _ours(citation, draft, user) -> Circular | None:
    """The circular meant: by number, and by its day where one is given; one's own administration first."""
    kinds = _OURS.get(citation.kind)
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
