"""What the clock and the outbox do with circulars."""

from datetime import datetime, timedelta

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from wagtail.models import Revision

from core import public
from core.dates import today
from core.exceptions import BusinessError
from core.files.operations_text import READ
from core.notifications import guards
from core.notifications.operations import notify
from core.outbox import handlers
from core.outbox.operations import give_way
from core.users.models import User
from home.circulars import open_data, operations
from home.circulars.enums import ImportState
from home.circulars.force import Force
from home.circulars.legacy import folders
from home.circulars.models import (
    Acknowledgement,
    Circular,
    CircularVersion,
    ImportRun,
    Occurrence,
    ReachProof,
)
from home.circulars.operations.printing import PRINT
from home.circulars.operations.publication import OPEN_DATA
from home.circulars.operations.reach import PROVE, REMIND

AT_ONCE = 500
PRINTS_AT_ONCE = 20  # so that other work is not held up
LONG = timedelta(hours=6)  # a stock of 20,000 lines
KEPT = timedelta(days=30)


def deliver(payload, *, message):
    """Hand a version to its addressees and tell each of them; done again, nobody is told twice."""
    version = CircularVersion.objects.select_related("circular__authority").get(pk=payload["version"])
    public.renew()  # once more, lest the publishing process ended between its commit and the new stamp
    operations.deliver(version)
    circular = version.circular
    rows = Acknowledgement.objects.filter(circular=circular, meaning_hash=version.meaning_hash)
    for row in rows.select_related("person").iterator(chunk_size=AT_ONCE):
        notify(
            row.person,
            "circulars.published",
            by=version.published_by,
            url=circular.get_absolute_url(),
            key=f"circular-{version.pk}",
            circular=circular.pk,
            number=circular.number,
            title=version.title,
            change=version.change,
        )


def print_version(payload, *, message):
    """Make the PDF of a version in one language; twice is the same as once."""
    version = CircularVersion.objects.select_related("circular__authority").get(pk=payload["version"])
    operations.print_version(version, payload["language"])


def improve_prints():
    """Seal, or seal better, the PDFs that had to be given out without: the key or the time-stamp server is back."""
    for known in operations.improvable_prints(PRINTS_AT_ONCE):
        if not operations.improve_print(known):
            break
    for proof in operations.improvable_proofs(PRINTS_AT_ONCE):
        if not operations.improve_proof(proof):
            break


def can_improve_prints() -> bool:
    return bool(operations.improvable_prints(1) or operations.improvable_proofs(1))


def tell_followers(payload, *, message):
    """Tell those who follow it what happened to a circular; done again, nobody is told twice."""
    rows = Occurrence.objects.select_related("circular__current", "version__published_by", "act")
    row = rows.filter(circular=payload["circular"], key=payload["key"]).first()
    if row:
        operations.tell_followers(row)


def open_notices(reader, notices):
    """Of notices about circulars, those about one the reader may read today."""
    keys = {notice.data.get("circular") for notice in notices} - {None}
    seen = set(Circular.objects.visible_to(reader).filter(pk__in=keys).values_list("pk", flat=True))
    return [notice for notice in notices if notice.data.get("circular") in {None, *seen}]


def correct_open_data(payload, *, message):
    """Make the open data anew if they say of a circular what is no longer so; twice is the same as once."""
    open_data.write_without(Circular.objects.get(pk=payload["circular"]))


def remind(payload, *, message):
    """Tell those a reminder was noted for at that moment; done again, nobody is told twice."""
    version = CircularVersion.objects.select_related("circular__authority").get(pk=payload["version"])
    moment = datetime.fromisoformat(payload["at"])
    rows = Acknowledgement.objects.filter(
        circular=version.circular, meaning_hash=version.meaning_hash, reminded_at=moment, acknowledged_at=None
    )
    for row in rows.select_related("person").iterator(chunk_size=AT_ONCE):
        notify(
            row.person,
            "circulars.reminder",
            url=version.circular.get_absolute_url(),
            key=f"circular-reminder-{version.pk}-{payload['at']}",
            circular=version.circular_id,
            number=version.circular.number,
            title=version.title,
            due_on=version.circular.acknowledge_by,
        )


