"""What administrators do with the settings of search. Nothing is lost: every saving is a row of its own."""

from django.db import transaction
from django.utils.translation import gettext as _

from core.audit.operations import record
from core.exceptions import NotAllowed, WrongState
from search.permissions import can_tune
from search.tuning_models import JudgedQuery, Tuning

COLUMNS = ("synonyms", "pins", "exclusions", "boosts")


@transaction.atomic
def save_tuning(draft: Tuning, *, by, seen: int) -> Tuning:
    """Let these settings count from now on, for everybody.

    `seen` is the key of the settings the draft was made from (0: none). Refused: NotAllowed to others than
    administrators; WrongState if somebody saved others meanwhile.
    """
    _must_be_allowed(by)
    newest = Tuning.objects.select_for_update().first()
    if (newest.pk if newest else 0) != seen:
        raise WrongState(_("Somebody has saved other settings meanwhile. Try yours once more on top of them."))
    saved = Tuning.objects.create(**{name: getattr(draft, name) for name in COLUMNS}, saved_by=by)
    record("search.tuned", saved, by=by)
    return saved


@transaction.atomic
def restore_tuning(former: Tuning, *, by) -> Tuning:
    """Let former settings count again, as a new row. Refused: NotAllowed as above."""
    _must_be_allowed(by)
    saved = Tuning.objects.create(**{name: getattr(former, name) for name in COLUMNS}, saved_by=by)
    record("search.tuning_restored", saved, by=by, former=former.pk)
    return saved


@transaction.atomic
def judge(text: str, wanted: list[str], *, by) -> JudgedQuery | None:
    """Remember which documents must be found by these words; with none, the query is judged no more. NotAllowed."""
    _must_be_allowed(by)
    if not wanted:
        JudgedQuery.objects.filter(text=text).delete()
        return None
    judged, _is_new = JudgedQuery.objects.update_or_create(text=text, defaults={"wanted": wanted})
    record("search.judged", judged, by=by)
    return judged


def _must_be_allowed(by):
    if not can_tune(by):
        raise NotAllowed()
