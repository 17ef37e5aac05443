"""The mails of the demonstration: files instead of letters, read back for a page."""

import email
import email.policy
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

KEPT = 500
_SEPARATOR = b"-" * 79 + b"\n"


@dataclass(frozen=True)
class Mail:
    to: str
    subject: str
    at: datetime
    language: str
    body: str

    @property
    def paragraphs(self) -> list[list[str]]:
        """The lines of each paragraph, so that each line can run in its own direction."""
        parts = self.body.replace("\r\n", "\n").split("\n\n")
        return [part.strip().splitlines() for part in parts if part.strip()]


def mails() -> list[Mail]:
    """The newest mails first."""
    folder = Path(settings.EMAIL_FILE_PATH) if getattr(settings, "EMAIL_FILE_PATH", None) else None
    if folder is None or not folder.is_dir():
        return []
    files = sorted(folder.glob("*.log"), reverse=True)[:KEPT]
    found = [_read(part) for file in files for part in file.read_bytes().split(_SEPARATOR) if part.strip()]
    return sorted(found, key=lambda mail: mail.at, reverse=True)


def _read(raw):
    message = email.message_from_bytes(raw, policy=email.policy.default)
    return Mail(
        to=str(message["To"]),
        subject=str(message["Subject"]),
        at=message["Date"].datetime,
        language=str(message.get("Content-Language", "ar")),
        body=message.get_content().strip(),
    )
