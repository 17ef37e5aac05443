"""Files on the screen of a circular: an upload in each row, kept while the rest of the form is put right."""

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import InlinePanel

from core.exceptions import BusinessError
from core.files.enums import ACCEPT
from core.files.models import StoredFile
from core.files.operations import refuse_infected
from home.circulars import operations

SALT = "circulars.file"
_signer = signing.Signer(salt=SALT)


class StoredFileWidget(forms.Widget):
    """A file input beside the file the row has already, which a signed word in a hidden field stands for."""

    needs_multipart_form = True

    def value_from_datadict(self, data, files, name):
        return files.get(f"{name}-upload") or data.get(name) or None

    def render(self, name, value, attrs=None, renderer=None):
        file = _file_of(value)
        context = {
            "name": name,
            "file": file,
            "signed": sign(file) if file else "",
            "attrs": (attrs or {}) | {"accept": ACCEPT},
        }
        return render_to_string("circulars/_file_input.html", context)


class StoredFileField(forms.Field):
    """A file of `core.files`: an upload is taken in and inspected here; refused with the sentence that says why."""

    widget = StoredFileWidget
    default_error_messages = {"required": _("Choose the file, or remove the row.")}

    def has_changed(self, initial, data):
        if isinstance(data, UploadedFile):
            return True
        file = _file_of(data)
        return (file.pk if file else None) != initial

    def clean(self, value):
        if isinstance(value, UploadedFile):
            return _received(value)
        file = _file_of(value)
        if file is None and self.required:
            raise ValidationError(self.error_messages["required"], code="required")
        _refused_to_form(refuse_infected, file) if file else None
        return file


class CircularFileForm(WagtailAdminModelForm):
    """One row: what the file is, and the file."""

    file = StoredFileField(label=_("file"))

    def get_field_updates_for_resave(self):
        """After a save in the background the open page holds the word for the file, and sends its bytes no more."""
        updates = super().get_field_updates_for_resave()
        if file := self.cleaned_data.get("file"):
            name = self.add_prefix("file")
            updates += [(name, sign(file)), (f"{name}-upload", "")]
        return updates


class FilesPanel(InlinePanel):
    """The rows of files; an inline panel whose rows can take an upload."""

    def get_form_options(self):
        options = super().get_form_options()
        options["formsets"][self.relation_name]["form"] = CircularFileForm
        return options


def sign(file: StoredFile) -> str:
    """The word that stands for a file in the form."""
    return _signer.sign(str(file.public_id))


def _file_of(value) -> StoredFile | None:
    """The file a value of the field means: one just taken in, a key of the model, or the signed word."""
    if isinstance(value, UploadedFile):
        return getattr(value, "stored", None)
    if isinstance(value, int):
        return StoredFile.objects.get(pk=value)
    try:
        return StoredFile.objects.filter(public_id=_signer.unsign(value)).first() if value else None
    except signing.BadSignature:
        return None


def _received(upload) -> StoredFile:
    """Taken in once, however often the form is looked at."""
    if getattr(upload, "stored", None) is None:
        upload.stored = _refused_to_form(operations.receive_draft, upload)
    return upload.stored


def _refused_to_form(act, value):
    try:
        return act(value)
    except BusinessError as refused:
        raise ValidationError(str(refused), code=refused.code) from refused
