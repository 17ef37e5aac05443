"""Who may read letters, as tokens that say the same as `WorkItemQuerySet.visible_to`."""

from core.organisations.enums import Clearance, Role
from core.organisations.permissions import organisation_ids_of, unit_ids_of, units_below_of
from eservices.correspondence.enums import Confidentiality


def acl_of(item) -> frozenset[str]:
    """Each unit that sees the item, at its level or a higher one, and the auditors of its organisation."""
    units = {item.owner_unit_id, item.coordinator_id, item.registry_id, *(copy.unit_id for copy in item.copies.all())}
    levels = [level for level in Clearance.values if level >= item.confidentiality]
    tokens = {_unit(unit, level) for unit in units - {None} for level in levels}
    if item.confidentiality < Confidentiality.CONFIDENTIAL:
        tokens.add(_audit(item.organisation_id))
    return frozenset(tokens)


def acl_tokens_of(user) -> frozenset[str]:
    """One token for each unit the user reads in, with their level there, and one for each organisation they audit."""
    highest = {}
    for level in sorted(Clearance.values):
        for unit in unit_ids_of(user, clearance=level) | units_below_of(user, clearance=level):
            highest[unit] = level
    audited = organisation_ids_of(user, role=Role.AUDITOR)
    return frozenset({*(_unit(*each) for each in highest.items()), *map(_audit, audited)})


def _unit(key, level):
    return f"unit:{key}:{level}"


def _audit(organisation):
    return f"audit:{organisation}"
