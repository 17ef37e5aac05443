"""The verdict on a file: what comes in, and why something does not."""

from core.files.parsing.findings import MAX_FILE_BYTES, Verdict
from core.files.refusals import NotNow
from core.files.sandbox import EXAMINE, Exceeded, Unavailable, sandbox

CRASH_SECONDS = 1.0  # a child that ends sooner was not stopped by its limits: the file broke the parser


def inspect(path, name: str, declared_type: str = "") -> Verdict:
    """Look at the file at `path` in a limited child process; a child that had to be ended means refused.

    NotNow when no child can be had: that says nothing about the file.
    """
    if path.stat().st_size > MAX_FILE_BYTES:
        return Verdict("unknown").refused("too-large", str(path.stat().st_size))
    try:
        found, _body = sandbox.ask(path, "examine", EXAMINE, name=name, declared_type=declared_type)
    except Unavailable as unavailable:
        raise NotNow from unavailable
    except Exceeded as exceeded:
        reason = "unreadable" if exceeded.seconds < CRASH_SECONDS else "bomb"
        return Verdict("unknown").refused(reason, str(exceeded))
    return Verdict.from_dict(found)
