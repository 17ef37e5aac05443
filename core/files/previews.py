"""What is shown instead of the file itself: pictures of pages, text of office files. Made once and kept."""

import json

from django.utils.translation import gettext_lazy as _

from core.exceptions import BusinessError
from core.files import store
from core.files.models import StoredFile
from core.files.sandbox import DRAW, Exceeded, Unavailable, sandbox
from core.files.text import pages_of

WIDTH = 1200


class NoPreview(BusinessError):
    """The page cannot be drawn within the limits."""

    code = "no_preview"

    def __init__(self, message=_("No preview of this page can be shown. Download the file to see it.")):
        super().__init__(message)


def preview(file: StoredFile, page: int = 1) -> bytes:
    """The picture (PNG) of a page, turned as the camera noted; NoPreview when there is none or it costs too much."""
    if not file.has_pages or not 1 <= page <= (file.pages or 1):
        raise NoPreview
    return _derived(file, f"page-{page}-{WIDTH}.png", "page", kind=file.kind, page=page, width=WIDTH)


def text(file: StoredFile) -> str:
    """What an office file says, as plain text: as it was read, or read now for this once."""
    if file.has_pages:
        raise NoPreview
    if kept := pages_of(file):
        return "\n\n".join(page.text for page in kept)
    try:
        _head, body = sandbox.ask(file.path, "texts", DRAW, kind=file.kind)
    except (Exceeded, Unavailable) as error:
        raise NoPreview from error
    if not body:
        raise NoPreview
    return "\n\n".join(text for text, _is_cut in json.loads(body))


def _derived(file, name, job, **request):
    places = store.current()
    key = f"derived/{file.public_id.hex[:2]}/{file.public_id.hex}/{name}"
    try:
        return places.path(key).read_bytes()
    except FileNotFoundError:
        pass
    try:
        _head, body = sandbox.ask(file.path, job, DRAW, **request)
    except (Exceeded, Unavailable) as error:
        raise NoPreview from error
    places.write_derived(key, body)
    return body
