"""What a process knows about the request or row it is working on, for logs and audit; never personal data."""

import contextvars

request_id = contextvars.ContextVar("request_id", default="")
