"""What was read from the files of a circular is compared with its pages by an editor, and put into the draft."""

from uuid import uuid4

from django.db import transaction
from django.utils.html import format_html
from django.utils.translation import gettext as _

from core.audit.operations import record
from core.exceptions import NotAllowed, WrongState
from core.files.enums import MAX_PAGES
from core.files.models import FilePage
from core.files.operations_text import correct_page
from home.circulars import permissions
from home.circulars.blocks import PARAGRAPH
from home.circulars.legacy import pages
from home.circulars.models import CircularFile


@transaction.atomic
def proofread(row: CircularFile, *, page: int, text: str, by) -> None:
    """Keep what an editor made of the text of one page, its paragraphs parted by empty lines.

    Refused: NotAllowed but to editors and publishers of the issuing administration; WrongState for a page that is not
    read yet.
    """
    if not permissions.can_proofread(by, row):
        raise NotAllowed()
    correct_page(row.file, number=page, text=text)
    record("circulars.proofread", row.circular, by=by, page=page)


@transaction.atomic
def use_as_text(row: CircularFile, *, by) -> None:
    """Put the paragraphs of all pages into the draft, as the text in the language of the file; nothing is published.

    Paragraphs that are there already keep their address. Refused: NotAllowed as above; WrongState until every page is
    read, of a file with more pages than are read at all, while the circular is locked, or where it has no text in that
    language.
    """
    if not permissions.can_proofread(by, row):
        raise NotAllowed()
    row.file.refresh_from_db()
    if (row.file.pages or 1) > MAX_PAGES:
        facts = {"pages": row.file.pages, "limit": MAX_PAGES}
        raise WrongState(_("The file has %(pages)d pages; only %(limit)d are read. Write the text yourself.") % facts)
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
    draft.save_revision(user=by, log_action=True)
    record("circulars.text_taken", row.circular, by=by, language=text.language)


def paragraphs(row: CircularFile) -> list[str]:
    """The paragraphs of all pages; one that runs over the end of a page is one."""
    found = []
    for page in FilePage.objects.filter(file=row.file).order_by("number"):
        parts = page_paragraphs(page)
        if found and parts and not found[-1].endswith(pages.END):
            found[-1] = f"{found[-1]} {parts.pop(0)}"
        found += parts
    return found


def page_paragraphs(page: FilePage) -> list[str]:
    """As an editor parted them; of a page nobody has compared yet, as its lines suggest."""
    if page.is_corrected:
        return [" ".join(part.split()) for part in page.text.split("\n\n") if part.strip()]
    return pages.paragraphs([page.text])
