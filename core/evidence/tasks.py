"""What the worker does for receipts, registered by name from `AppConfig.ready()`."""

from datetime import timedelta

from core.evidence import receipts
from core.evidence.models import Receipt
from core.evidence.press import press
from core.outbox import handlers

AT_ONCE = 20  # editions improved in one run of the job, so that other work is not held up


def render_receipt(payload, *, message=None):
    """Make the edition that was asked for; twice is the same as once."""
    receipts.make_edition(Receipt.objects.get(pk=payload["receipt"]), payload["edition"])


def improve_editions():
    """Seal, or seal better, what had to be given out without: the key or the time-stamp server is back."""
    for receipt in receipts.improvable(AT_ONCE):
        if receipts.improve(receipt) is None:
            break


def warm_press():
    press.warm()


def register():
    handlers.register(receipts.RENDER, render_receipt, time_limit=timedelta(minutes=2))
    handlers.register_job(
        "evidence.improve_editions",
        improve_editions,
        timedelta(seconds=30),
        wanted=lambda: bool(receipts.improvable(1)),
    )
    handlers.register_job("evidence.warm_press", warm_press, timedelta(seconds=2), wanted=lambda: not press.is_warm)
