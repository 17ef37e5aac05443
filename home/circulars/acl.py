"""Who may read circulars, as tokens that say the same as `CircularQuerySet.visible_to`."""

from core.organisations.acl import EVERYBODY, STAFF, organisation, post
from core.organisations.permissions import holdings_of
from home.circulars.enums import Audience
from home.circulars.models import issuing_organisations_of, kinds_of


def acl_of(circular) -> frozenset[str]:
    """Everybody, all staff, or its addressees and those who make the circulars of its authority."""
    if circular.audience == Audience.PUBLIC:
        return frozenset({EVERYBODY})
    if circular.audience == Audience.STAFF:
        return frozenset({STAFF})
    return frozenset({_makes(circular.authority_id), *map(_meant, circular.addressees.all())})


def acl_tokens_of(user) -> frozenset[str]:
    """The kinds of unit the user sits in, here and everywhere, and the authorities whose circulars they make."""
    kinds = {
        (body, kind)
        for holding in holdings_of(user)
        for kind in kinds_of(holding)
        for body in (None, holding.organisation_id)
    }
    return frozenset({*(_units(*each) for each in kinds), *map(_makes, issuing_organisations_of(user))})


def _meant(addressee):
    if addressee.post_id:
        return post(addressee.post_id)
    if addressee.unit_kind:
        return _units(addressee.organisation_id, addressee.unit_kind)
    return organisation(addressee.organisation_id) if addressee.organisation_id else STAFF


def _units(organisation_id, kind):
    return f"units:{organisation_id or 'all'}:{kind}"


def _makes(authority_id):
    return f"makes:{authority_id}"
