"""Registers, directions and states in words."""

from django import template
from django.utils.translation import gettext as _

from core.registers.enums import Direction, EntryState

register = template.Library()


@register.filter
def register_name(value):
    """What a register is called, without its year."""
    names = {
        Direction.ARRIVAL: _("Register of incoming letters"),
        Direction.DEPARTURE: _("Register of outgoing letters"),
        Direction.INTERNAL: _("Register of internal letters"),
    }
    return names[Direction(value.direction)]


@register.filter
def direction_slug(value):
    """The word of the address for a direction."""
    return {"A": "incoming", "D": "outgoing", "I": "internal"}[value]


@register.filter
def state_name(value):
    return EntryState(value).label
