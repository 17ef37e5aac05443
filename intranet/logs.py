"""One JSON object a line: when, how bad, who speaks, a constant event name, the request, data. No contents.

What Django logs about a request names its path, and paths can hold tokens; an exception's message can hold what
somebody typed. Both are left out: the route, the exception's type and the lines of code remain.
"""

import logging
import traceback
from datetime import UTC, datetime

from django.conf import settings
from pythonjsonlogger.json import JsonFormatter as BaseFormatter

from core.context import request_id

_WITH_PATHS = ("django.request", "django.security", "django.server")


class RequestIdFilter(logging.Filter):
    """Gives each line the request or outbox row it belongs to."""

    def filter(self, record):
        record.request_id = request_id.get()
        return True


class JsonFormatter(BaseFormatter):
    def format(self, record):
        if record.name.startswith(_WITH_PATHS):
            status = getattr(record, "status_code", None)
            extra = {"status": status} if status else {}
            record = logging.makeLogRecord(
                {
                    "name": record.name,
                    "levelno": record.levelno,
                    "levelname": record.levelname,
                    "created": record.created,
                    "exc_info": record.exc_info,
                    "msg": record.name,
                    "request_id": getattr(record, "request_id", ""),
                    **extra,
                }
            )
        return super().format(record)

    def formatTime(self, record, datefmt=None):
        # Never the C library's local time: the system's zone data may be older than ours.
        return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")

    def formatException(self, ei):
        if settings.DEBUG or settings.DEMO:
            return super().formatException(ei)
        kind, error, _trace = ei
        parts, seen = [], set()
        while error is not None and id(error) not in seen:
            seen.add(id(error))
            frames = "".join(traceback.format_tb(error.__traceback__))
            parts.append(f"{frames}{type(error).__module__}.{type(error).__qualname__}")
            error = error.__cause__ or error.__context__
        return "\n".join(parts) or str(kind)
