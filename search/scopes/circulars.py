from itertools import groupby

from django.db.models import Exists, OuterRef, Prefetch
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from wagtail.rich_text import get_text_for_indexing

from core.files.models import StoredFile
from core.files.text import texts_of
from core.organisations.models import Organisation
from home.circulars.acl import acl_of
from home.circulars.display import TONES
from home.circulars.enums import ELI_CODES, Kind
from home.circulars.force import Force
from home.circulars.listing import VALID
from home.circulars.models import Addressee, Circular, CircularFile, Theme

from ..contract import Record
from .base import LANGUAGES, UNREAD, Scope, Shown, Text, passages_of


class CircularScope(Scope):
    """Published circulars: their current version in each language, and their files page by page."""

    kind = "circular"
    label = _("circular")
    model = Circular
    columns = (
        *("number", "number_key", "kind", "signed_on", "force", "has_unread"),
        *("authority__slug", *(f"authority__name_{language}" for language in LANGUAGES)),
        *("current__content", "current__authentic", "current__day", "current__of_day"),
    )
    file_columns = ("public_id",)

    def visible_to(self, user):
        unread = CircularFile.objects.filter(circular=OuterRef("pk"), file__reading__in=UNREAD)
        return Circular.objects.visible_to(user).annotate(has_unread=Exists(unread))

    def documents(self):
        files = Prefetch("files", CircularFile.objects.select_related("file"))
        rows = Circular.objects.published().select_related("authority", "current")
        return rows.prefetch_related("addressees", "themes", "aliases", files)

    def record(self, circular, version):
        return Record(
            doc_id=self.doc_id(circular.pk),
            version=version,
            kind=self.kind,
            acl=acl_of(circular),
            passages=passages_of([*self._texts(circular), *self._pages(circular)]),
            dated=circular.signed_on,
            authority=circular.authority.code,
            status=circular.force,
            themes=tuple(sorted(theme.slug for theme in circular.themes.all())),
            in_force=circular.force in VALID,
        )

    def shown(self, circulars, user):
        return {
            circular.pk: Shown(
                title=circular.current.title,
                url=circular.get_absolute_url(),
                number=circular.number,
                authority=circular.authority.name,
                dated=circular.signed_on,
                status=Force(circular.force).label if circular.force else "",
                tone=TONES[Force(circular.force)] if circular.force else "",
                has_unread=circular.has_unread,
            )
            for circular in circulars
        }

    def files(self, keys):
        return StoredFile.objects.filter(pk__in=keys)

    def file_key(self, row):
        return row.pk

    def address(self, circular, passage, user, files=()):
        if passage.file_id is None:
            return reverse("circulars:text", args=[*circular.eli, ELI_CODES[passage.language]])
        wanted = str(files[0].public_id) if files else ""
        places = [row["id"] for row in circular.current.content.get("files", [])]
        if wanted not in places:  # the version has changed since the page was indexed
            return circular.get_absolute_url()
        url = reverse("circulars:file", args=[*circular.eli, circular.current.address, places.index(wanted) + 1])
        return f"{url}?page={passage.page}#page={passage.page}"

    def keys_of(self, obj):
        match obj:
            case Circular():
                return [obj.pk]
            case StoredFile():
                return CircularFile.objects.filter(file=obj).values_list("circular", flat=True)
            case CircularFile() | Addressee():
                return [obj.circular_id]
            case Organisation():
                return Circular.objects.published().filter(authority=obj).values_list("pk", flat=True)
            case Theme():
                return obj.circular_set.published().values_list("pk", flat=True)
        return []

    def _texts(self, circular):
        """The text in each language, with the names it is also looked for by at its end."""
        themes, aliases = circular.themes.all(), circular.aliases.all()
        for language, text in circular.current.content["texts"].items():
            with translation.override(language):
                kind = Kind(circular.kind).label
                names = [str(alias) for alias in aliases]
                names += [theme.name for theme in themes]
                names += [circular.authority.name, circular.signatory, circular.keywords]
            body = (
                _plain(is_html, blocks)
                for is_html, blocks in groupby(text["blocks"], lambda block: "text" not in block)
            )
            title = f"{kind} {circular.number} {text['title']}"
            yield Text(title, (text["summary"], *body, *names), language)

    def _pages(self, circular):
        """What was read of the files of the current version."""
        published = {row["id"] for row in circular.current.content.get("files", [])}
        rows = [row for row in circular.files.all() if str(row.file.public_id) in published]
        read = texts_of([row.file for row in rows]) if rows else {}
        for row in rows:
            for page in read[row.file_id]:
                yield Text(str(row), (page.text,), row.language, row.file_id, page.number)


def _plain(is_html, blocks):
    """Of neighbours of one kind, line by line; markup is read once for them all."""
    said = "\n".join(block["html" if is_html else "text"] for block in blocks)
    return "\n".join(map(str.strip, get_text_for_indexing(said).split("\n"))) if is_html else said
