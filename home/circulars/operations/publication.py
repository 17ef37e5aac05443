"""A circular is published, corrected, changed and withdrawn."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.audit.operations import record
from core.dates import today
from core.exceptions import BusinessError, NotAllowed, WrongState
from core.indexing import reindex_after_commit
from core.outbox.operations import enqueue
from home.circulars import freezing, permissions
from home.circulars.enums import Audience, Change
from home.circulars.models import Circular, CircularVersion, ImportLine, KnownAddress
from home.circulars.operations import history
from home.circulars.operations.in_force import refresh_force
from home.circulars.operations.printing import ask_for_prints

OPEN_DATA = "circulars.open_data_without"


class CannotPublish(BusinessError):
    """Something a published circular must have is missing."""

    code = "cannot_publish"


@transaction.atomic
def freeze(circular, *, by) -> CircularVersion:
    """Keep what is published now as a version of its own that nobody can change, and hand it to its addressees.

    The first has everything new; later ones are a correction, for which acknowledgements stand, or a major change.
    Nothing happens if not a letter is different. The force of this circular and of those it speaks of is computed anew;
    addressees are told once the transaction is committed. One that is no longer for everybody leaves the open data at
    once. An act from a legacy stock was published long ago: its first
    version has the act's own date, and nobody is told. Refused: CannotPublish without an authentic text with at
    least one paragraph; WrongState once it was withdrawn.
    """
    stored = Circular.objects.select_for_update(of=("self",)).select_related("current").get(pk=circular.pk)
    if stored.is_withdrawn:
        raise WrongState(_("This circular was withdrawn: it cannot be published again."))
    if freezing.authentic_text(stored) is None:
        raise CannotPublish(_("Write the authentic text of the circular, with at least one paragraph."))
    anchors = freezing.anchored(stored)
    if not anchors:
        raise CannotPublish(_("Write the authentic text of the circular, with at least one paragraph."))
    content = freezing.content(stored, anchors)
    digest, current = freezing.content_hash(content), stored.current
    reindex_after_commit(stored, access=True)
    if current and stored.audience != Audience.PUBLIC:
        enqueue(OPEN_DATA, {"circular": stored.pk})
    if current and current.hash == digest:
        refresh_force([stored.pk])
        history.tell_changed([stored.pk])
        return current
    is_legacy = current is None and ImportLine.objects.brought_in().filter(circular=stored).exists()
    version = _version(stored, content, digest, by=by, day=stored.signed_on if is_legacy else today())
    Circular.objects.filter(pk=stored.pk).update(current=version, anchors=anchors)
    authority, kind, year, number = stored.eli
    KnownAddress.objects.get_or_create(circular=stored, authority=authority, kind=kind, year=year, number=number)
    history.note_versions([version])
    refresh_force([stored.pk])
    history.note_relations([stored.pk])
    history.tell_changed(history.speaking_of(stored.pk))
    record("circulars.published", stored, by=by, version=version.number, change=version.change, hash=digest)
    if not is_legacy:
        enqueue("circulars.deliver", {"version": version.pk}, key=f"circulars.deliver:{version.pk}")
        ask_for_prints(version)
    return version


@transaction.atomic
def withdraw(circular, *, by, reason) -> Circular:
    """Take a published circular back, with a reason; its page stays and says so, its addresses answer for ever.

    Its feeds and the open data say so at once.

    What waited to be approved or published of it waits no more.

    Refused: NotAllowed but to publishers of the issuing administration; WrongState if it was withdrawn before or never
    published; BusinessError without a reason.
    """
    circular = Circular.objects.select_for_update(of=("self",)).get(pk=circular.pk)
    if circular.is_withdrawn or circular.current_id is None:
        raise WrongState(_("Only a published circular can be withdrawn, and only once."))
    if not permissions.can_withdraw(by, circular):
        raise NotAllowed()
    if not reason.strip():
        raise BusinessError(_("Say why the circular is withdrawn."), code="no_reason")
    circular.withdrawn_at, circular.withdrawal_reason = timezone.now(), reason.strip()
    circular.save(update_fields=["withdrawn_at", "withdrawal_reason"])
    if state := circular.current_workflow_state:
        state.cancel(user=by)
    circular.revisions.update(approved_go_live_at=None)
    refresh_force([circular.pk])
    history.tell_changed(history.speaking_of(circular.pk))
    enqueue(OPEN_DATA, {"circular": circular.pk})
    record("circulars.withdrawn", circular, by=by, reason=circular.withdrawal_reason)
    return circular


def _version(circular, content, digest, *, by, day):
    current = circular.current
    change = Change(circular.change) if current else Change.FIRST
    return CircularVersion.objects.create(
        circular=circular,
        number=current.number + 1 if current else 1,
        day=day,
        of_day=circular.versions.filter(day=day).count() + 1,
        published_by=by,
        change=change,
        note=circular.change_note if current else "",
        authentic=freezing.authentic_text(circular).language,
        content=content,
        hash=digest,
        meaning_hash=current.meaning_hash if change == Change.CORRECTION else digest,
    )
