"""The verbs of the registry office and of the units that treat letters.

In which module: `arrival` letters that come in, `treatment` what happens to them, `departure` letters that go out,
`following` what senders ask and need. Callers name the package: `operations.assign(…)`.

Every operation runs in one transaction, takes its locks in the order item, register, log, and refuses with a sentence:
WrongState (state, condition, somebody was faster) or NotAllowed (the posts of `by`). What the depositor or the clock
causes has `by=None` and a `role`.
"""

# ruff: noqa: F401  this is the list of verbs

from eservices.correspondence.operations.arrival import ARRIVING, Letter, Registered, redirect, register_incoming
from eservices.correspondence.operations.departure import MAKE_LETTER, make_letter, open_delivery
from eservices.correspondence.operations.following import (
    ask_withdrawal,
    finish_call,
    forget_words,
    reissue_code,
    use_link,
)
from eservices.correspondence.operations.treatment import (
    assign,
    dispatch_answer,
    expire_hold,
    extend,
    mark_duplicate,
    no_action,
    reach_deadline,
    read_copy,
    reassign,
    receive_pieces,
    reopen,
    request_pieces,
    send_back,
    take,
)
