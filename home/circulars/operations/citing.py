"""Citations found in a draft become relations, or do not: an editor says which."""

from django.db import transaction
from django.utils.translation import gettext as _

from core.audit.operations import record
from core.exceptions import NotAllowed, WrongState
from home.circulars import permissions, proposals
from home.circulars.models import Circular, CitationDecision, Relation


@transaction.atomic
def confirm_citation(circular, *, by, key, predicate) -> Relation:
    """Make a relation of a citation, in a new revision of the draft; an act of another body not yet listed is added.

    It counts once the circular is published. Refused: NotAllowed but to those who may edit the circular now;
    WrongState if this citation is no longer in the text or was decided before.
    """
    draft, proposal = _proposed(circular, by, key)
    if proposal.is_new:
        proposal.act.save()
    target = {"circular" if isinstance(proposal.act, Circular) else "external": proposal.act}
    relation = Relation(predicate=predicate, **target)
    draft.relations.add(relation)
    draft.save_revision(user=by)
    _decide(draft, proposal, by=by, is_confirmed=True)
    return relation


@transaction.atomic
def dismiss_citation(circular, *, by, key) -> None:
    """Note that a citation is no relation: it is not proposed again. Refused as `confirm_citation`."""
    draft, proposal = _proposed(circular, by, key)
    _decide(draft, proposal, by=by, is_confirmed=False)


def _proposed(circular, by, key):
    circular = Circular.objects.select_for_update(of=("self",)).get(pk=circular.pk)
    if not permissions.can_edit(by, circular):
        raise NotAllowed()
    draft = circular.get_latest_revision_as_object()
    for proposal in proposals.of(draft, by):
        if proposal.key == key:
            return draft, proposal
    raise WrongState(_("This citation is no longer proposed: the text changed, or somebody decided on it."))


def _decide(draft, proposal, *, by, is_confirmed):
    act = proposal.act
    CitationDecision.objects.create(
        circular_id=draft.pk,
        key=proposal.key,
        words=proposal.words[0][:300],
        is_confirmed=is_confirmed,
        target=act if isinstance(act, Circular) else None,
        external=act if act.pk and not isinstance(act, Circular) else None,
        by=by,
    )
    event = "circulars.citation_confirmed" if is_confirmed else "circulars.citation_dismissed"
    record(event, draft, by=by, citation=proposal.key)
