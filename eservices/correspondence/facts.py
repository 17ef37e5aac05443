"""What a receipt states, taken from the registered letter at the moment of registration (registry.md, receipt)."""

from core import dates


def receipt_facts(item, attachments, *, assurance, declarations=(), missing_pieces=()) -> dict:
    """The facts of the receipt of `item`, as JSON: every later edition prints the same ones."""
    letter, organisation = item.correspondence, item.organisation
    party, act_type, unit = letter.party, letter.act_type, letter.addressee_unit
    charge = (act_type.unit if act_type else None) or unit
    return {
        "language": letter.language,
        "number": letter.number,
        "moment": dates.iso(letter.entry.registered_at),
        "effective_on": item.started_on.isoformat(),
        "organisation": {
            "name_ar": organisation.name_ar,
            "name_fr": organisation.name_fr,
            "office_ar": item.registry.name_ar,
            "office_fr": item.registry.name_fr,
            "address_ar": organisation.address_ar,
            "address_fr": organisation.address_fr,
            "phone": organisation.phone,
            "email": organisation.email,
        },
        "addressee": _names(unit) if unit else _names(organisation),
        "depositor": {
            "name": party.name,
            "capacity": party.kind,
            "on_behalf_of": party.on_behalf_of,
            "cin": party.cin,
            "ice": party.ice,
            "reference": letter.own_reference,
            "reference_on": _day(letter.own_reference_on),
        },
        "assurance": assurance,
        "channel": letter.channel,
        "type": _names(act_type) if act_type else {"ar": "", "fr": ""},
        "subject": letter.subject,
        "own_reference": letter.own_reference,
        "own_reference_on": _day(letter.own_reference_on),
        "files": [_file(attachment) for attachment in attachments],
        "missing_pieces": [_names(piece) for piece in missing_pieces],
        "declarations": list(declarations),
        "unit_in_charge": _names(charge) if charge else {"ar": "", "fr": ""},
        "max_days": act_type.max_days if act_type else None,
        "due_on": _day(item.due_on),
        "silence_effect": act_type.silence_effect if act_type else "none",
        "attestation_issuer": _pair(act_type, "attestation_issuer"),
        "appeals": _pair(act_type, "appeals"),
        "cndp_number": organisation.cndp_number,
    }


def _names(row):
    return {"ar": row.name_ar, "fr": row.name_fr}


def _pair(row, stem):
    return {code: getattr(row, f"{stem}_{code}", "") if row else "" for code in ("ar", "fr")}


def _day(value):
    return value.isoformat() if value else ""


def _file(attachment):
    stored = attachment.file
    return {
        "order": attachment.order,
        "name": stored.name,
        "label": attachment.label,
        "kind": stored.kind,
        "size": stored.size,
        "pages": stored.pages,
        "sha256": stored.sha256,
        "scan_state": stored.scan_state,
    }
