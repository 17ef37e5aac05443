from operator import attrgetter

from django.db.models import Exists, OuterRef, Prefetch
from django.utils.translation import gettext_lazy as _

from core.dates import local_date
from core.files import links
from core.files.models import StoredFile
from core.files.text import texts_of
from eservices.correspondence.acl import acl_of
from eservices.correspondence.enums import Confidentiality
from eservices.correspondence.models import ActType, Attachment, Copy, Correspondence, PiecesRequest, WorkItem

from ..contract import Record
from .base import UNREAD, Scope, Shown, Text, passages_of


class CorrespondenceScope(Scope):
    """Letters that came in: what was written, what was attached page by page, and what was answered."""

    kind = "correspondence"
    label = _("letter")
    model = WorkItem
    columns = (
        *("state", "confidentiality", "registered_at", "has_unread"),
        *("correspondence__subject", "correspondence__confidentiality", "correspondence__party__name"),
        *("correspondence__entry__number_text", "correspondence__current_entry__number_text"),
    )
    file_columns = (
        *("order", "correspondence__reply_to_id"),
        *(f"file__{name}" for name in ("public_id", "kind", "name", "scan_state")),
    )

    def visible_to(self, user):
        unread, letter = Attachment.objects.filter(file__reading__in=UNREAD), OuterRef("correspondence")
        of_replies = unread.filter(correspondence__reply_to=letter, correspondence__entry__isnull=False)
        return WorkItem.objects.visible_to(user).annotate(
            has_unread=Exists(unread.filter(correspondence=letter)) | Exists(of_replies)
        )

    def documents(self):
        attached = Prefetch("attachments", Attachment.objects.select_related("file"))
        sent = Correspondence.objects.filter(entry__isnull=False).select_related("entry", "current_entry", "party")
        replies = Prefetch("correspondence__replies", sent.order_by("pk").prefetch_related(attached))
        return (
            WorkItem.objects.for_display()
            .select_related("organisation", "correspondence__act_type", "pieces_request")
            .prefetch_related("copies", "correspondence__attachments__file", replies)
        )

    def record(self, item, version):
        return Record(
            doc_id=self.doc_id(item.pk),
            version=version,
            kind=self.kind,
            acl=acl_of(item),
            passages=passages_of([self._text(item), *self._pages(item)]),
            dated=local_date(item.registered_at),
            organisation=item.organisation.code,
            unit=item.owner_unit.code if item.owner_unit_id else "",
            status=item.state,
        )

    def shown(self, items, user):
        return {
            item.pk: Shown(
                title=item.correspondence.shown_subject(),
                url=item.get_absolute_url(),
                number=item.correspondence.number,
                authority=item.shown_sender,
                dated=local_date(item.registered_at),
                status=item.get_state_display(),
                tone=item.tone,
                has_unread=item.has_unread,
                is_masked=item.confidentiality == Confidentiality.CONFIDENTIAL,
            )
            for item in items
        }

    def files(self, keys):
        return Attachment.objects.filter(file__in=keys)

    def address(self, item, passage, user, files=()):
        if passage.file_id is None:
            return item.get_absolute_url()
        attached = sorted(files, key=attrgetter("pk"))
        mine = next((row for row in attached if row.correspondence_id == item.correspondence_id), None)
        if mine and passage.page and mine.file.has_pages and passage.page <= links.MAX_PAGES_SHOWN:
            return f"{item.get_absolute_url()}?file={mine.order}#page-{passage.page}"
        replies = (row for row in attached if row.correspondence.reply_to_id == item.correspondence_id)
        one = mine or next(replies, None)
        if one is None or not one.file.is_openable:
            return item.get_absolute_url()
        if not one.file.has_pages:
            return links.text_url_for(one.file, user)
        return f"{links.url_for(one.file, user, inline=True)}#page={passage.page}"

    def keys_of(self, obj):
        match obj:
            case WorkItem():
                return [obj.pk]
            case Correspondence():
                of_letters = {obj.pk, obj.reply_to_id} - {None}
            case ActType():
                return WorkItem.objects.filter(correspondence__act_type=obj).values_list("pk", flat=True)
            case Copy() | PiecesRequest():
                return [obj.item_id]
            case StoredFile():
                pairs = Attachment.objects.filter(file=obj).values_list("correspondence", "correspondence__reply_to")
                of_letters = {key for pair in pairs for key in pair if key}
            case _:
                return []
        return WorkItem.objects.filter(correspondence__in=of_letters).values_list("pk", flat=True)

    def _text(self, item):
        letter = item.correspondence
        party = letter.party
        entries = [entry.number_text for entry in (letter.current_entry, letter.entry) if entry]
        request = getattr(item, "pieces_request", None)
        sent = [reply.number for reply in letter.replies.all()]
        if letter.subject:
            sent += [part for reply in letter.replies.all() for part in (reply.subject, reply.message)]
        parts = (
            letter.message,
            *((request.text, request.answer) if request else ()),
            *sent,
            party.name,
            party.on_behalf_of,
            letter.own_reference,
            letter.signed_by,
            letter.act_type.name_ar if letter.act_type else "",
            letter.act_type.name_fr if letter.act_type else "",
        )
        return Text(" ".join([*dict.fromkeys(entries), letter.subject]), parts, letter.language)

    def _pages(self, item):
        """What was read of the letter's attachments and of those of what was answered."""
        if not item.correspondence.subject:  # its words were erased: nobody finds it by those of its files
            return
        letters = [item.correspondence, *item.correspondence.replies.all()]
        rows = [row for letter in letters for row in letter.attachments.all()]
        read = texts_of([row.file for row in rows]) if rows else {}
        for row in rows:
            for page in read[row.file_id]:
                yield Text(row.label or row.file.name, (page.text,), "", row.file_id, page.number)
