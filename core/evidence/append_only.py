"""Which columns of the evidence may change at all, and how: the triggers of `core.registers.append_only` enforce it."""

from core.registers.append_only import Guard

GUARDS = (
    Guard(
        "evidence.LogHead",
        ("size", "frontier", "last_at", "is_behind"),
        "NEW.size >= OLD.size AND NEW.last_at >= OLD.last_at",
    ),
    Guard("evidence.Event"),
    Guard("evidence.EventBody", ("salt", "body"), "NEW.salt IS NULL AND NEW.body IS NULL"),
    Guard("evidence.Subtree"),
    Guard("evidence.Checkpoint", ("time_stamp",), "OLD.time_stamp IS NULL"),
    Guard(
        "evidence.AnnulmentRequest",
        ("state", "decided_by_id", "decided_event_id"),
        "OLD.state = 'asked' AND NEW.state <> 'asked'",
    ),
    Guard(
        "evidence.Receipt",
        ("code_salt", "code_digest", "code_encrypted"),
        "NEW.code_encrypted IS NULL OR NEW.code_digest <> OLD.code_digest",
    ),
    Guard("evidence.Edition", ("content",), "NEW.content IS NULL"),
)
