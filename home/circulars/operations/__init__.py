"""The verbs of circulars.

In which module: `publication` what editors and publishers do to an act, `review` its second pair of eyes, `citing` to
which of the acts it names it is related, `reading` what reaches its addressees and what they answer, `in_force` whether
it applies, `history` what is kept of all that happened, `following` who is told of it, `files` what hangs on it,
`importing` how a legacy stock comes in. Callers name the package: `operations.acknowledge(…)`.
"""

# ruff: noqa: F401  this is the list of verbs

from home.circulars.operations.acting import do_action, undo_action
from home.circulars.operations.citing import confirm_citation, dismiss_citation
from home.circulars.operations.files import attach, receive_draft, sweep_drafts, take_in
from home.circulars.operations.following import follow, set_pace, tell_followers, unfollow
from home.circulars.operations.history import note_missing
from home.circulars.operations.importing import (
    OWN_IMPORT,
    add_archive,
    ask_to_bring_in,
    ask_to_check,
    bring_in,
    prepare_import,
    rehearse,
)
from home.circulars.operations.in_force import force, refresh_all, refresh_force
from home.circulars.operations.printing import (
    ask_for_prints,
    current_print,
    improvable_prints,
    improve_print,
    print_version,
)
from home.circulars.operations.publication import CannotPublish, freeze, withdraw
from home.circulars.operations.reach import (
    attest,
    improvable_proofs,
    improve_proof,
    named,
    print_proof,
    reach,
    remind,
)
from home.circulars.operations.reading import acknowledge, deliver, open_version, see_changes
from home.circulars.operations.review import approve, approved_by, send_back, unschedule
from home.circulars.operations.texts import page_paragraphs, proofread, use_as_text