def print_proof(payload, *, message):
    """Make the PDF of a proof of reach; twice is the same as once."""
    operations.print_proof(ReachProof.objects.select_related("version__circular__authority").get(pk=payload["proof"]))


def follow_the_calendar():
    """Compute anew the force of circulars for which a new day has come, and keep what was not yet written down."""
    operations.note_missing()
    is_untold = ~Q(force=Force.NOT_YET) & ~Exists(Occurrence.objects.of_force().filter(circular=OuterRef("pk")))
    due = Circular.objects.published().filter(Q(force="") | Q(force_until__lte=today()) | is_untold)
    keys = list(due.values_list("pk", flat=True)[: AT_ONCE + 1])
    if len(keys) > AT_ONCE:  # what hangs together with so many is nearly everything
        operations.refresh_all()
    elif keys:
        operations.refresh_force(keys)


def publish_scheduled():
    """Publish what was approved for a moment that has come. What can no longer be is taken off, its editor told."""
    for revision in _due().select_related("user").order_by("approved_go_live_at", "pk"):
        try:
            revision.publish(log_action="wagtail.publish.scheduled")
        except BusinessError:
            operations.unschedule(revision)
            circular = revision.content_object
            if revision.user:
                url = circular.get_absolute_url()
                notify(revision.user, "circulars.not_published", url=url, number=circular.number)


def check_import(payload, *, message):
    """Check a legacy stock; what else is due is done in between."""
    run = ImportRun.objects.select_related("authority").get(pk=payload["run"])
    if run.state == ImportState.CHECKING:
        operations.rehearse(run, folders.folder_of(run.public_id), pause=_give_way)


def bring_in(payload, *, message):
    """Import a legacy stock; what else is due is done in between. Begun again, it goes on where it stood."""
    run = ImportRun.objects.select_related("authority").get(pk=payload["run"])
    if run.state == ImportState.IMPORTING:
        by = User.objects.get(pk=payload["by"])
        operations.bring_in(run, folders.folder_of(run.public_id), by=by, pause=_give_way)
        folders.remove(run.public_id)


def _give_way():
    give_way("circulars.check_import", "circulars.bring_in", READ)


def tidy_imports():
    """Remove the files of imports nobody came back for; what became of their lines stays."""
    left = ImportRun.objects.filter(created_at__lt=timezone.now() - KEPT).exclude(state=ImportState.IMPORTING)
    for run in left.exclude(authority=None):
        folders.remove(run.public_id)


def _due():
    content_type = ContentType.objects.get_for_model(Circular)
    return Revision.objects.filter(base_content_type=content_type, approved_go_live_at__lte=timezone.now())


def register_jobs():
    handlers.register("circulars.deliver", deliver)
    handlers.register("circulars.tell_followers", tell_followers)
    guards.register("circulars.", open_notices)
    handlers.register("circulars.check_import", check_import, time_limit=LONG)
    handlers.register("circulars.bring_in", bring_in, time_limit=LONG)
    handlers.register_job("circulars.tidy_imports", tidy_imports, timedelta(days=1))
    handlers.register_job(
        "circulars.publish_scheduled", publish_scheduled, timedelta(minutes=1), wanted=lambda: _due().exists()
    )
    handlers.register(REMIND, remind)
    handlers.register(PROVE, print_proof, time_limit=timedelta(minutes=2))
    handlers.register(PRINT, print_version, time_limit=timedelta(minutes=2))
    handlers.register_job("circulars.improve_prints", improve_prints, timedelta(seconds=30), wanted=can_improve_prints)
    handlers.register_job("circulars.sweep_drafts", operations.sweep_drafts, timedelta(days=1))
    handlers.register(OPEN_DATA, correct_open_data, time_limit=timedelta(minutes=30))
    handlers.register_job("circulars.open_data", open_data.write, timedelta(minutes=10), wanted=open_data.is_due)
    handlers.register_job("circulars.follow_the_calendar", follow_the_calendar, timedelta(minutes=10))
