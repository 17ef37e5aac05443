"""What a sender who follows a letter may ask, and what the registry does so that they can follow it."""

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.audit.operations import record
from core.evidence.receipts import receipt_for, reissue_tracking_code
from core.exceptions import BusinessError, NotAllowed
from core.indexing import reindex_after_commit
from core.notifications.operations import reword
from core.states import DEPOSITOR
from eservices.correspondence import permissions
from eservices.correspondence.models import CallTask, Correspondence, Party, PiecesRequest, TrackingLink, WorkItem
from eservices.correspondence.operations.common import tell_unit, write_evidence
from eservices.correspondence.sender import tell_sender


@transaction.atomic
def ask_withdrawal(item, *, message):
    """Note the sender's wish to withdraw an open letter; the entry stays, the office decides. Asked once."""
    asked = (
        WorkItem.objects.open().filter(pk=item.pk, withdrawal_asked_at=None).update(withdrawal_asked_at=timezone.now())
    )
    if not asked:
        raise BusinessError(_("The withdrawal was asked for before, or the letter is closed."), code="too_late")
    write_evidence(item, "withdrawal.asked", by=None, role=DEPOSITOR)
    record("correspondence.withdrawal_asked", item, by=None, message=message)
    tell_unit(item, item.owner_unit or item.registry, "withdrawal_asked", by=None)
    tell_sender(item, "withdrawal_asked")


@transaction.atomic
def use_link(link) -> bool:
    """Use up the link of a mail; says whether it was still unused."""
    used = TrackingLink.objects.usable().filter(pk=link.pk).update(used_at=timezone.now())
    if used:
        record("correspondence.link_used", link.item, by=None)
    return bool(used)


@transaction.atomic
def reissue_code(item, *, by, identity, note="") -> str:
    """Give the sender a new tracking code at the counter, once the clerk has checked who asks; tells the sender.

    Returns it as it is printed. Refused: NotAllowed to anybody but a clerk of the registry, and for a letter that has
    no receipt of this registry (it was handed on from another one).
    """
    receipt = receipt_for(item.correspondence.entry)
    if receipt is None or not permissions.can_reissue_code(by, item):
        raise NotAllowed()
    code = reissue_tracking_code(receipt, by=by, identity=identity, note=note)
    record("correspondence.code_reissued", item, by=by, identity=str(identity))
    tell_sender(item, "code_reissued")
    return code


@transaction.atomic
def finish_call(task, *, by):
    """Note that a sender who left only a phone was called. Refused when somebody did before, or `by` may not."""
    if not permissions.can_see_sender(by, task.item):
        raise NotAllowed()
    if not CallTask.objects.filter(pk=task.pk, done_at=None).update(done_at=timezone.now(), done_by=by):
        raise BusinessError(_("Somebody has called this sender already."), code="too_late")
    record("correspondence.called", task.item, by=by, about=task.notice.event)


@transaction.atomic
def forget_words(object_id) -> None:
    """Erase what a letter says of people, because its words were erased from the register (law 09-08).

    Subject, message, references, the request for pieces and the sender as stated go, the subject also from notices that
    were sent; numbers, dates and treatment stay.
    A sender the clerks keep in their directory stays there, but the letter names nobody any more.
    """
    letter = (
        Correspondence.objects.select_related("party", "entry", "current_entry").filter(object_id=object_id).first()
    )
    if letter is None:
        return
    stated = letter.party
    nobody = Party.objects.create(organisation_id=stated.organisation_id, kind=stated.kind, language=stated.language)
    Correspondence.objects.filter(pk=letter.pk).update(
        subject="", message="", own_reference="", own_reference_on=None, signed_by="", party=nobody
    )
    letter.refresh_from_db(fields=["subject"])
    numbers = {entry.number_text for entry in (letter.entry, letter.current_entry) if entry}
    reword([reverse("correspondence:item", args=[number]) for number in numbers], subject=letter.shown_subject())
    PiecesRequest.objects.filter(item__correspondence=letter).update(text="", answer="")
    TrackingLink.objects.filter(item__correspondence=letter).usable().update(used_at=timezone.now())
    reindex_after_commit(letter, access=True)  # nobody finds the words any more, from now on
    if not stated.is_directory:
        words = ("name", "on_behalf_of", "cin", "ice", "phone", "email", "address")
        Party.objects.filter(pk=stated.pk).update(**dict.fromkeys(words, ""))
