"""What happened to a letter, in words: read from the audit entries of its operations."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext as _

from core.audit.models import AuditEntry
from core.evidence.enums import IdentityCheck
from core.organisations.models import Unit
from eservices.correspondence.enums import ExtensionGround, Instruction, NoActionReason, SendBackReason
from eservices.correspondence.models import WorkItem


@dataclass(frozen=True)
class Line:
    at: datetime
    sentence: str
    person: str
    note: str = ""


def lines(item) -> list[Line]:
    """The item's history, oldest first; three queries whatever its length."""
    entries = AuditEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(WorkItem), object_id=str(item.pk)
    ).select_related("actor")
    entries = list(entries.order_by("at", "pk"))
    unit_ids = {entry.data.get(key) for entry in entries for key in ("to_unit", "from_unit", "unit")} - {None}
    units = {unit.pk: unit.name for unit in Unit.objects.filter(pk__in=unit_ids)} if unit_ids else {}
    return [_line(entry, units) for entry in entries]


def _line(entry, units) -> Line:
    data = dict(entry.data)
    for key in ("to_unit", "from_unit", "unit"):
        if key in data:
            data[key] = units.get(data[key], "")
    data["reason"] = _label(data.get("reason"), NoActionReason, SendBackReason)
    data["identity"] = _label(data.get("identity"), IdentityCheck)
    data["ground"] = _label(data.get("ground"), ExtensionGround)
    instruction = _label(data.get("instruction"), Instruction)
    sentence = _sentences().get(entry.event.removeprefix("correspondence."), entry.event) % _Blank(data)
    note = " · ".join(filter(None, (instruction, data.get("note", ""))))
    return Line(entry.at, sentence, entry.actor.get_full_name() if entry.actor else "", note)


class _Blank(dict):
    """Older entries may lack what a newer sentence names: an empty word is better than none at all."""

    def __missing__(self, key):
        return ""


def _label(value, *choices) -> str:
    return next((str(choice(value).label) for choice in choices if value in choice.values), value or "")


def _sentences():
    return {
        "registered": _("Registered, and the receipt was issued."),
        "assigned": _("Assigned to “%(to_unit)s”."),
        "reassigned": _("Assigned again, to “%(to_unit)s”."),
        "taken": _("Taken in charge."),
        "sent_back": _("Sent back to the registry office by “%(from_unit)s”: %(reason)s."),
        "pieces_requested": _("Missing documents were asked for by letter no. %(letter)s."),
        "pieces_received": _("The missing documents arrived."),
        "hold_expired": _("Closed: the missing documents did not arrive in time."),
        "extended": _("The time limit was extended to %(due_on)s: %(ground)s."),
        "redirected": _("Redirected to another administration under no. %(number)s."),
        "no_action": _("Closed without a reply: %(reason)s."),
        "duplicate": _("Closed as a duplicate of no. %(first)s."),
        "answered": _("Answered by letter no. %(reply)s."),
        "deadline_reached": _("The time limit was reached."),
        "attested": _("Silence means acceptance: attested by letter no. %(letter)s."),
        "reopened": _("Opened again."),
        "copy_read": _("The copy for information was read in “%(unit)s”."),
        "withdrawal_asked": _("The sender asked to withdraw the letter."),
        "code_reissued": _("A new tracking code was issued: %(identity)s."),
        "called": _("The sender was called."),
    }
