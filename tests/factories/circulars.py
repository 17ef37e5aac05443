"""Circulars as tests need them: written, and published as an editor would."""

from datetime import date
from uuid import uuid4

from wagtail.test.utils.form_data import inline_formset, nested_form_data, rich_text, streamfield

from core.dates import today
from home.circulars import operations
from home.circulars.models import Action, Addressee, Circular, CircularText, Relation


def written(authority, *, number="12/2026", paragraphs=("الفقرة الأولى", "الفقرة الثانية", "الفقرة الثالثة"), **values):
    """A circular in Arabic with its paragraphs, not published."""
    facts = {"signed_on": date(2026, 9, 9), "signatory": "الوزير", "office": "وزير الخدمات العمومية"} | values
    circular = Circular.objects.create(authority=authority, number=number, live=False, **facts)
    add_text(circular, "ar", "إلزامية الإيداع الرقمي", paragraphs)
    return circular


def add_text(circular, language, title, paragraphs, *, standing="authentic", summary=""):
    body = [{"type": "paragraph", "value": f"<p>{words}</p>", "id": str(uuid4())} for words in paragraphs]
    return CircularText.objects.create(
        circular=circular, language=language, standing=standing, title=title, summary=summary, body=body
    )


def published(authority, *, by=None, addressees=(), relations=(), actions=(), files=(), **values):
    """A circular published today the way Wagtail does it."""
    circular = written(authority, **values)
    for addressee in addressees:
        Addressee.objects.create(circular=circular, **addressee)
    for relation in relations:
        Relation.objects.create(subject=circular, **relation)
    for action in actions:
        Action.objects.create(circular=circular, **action)
    for place, content in enumerate(files, 1):
        operations.attach(circular, content, name=f"{place}.pdf")
    return publish(circular, by=by)


def publish(circular, *, by=None):
    """Publish what the rows say now."""
    circular = Circular.objects.get(pk=circular.pk)
    circular.save_revision(user=by).publish(user=by, skip_permission_checks=True)
    return Circular.objects.select_related("current", "authority").get(pk=circular.pk)


def abrogating(target, *, paragraphs="", starts_on=None, number="15/2026", **values):
    """A second circular of the same authority that abrogates the first, or paragraphs of it."""
    relation = {
        "predicate": "abrogates",
        "circular": target,
        "paragraphs": paragraphs,
        "starts_on": starts_on or today(),
    }
    return published(target.authority, number=number, relations=[relation], **values)


_FIELDS = ("kind", "number", "signed_on", "signatory", "office", "audience", "acknowledging", "change", "change_note")


def form_data(circular, *, texts=None, relations=(), aliases=(), **changes) -> dict:
    """What the editor of Wagtail's administration sends for a circular, with changes."""
    texts = [text_data(text) for text in circular.texts.all()] if texts is None else texts
    fields = {name: getattr(circular, name) for name in _FIELDS}
    inlines = {
        "texts": inline_formset(texts, initial=sum(bool(text.get("id")) for text in texts)),
        "relations": inline_formset(relations),
        "aliases": inline_formset(aliases),
        "files": inline_formset([]),
        "addressees": inline_formset([]),
        "actions": inline_formset([]),
    }
    return nested_form_data(fields | {"authority": circular.authority_id} | inlines | changes)


def text_data(text, **changes):
    body = streamfield([(block.block_type, rich_text(block.value.source)) for block in text.body])
    facts = {name: getattr(text, name) for name in ("language", "standing", "title", "summary")}
    return facts | {"id": text.pk, "body": body} | changes
