"""Who may do what with a circular; editing itself is Wagtail's, by the groups that follow the roles of posts."""

from core.organisations.enums import Role
from core.organisations.permissions import has_role, holdings_of, organisation_ids_of
from home.circulars.enums import DRAFTS, Acknowledging, Purpose
from home.circulars.locks import edited_last, publishes
from home.circulars.models import CircularFile


def can_withdraw(user, circular) -> bool:
    """Publishers of the issuing administration, once it is published and until it is withdrawn."""
    is_open = circular.current_id is not None and not circular.is_withdrawn
    return is_open and has_role(user, Role.CIRCULAR_PUBLISHER, organisation=circular.authority_id)


def can_review(user, circular) -> bool:
    """Publishers of the issuing administration decide on what was submitted, but not on their own last edit."""
    return publishes(user, circular) and not edited_last(user, circular)


def can_acknowledge(user, circular) -> bool:
    """Whoever it is addressed to by a post held today, as long as it asks for that and was not withdrawn."""
    return is_asked(circular) and circular.current_id is not None and circular.reasons_for(user) != []


def can_do_actions(user, circular) -> bool:
    """Whoever it is addressed to for action by a post held today, until it is withdrawn."""
    return not circular.is_withdrawn and posts_to_act(user, circular) != []


def posts_to_act(user, circular) -> list[int]:
    """The posts held today by which `user` must do what the circular asks."""
    asked = [addressee for addressee in circular.reasons_for(user) if addressee.purpose == Purpose.ACTION]
    return [holding.post_id for holding in holdings_of(user) if any(each.means(holding) for each in asked)]


def can_edit(user, circular) -> bool:
    """Editors and publishers of the issuing administration, until it is withdrawn or while nobody reviews it."""
    lock = circular.get_lock()
    return can_see_reach(user, circular) and not (lock and lock.for_user(user))


def is_asked(circular) -> bool:
    """Whether the circular asks its addressees for an acknowledgement now."""
    return circular.acknowledging != Acknowledging.NONE and not circular.is_withdrawn


def can_see_reach(user, circular) -> bool:
    """Editors and publishers of the issuing administration see how many were reached."""
    return any(
        has_role(user, role, organisation=circular.authority_id)
        for role in (Role.CIRCULAR_EDITOR, Role.CIRCULAR_PUBLISHER)
    )


def can_bring_in(user, run) -> bool:
    """Publishers of the administration start an import which others have prepared: what comes in is published."""
    return publishes_import(user, run) and not prepared_import(user, run)


def is_own_import(user, run) -> bool:
    """Whether a publisher has to leave the start to another one, having prepared the import."""
    return publishes_import(user, run) and prepared_import(user, run)


def publishes_import(user, run) -> bool:
    """Whether `user` is a publisher of the administration the import is for."""
    return run.authority_id is not None and has_role(user, Role.CIRCULAR_PUBLISHER, organisation=run.authority_id)


def prepared_import(user, run) -> bool:
    """Whether `user` sent the table, or the files that came last."""
    return user.pk in (run.by_id, run.changed_by_id)


def can_prepare_import(user, organisation) -> bool:
    """Editors and publishers of an administration may have its legacy stock checked."""
    return any(
        has_role(user, role, organisation=organisation.pk) for role in (Role.CIRCULAR_EDITOR, Role.CIRCULAR_PUBLISHER)
    )


def can_open_draft(user, file) -> bool:
    """Editors and publishers of the administration open the files of its circulars, published or not."""
    is_ours = file.draft_key.startswith(DRAFTS) or CircularFile.objects.filter(file=file).exists()
    if file.organisation_id is None or not is_ours:
        return False
    return any(
        has_role(user, role, organisation=file.organisation_id)
        for role in (Role.CIRCULAR_EDITOR, Role.CIRCULAR_PUBLISHER)
    )


def can_proofread(user, row) -> bool:
    """Editors and publishers of the issuing administration compare what was read with the pages."""
    return can_prepare_import(user, row.circular.authority)


def works_on_circulars(user) -> bool:
    """Whoever edits or publishes for any administration."""
    return any(organisation_ids_of(user, role=role) for role in (Role.CIRCULAR_EDITOR, Role.CIRCULAR_PUBLISHER))
