"""What runs by itself for the log."""

from datetime import timedelta

from django.conf import settings

from core.evidence import checkpoints
from core.outbox import handlers


def register():
    """Checkpoints within half a second of a new event; hourly a time stamp, where there is a server."""
    handlers.register_job(
        "evidence.checkpoint", checkpoints.sign_all, timedelta(milliseconds=250), wanted=checkpoints.unsigned
    )
    if settings.TIME_STAMP_URL:
        handlers.register_job("evidence.time_stamp", checkpoints.stamp_latest, timedelta(hours=1))
