"""Addresses of files: signed, short-lived, made for one person or one scope, and checked again when they are used."""

import uuid
from dataclasses import dataclass

from django.core import signing
from django.urls import reverse

from core.files.models import StoredFile

SALT = "files.link"
FOR_A_PERSON, FOR_A_SCOPE = 12 * 3600, 3600  # seconds


@dataclass(frozen=True)
class Link:
    """What an address stands for: a file, and for whom it was made."""

    file_id: uuid.UUID
    user_id: int | None
    scope: str
    is_inline: bool

    def is_for(self, user) -> bool:
        return self.user_id is None or self.user_id == user.pk


def url_for(file: StoredFile, user=None, scope: str | None = None, *, inline: bool = False) -> str:
    """Where `user`, or whoever acts in `scope`, gets the bytes of `file`; shown in the browser only if `inline`."""
    return reverse("files:serve", args=[sign(file, user, scope, inline=inline)])


def preview_url_for(file: StoredFile, user=None, scope: str | None = None, *, page: int = 1) -> str:
    """The picture of one page."""
    return reverse("files:preview", args=[sign(file, user, scope), page])


def text_url_for(file: StoredFile, user=None, scope: str | None = None) -> str:
    """The page with the text of an office file."""
    return reverse("files:text", args=[sign(file, user, scope)])


def sign(file: StoredFile, user=None, scope: str | None = None, *, inline: bool = False) -> str:
    if user is None and not scope:
        raise ValueError("An address of a file is made for a person or for a scope.")
    user_id = user.pk if user is not None else None
    parts = [file.public_id.hex, str(user_id or ""), "i" if inline else "", scope or ""]
    return signing.TimestampSigner(salt=SALT).sign_object(parts, compress=False)


def read(signed: str) -> Link:
    """What an address stands for; BadSignature when it was not made here or is too old."""
    signer = signing.TimestampSigner(salt=SALT)
    file_id, user_id, inline, scope = signer.unsign_object(signed, max_age=FOR_A_PERSON)
    if not user_id:
        signer.unsign_object(signed, max_age=FOR_A_SCOPE)
    return Link(uuid.UUID(file_id), int(user_id) if user_id else None, scope, inline == "i")


@dataclass(frozen=True)
class Shown:
    """A file as a page lists it (`templates/files/_file.html`); without addresses while nobody may open it."""

    file: StoredFile
    url: str = ""
    inline_url: str = ""
    text_url: str = ""
    page_urls: tuple[str, ...] = ()
    is_for_staff: bool = False  # who searches, and so wants to know whether its text is known

    @property
    def needs_care(self) -> bool:
        return self.file.form_actions


MAX_PAGES_SHOWN = 50


def shown(file: StoredFile, user=None, scope: str | None = None) -> Shown:
    """Everything a page needs to show `file` to `user` or in `scope`; addresses once the virus scan allows."""
    is_for_staff = user is not None
    if not file.is_openable:
        return Shown(file, is_for_staff=is_for_staff)
    url = url_for(file, user, scope)
    if not file.has_pages:
        return Shown(file, url, text_url=text_url_for(file, user, scope), is_for_staff=is_for_staff)
    last = min(file.pages or 1, MAX_PAGES_SHOWN)
    pages = tuple(preview_url_for(file, user, scope, page=page) for page in range(1, last + 1))
    inline = url_for(file, user, scope, inline=True)
    return Shown(file, url, inline_url=inline, page_urls=pages, is_for_staff=is_for_staff)
