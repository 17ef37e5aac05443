"""Whom a circular has reached: counted for its issuer, reminded, and attested under the seal."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, F, Q
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from core.audit.operations import record
from core.dates import starts_at, today
from core.evidence.models import SealLevel
from core.evidence.sealing import print_sealed, reachable_level
from core.exceptions import NotAllowed, WrongState
from core.files.operations import keep_made
from core.organisations.models import Post, Unit
from core.organisations.permissions import unit_ids_of
from core.outbox.operations import enqueue
from home.circulars import document_reach, permissions
from home.circulars.document_reach import FIGURES
from home.circulars.models import Acknowledgement, Circular, ReachProof
from home.circulars.operations.reading import deliver, people_of

REMIND, PROVE = "circulars.remind", "circulars.prove_reach"


@dataclass
class Reached:
    """How many people of a unit a version was handed to, how many opened and acknowledged it, how many have not yet."""

    unit: Unit
    delivered: int = 0
    opened: int = 0
    acknowledged: int = 0
    waiting: int = 0


def reach(circular, version) -> list[Reached]:
    """The counts of a version by organisation and unit: five queries, however many people.

    Who acknowledged and left still counts as reached; only those addressed today are waited for, and only for the
    version that is asked for now.
    """
    rows = Acknowledgement.objects.filter(circular=circular, meaning_hash=version.meaning_hash)
    counted = {
        row.pop("post__unit"): row
        for row in rows.values("post__unit").annotate(
            delivered=Count("pk"), opened=Count("opened_at"), acknowledged=Count("acknowledged_at")
        )
    }
    waiting = _waiting(circular, version)
    units_of_posts = dict(Post.objects.filter(pk__in=set(waiting.values())).values_list("pk", "unit"))
    for post in waiting.values():
        row = counted.setdefault(units_of_posts[post], {})
        row["waiting"] = row.get("waiting", 0) + 1
    units = Unit.objects.filter(pk__in=counted).select_related("organisation").order_by("organisation", "code")
    return [Reached(unit, **counted[unit.pk]) for unit in units]


def named(circular, version, *, to):
    """What each person of the direct chain of `to` did with a version: of their own units and of those below."""
    rows = Acknowledgement.objects.filter(
        circular=circular, meaning_hash=version.meaning_hash, post__unit__in=_chain(to)
    )
    waiting_first = [F(moment).asc(nulls_first=True) for moment in ("acknowledged_at", "opened_at")]
    return rows.select_related("person", "post__unit").order_by(*waiting_first, "pk")


@transaction.atomic
def remind(circular, *, by) -> int:
    """Remind everybody addressed today who has not acknowledged the current version; how many that are now.

    Nobody is reminded twice on a day. Who came after the delivery is handed the version first. The people are told by
    the workers. Refused: NotAllowed but to the issuer; WrongState where nothing is asked, or once it was withdrawn.
    """
    if not permissions.can_see_reach(by, circular):
        raise NotAllowed()
    if not permissions.is_asked(circular):
        raise WrongState(_("This circular asks nobody for an acknowledgement."))
    version = circular.current
    deliver(version)
    moment = timezone.now()
    due = Acknowledgement.objects.filter(
        Q(reminded_at=None) | Q(reminded_at__lt=starts_at(today())),
        circular=circular,
        meaning_hash=version.meaning_hash,
        acknowledged_at=None,
        person__in=people_of(circular),
    )
    people = due.update(reminded_at=moment)
    if people:
        record("circulars.reminded", circular, by=by, version=version.number, people=people)
        enqueue(REMIND, {"version": version.pk, "at": moment.isoformat(), "by": by.pk})
    return people


@transaction.atomic
def attest(circular, version, *, by) -> ReachProof:
    """Fix the counts of this moment under their hashes; the workers set and seal them as a PDF in the language of `by`.

    Refused: NotAllowed but to the issuer.
    """
    if not permissions.can_see_reach(by, circular):
        raise NotAllowed()
    Circular.objects.select_for_update(of=("self",)).get(pk=circular.pk)  # one number each
    proof = ReachProof.objects.create(
        version=version,
        number=ReachProof.objects.filter(version__circular=circular).count() + 1,
        at=timezone.now(),
        by=by,
        language=(get_language() or "ar")[:2],
        counts=[_counts(row) for row in reach(circular, version)],
    )
    record("circulars.reach_attested", circular, by=by, version=version.number, proof=proof.number)
    enqueue(PROVE, {"proof": proof.pk}, key=f"{PROVE}:{proof.pk}")
    return proof


def print_proof(proof) -> ReachProof:
    """Set, seal and keep the PDF of a proof, once. Without a seal key it is unsealed and says so."""
    if proof.file_id is None:
        _keep(proof, *_print(proof))
    return proof


def improvable_proofs(limit: int) -> list[ReachProof]:
    """Proofs whose PDF could be sealed better now, oldest first."""
    level = reachable_level()
    if level == SealLevel.NONE:
        return []
    proofs = ReachProof.objects.below(level).select_related("version__circular__authority").order_by("pk")
    return list(proofs[:limit])


def improve_proof(proof: ReachProof) -> bool:
    """Give out the same counts under a better seal if there is one; whether that was so. Both files are kept."""
    if proof.seal_level >= reachable_level():
        return False
    content, level = _print(proof)
    if level <= proof.seal_level:  # what looked reachable was not
        return False
    _keep(proof, content, level)
    return True


def _print(proof) -> tuple[bytes, SealLevel]:
    with override(proof.language):
        return print_sealed(document_reach.DOCUMENT, lambda level: document_reach.context(proof, level))


@transaction.atomic
def _keep(proof, content, level) -> None:
    """Keep a PDF as the one that is given out; the first of two workers wins, and what it replaces is written down."""
    circular = proof.version.circular
    name = f"{'-'.join(map(str, circular.eli))}-reach-{proof.number}.pdf"
    file = keep_made(content, name=name, organisation=circular.authority)
    before = proof.file
    won = ReachProof.objects.filter(pk=proof.pk, file=before).update(file=file, seal_level=level)
    if won and before:
        facts = {"proof": proof.number, "before": before.sha256, "after": file.sha256}
        record("circulars.reach_proof_sealed", circular, by=None, **facts)
    proof.refresh_from_db()


def _counts(row) -> dict:
    """Counts as a proof keeps them: names as they are today, in Arabic and French."""
    unit, organisation = row.unit, row.unit.organisation
    return {
        "code": f"{organisation.code}/{unit.code}",
        "organisation": {"ar": organisation.name_ar, "fr": organisation.name_fr},
        "unit": {"ar": unit.name_ar, "fr": unit.name_fr},
        **{name: getattr(row, name) for name in FIGURES},
    }


def _waiting(circular, version) -> dict[int, int]:
    """The post by person of those who are addressed today and have not acknowledged what is asked for now."""
    if version.meaning_hash != circular.current.meaning_hash or not permissions.is_asked(circular):
        return {}
    done = set(
        Acknowledgement.objects.filter(circular=circular, meaning_hash=version.meaning_hash)
        .exclude(acknowledged_at=None)
        .values_list("person", flat=True)
    )
    return {person: post for person, post in people_of(circular).items() if person not in done}


def _chain(user) -> set[int]:
    """The units of the posts `user` holds today, and all below them."""
    own = Unit.objects.filter(pk__in=unit_ids_of(user))
    return {unit.pk for unit in own}.union(*(unit.descendant_ids() for unit in own))
