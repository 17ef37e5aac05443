"""What the files of a circular say is read by machine, compared with its pages by an editor, and put into the draft."""

from collections.abc import Callable
from uuid import uuid4

from django.db import transaction
from django.utils.html import format_html
from django.utils.translation import gettext as _

from core.audit.operations import record
from core.exceptions import NotAllowed, WrongState
from core.files import reading
from core.indexing import reindex_after_commit
from core.outbox.operations import enqueue
from core.text import clean_text
from home.circulars import permissions
from home.circulars.blocks import PARAGRAPH
from home.circulars.legacy import pages
from home.circulars.models import CircularFile


def ask_to_read(*, turn: str) -> int:
    """Put what is unread on the list of the workers, once for each `turn`; how many that are."""
    unread = list(CircularFile.objects.unread().values_list("pk", flat=True)[:500])
    for pk in unread:
        enqueue("circulars.read_file", {"file": pk}, key=f"circulars.read_file:{pk}:{turn}")
    return len(unread)


def read_file(row: CircularFile, *, pause: Callable[[], None] = lambda: None) -> bool:
    """Read on where it stands, page by page; whether all is read.

    The text layer counts where its letters are in order, else what Tesseract recognises.
    Every page is kept as soon as it is read. A scan waits where Tesseract is not installed; NotNow as in `reading`.
    """
    texts, count = list(row.pages_text), min(row.file.pages or 1, pages.MAX_PAGES)
    for page in range(len(texts) + 1, count + 1):
        text = reading.page_text(row.file.path, page) if row.file.kind == "pdf" else ""
        if not pages.is_sound([text]):
            if not text and not reading.languages():
                return False
            if reading.languages():
                text, row.is_ocr = reading.recognise(row.file.path, row.file.kind, page), True
        texts.append(text)
        CircularFile.objects.filter(pk=row.pk).update(pages_text=texts, is_ocr=row.is_ocr)
        pause()
    row.pages_text, row.is_read = texts, True
    with transaction.atomic():
        CircularFile.objects.filter(pk=row.pk).update(is_read=True)
        reindex_after_commit(row)
    return True


@transaction.atomic
def proofread(row: CircularFile, *, page: int, text: str, by) -> CircularFile:
    """Keep what an editor made of the text of one page, its paragraphs parted by empty lines.

    Refused: NotAllowed but to editors and publishers of the issuing administration; WrongState for a page that is not
    read yet.
    """
    row = CircularFile.objects.select_for_update(of=("self",)).select_related("circular", "file").get(pk=row.pk)
    if not permissions.can_proofread(by, row):
        raise NotAllowed()
    if not 1 <= page <= len(row.pages_text):
        raise WrongState(_("The text of this page has not been read yet."))
    row.pages_text[page - 1] = clean_text(text)
    row.proofread = sorted({*row.proofread, page})
    row.save(update_fields=["pages_text", "proofread"])
    reindex_after_commit(row)
    record("circulars.proofread", row.circular, by=by, page=page)
    return row


@transaction.atomic
def use_as_text(row: CircularFile, *, by) -> None:
    """Put the paragraphs of all pages into the draft, as the text in the language of the file; nothing is published.

    Paragraphs that are there already keep their address. Refused: NotAllowed as above; WrongState until every page is
    read, while the circular is locked, or where it has no text in that language.
    """
    if not permissions.can_proofread(by, row):
        raise NotAllowed()
    found = paragraphs(row)
    if not row.is_read or not found:
        raise WrongState(_("The text has not been read to the end yet."))
    draft = row.circular.get_latest_revision_as_object()
    if (lock := draft.get_lock()) and lock.for_user(by):
        raise WrongState(_("The circular is locked: its text cannot be changed now."))
    texts = list(draft.texts.all())
    text = next((text for text in texts if text.language == (row.language or text.language)), None)
    if text is None:
        raise WrongState(_("The circular has no text in the language of this file: add its title first."))
    known = {block.value.source: block.id for block in text.body if block.block_type == PARAGRAPH}
    html = [str(format_html("<p>{}</p>", words)) for words in found]
    text.body = [{"type": PARAGRAPH, "value": source, "id": known.pop(source, None) or str(uuid4())} for source in html]
    draft.texts = texts
    draft.files = [_as_read(file) for file in draft.files.all()]
    draft.save_revision(user=by, log_action=True)
    record("circulars.text_taken", row.circular, by=by, language=text.language)


def _as_read(file):
    """A draft keeps files as they were when it was saved: what was read since is not to be lost with it."""
    now = CircularFile.objects.filter(pk=file.pk).first()
    for name in ("pages_text", "is_ocr", "is_read", "proofread") if now else ():
        setattr(file, name, getattr(now, name))
    return file


def paragraphs(row: CircularFile) -> list[str]:
    """The paragraphs of all pages; one that runs over the end of a page is one."""
    found = []
    for page, text in enumerate(row.pages_text, 1):
        parts = page_paragraphs(row, page, text)
        if found and parts and not found[-1].endswith(pages.END):
            found[-1] = f"{found[-1]} {parts.pop(0)}"
        found += parts
    return found


def page_paragraphs(row: CircularFile, page: int, text: str) -> list[str]:
    """As an editor parted them; of a page nobody has compared yet, as its lines suggest."""
    if page in row.proofread:
        return [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]
    return pages.paragraphs([text])
