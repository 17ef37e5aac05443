from django.db import models
from django.utils.translation import gettext_lazy as _


class Direction(models.TextChoices):
    """The letter in every number: arrivée, départ, interne."""

    ARRIVAL = "A", _("incoming")
    DEPARTURE = "D", _("outgoing")
    INTERNAL = "I", _("internal")


class EntryState(models.TextChoices):
    """RESERVED → VALID → ANNULLED | RECTIFIED; triggers allow no other way."""

    RESERVED = "reserved", _("reserved")
    VALID = "valid", _("valid")
    ANNULLED = "annulled", _("annulled")
    RECTIFIED = "rectified", _("rectified")


class AnnulReason(models.TextChoices):
    REGISTERED_TWICE = "registered_twice", _("registered twice")
    WRONG_REGISTER = "wrong_register", _("belongs in another register")
    WRONG_ORGANISATION = "wrong_organisation", _("belongs to another administration")
    NOT_CORRESPONDENCE = "not_correspondence", _("is not correspondence")
    NUMBER_UNUSED = "number_unused", _("the number was taken but not used")


class RectifyReason(models.TextChoices):
    TYPING_ERROR = "typing_error", _("typing error")
    WRONG_PARTY = "wrong_party", _("wrong sender or recipient")
    WRONG_DATE = "wrong_date", _("wrong date of the document")
    INCOMPLETE = "incomplete", _("something was missing")


# What may follow what; `core.registers.append_only` makes triggers of it.
NEXT_STATES = {
    EntryState.RESERVED: (EntryState.VALID,),
    EntryState.VALID: (EntryState.ANNULLED, EntryState.RECTIFIED),
    EntryState.ANNULLED: (),
    EntryState.RECTIFIED: (),
}
