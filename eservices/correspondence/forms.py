"""What the desk accepts. `cleaned_data` of an act's form holds just the arguments of its operation."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from stdnum.exceptions import ValidationError as NumberError
from stdnum.ma import ice

from core import dates
from core.evidence.enums import IdentityCheck
from core.files.enums import ACCEPT, MAX_FILES, MAX_TOTAL_BYTES
from core.organisations.models import Organisation, Unit
from core.registers.numbers import parse_number
from core.text import clean_line, clean_text
from eservices.correspondence.enums import (
    CLERK_REASONS,
    HEAD_REASONS,
    Channel,
    Confidentiality,
    ExtensionGround,
    Instruction,
    Nature,
    NoActionReason,
    PartyKind,
    SendBackReason,
    Treatment,
)
from eservices.correspondence.models import ActType, Party, WorkItem


class LineField(forms.CharField):
    """One line of free text: hidden and direction-turning characters are dropped."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.widget.attrs.setdefault("dir", "auto")

    def to_python(self, value):
        return clean_line(super().to_python(value))


class TextField(LineField):
    """Several lines of free text, cleaned likewise."""

    widget = forms.Textarea(attrs={"rows": 3, "dir": "auto"})

    def to_python(self, value):
        return clean_text(forms.CharField.to_python(self, value))


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self, **kwargs):
        super().__init__(format="%Y-%m-%d", **kwargs)


NONE = pgettext_lazy("choice", "None")


class UnitField(forms.ModelChoiceField):
    """One active unit of the letter's organisation."""

    def __init__(self, **kwargs):
        kwargs.setdefault("empty_label", gettext_lazy("Choose a unit") if kwargs.get("required", True) else NONE)
        super().__init__(Unit.objects.none(), **kwargs)


class ActForm(forms.Form):
    """A form beside a letter; `item` is the letter it acts on."""

    def __init__(self, *args, item, **kwargs):
        self.item = item
        super().__init__(*args, **kwargs)
        units = Unit.objects.active().filter(organisation=item.organisation_id).order_by("code")
        for field in self.fields.values():
            if (
                isinstance(field, UnitField)
                or isinstance(getattr(field, "queryset", None), type(units))
                and (field.queryset.model is Unit)
            ):
                field.queryset = units


class CopiesMixin(forms.Form):
    copies = forms.ModelMultipleChoiceField(
        Unit.objects.none(), label=gettext_lazy("Copy for information"), required=False
    )

    def clean_copies(self):
        return list(self.cleaned_data["copies"])


class AssignForm(CopiesMixin, ActForm):
    to_unit = UnitField(
        label=gettext_lazy("Unit in charge"),
        error_messages={"required": gettext_lazy("Choose the unit that must act on the letter.")},
    )
    instruction = forms.ChoiceField(label=gettext_lazy("Instruction"), choices=Instruction)
    note = LineField(label=gettext_lazy("Note"), max_length=500, required=False)
    nature = forms.ChoiceField(label=gettext_lazy("Nature"), choices=Nature)
    act_type = forms.ModelChoiceField(
        ActType.objects.none(),
        label=gettext_lazy("Type of request"),
        required=False,
        empty_label=NONE,
        help_text=gettext_lazy("The type sets the legal time limit."),
    )
    confidentiality = forms.TypedChoiceField(
        label=gettext_lazy("Confidentiality"), choices=Confidentiality, coerce=int, empty_value=None
    )
    coordinator = UnitField(label=gettext_lazy("Coordinating unit"), required=False)
    due_on = forms.DateField(
        label=gettext_lazy("Due date"),
        required=False,
        widget=DayInput,
        help_text=gettext_lazy("Only if it must be sooner than the legal time limit."),
    )

    field_order = ["to_unit", "instruction", "note", "copies", "nature", "act_type", "confidentiality", "due_on"]

    def __init__(self, *args, item, **kwargs):
        super().__init__(*args, item=item, **kwargs)
        letter = item.correspondence
        self.fields["act_type"].queryset = ActType.objects.active().filter(organisation=item.organisation)
        self.initial |= {
            "to_unit": letter.addressee_unit_id or (letter.act_type.unit_id if letter.act_type else None),
            "nature": letter.nature,
            "act_type": letter.act_type_id,
            "confidentiality": letter.confidentiality,
            **self.initial,
        }

    def clean_due_on(self):
        day = self.cleaned_data["due_on"]
        if day and day < dates.today():
            raise forms.ValidationError(_("The due date lies in the past. Choose today or a later day."))
        return day


class ReassignForm(CopiesMixin, ActForm):
    to_unit = UnitField(label=gettext_lazy("Unit in charge"))
    instruction = forms.ChoiceField(label=gettext_lazy("Instruction"), choices=Instruction)
    note = LineField(label=gettext_lazy("Note"), max_length=500, required=False)

    field_order = ["to_unit", "instruction", "note", "copies"]


class BulkAssignForm(ActForm):
    to_unit = UnitField(label=gettext_lazy("Unit in charge"))
    instruction = forms.ChoiceField(label=gettext_lazy("Instruction"), choices=Instruction)


class TakeForm(ActForm):
    pass


class SendBackForm(ActForm):
    reason = forms.ChoiceField(label=gettext_lazy("Reason"), choices=SendBackReason)
    note = LineField(label=gettext_lazy("Note"), max_length=500, required=False)


class RequestPiecesForm(ActForm):
    text = TextField(
        label=gettext_lazy("Which documents are missing"),
        max_length=2000,
        help_text=gettext_lazy(
            "The sender reads this text. Missing documents can be asked for once only: name them all."
        ),
        error_messages={"required": gettext_lazy("Name the missing documents.")},
    )

    def __init__(self, *args, item, **kwargs):
        super().__init__(*args, item=item, **kwargs)
        act_type = item.correspondence.act_type
        if act_type:
            names = [
                f"- {piece.name_fr if item.correspondence.language == 'fr' else piece.name_ar}"
                for piece in act_type.needed_pieces()
            ]
            self.initial.setdefault("text", "\n".join(names))


class FileInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One or several files of one control; gives a list of uploads."""

    widget = FileInput(attrs={"accept": ACCEPT})

    def clean(self, data, initial=None):
        uploads = data if isinstance(data, (list, tuple)) else [data] if data else []
        if not uploads and self.required:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return [super(FilesField, self).clean(upload, initial) for upload in uploads]


class PiecesReceivedForm(ActForm):
    files = FilesField(
        label=gettext_lazy("Documents received"),
        error_messages={"required": gettext_lazy("Choose at least one file.")},
    )
    message = TextField(label=gettext_lazy("Message"), max_length=2000, required=False)


class ExtendForm(ActForm):
    ground = forms.ChoiceField(label=gettext_lazy("Reason"), choices=ExtensionGround)


class RedirectForm(ActForm):
    to_organisation = forms.ModelChoiceField(
        Organisation.objects.none(),
        label=gettext_lazy("Competent administration"),
        error_messages={"required": gettext_lazy("Choose the competent administration.")},
    )
    note = LineField(label=gettext_lazy("Note"), max_length=500, required=False)

    def __init__(self, *args, item, **kwargs):
        super().__init__(*args, item=item, **kwargs)
        hosted = Organisation.objects.hosted().active()
        self.fields["to_organisation"].queryset = hosted.exclude(pk=item.organisation_id)


class NoActionForm(ActForm):
    reason = forms.ChoiceField(label=gettext_lazy("Reason"))
    note = LineField(label=gettext_lazy("Note for the file"), max_length=500, required=False)

    def __init__(self, *args, item, **kwargs):
        super().__init__(*args, item=item, **kwargs)
        reasons = CLERK_REASONS if item.state == Treatment.TO_QUALIFY else HEAD_REASONS
        self.fields["reason"].choices = [(reason, NoActionReason(reason).label) for reason in reasons]


class DuplicateForm(ActForm):
    first = LineField(
        label=gettext_lazy("Number of the first letter"),
        widget=forms.TextInput(attrs={"dir": "ltr"}),
        error_messages={"required": gettext_lazy("Enter the number of the first letter.")},
    )

    def clean_first(self):
        number = parse_number(self.cleaned_data["first"])
        rows = WorkItem.objects.filter(organisation=self.item.organisation).exclude(pk=self.item.pk)
        first = rows.numbered(number.text).first() if number else None
        if first is None:
            raise forms.ValidationError(_("No other letter of this register has this number. Check it on the receipt."))
        return first


class AnswerForm(ActForm):
    subject = LineField(
        label=gettext_lazy("Subject of the answer"),
        max_length=200,
        error_messages={"required": gettext_lazy("Enter the subject of the answer.")},
    )
    signed_by = LineField(
        label=gettext_lazy("Signed by"),
        max_length=200,
        help_text=gettext_lazy("Name and title of the signatory, as on the letter."),
        error_messages={"required": gettext_lazy("Enter the name of the signatory.")},
    )
    pdf = forms.FileField(
        label=gettext_lazy("The signed answer (PDF)"),
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,application/pdf"}),
        error_messages={"required": gettext_lazy("Choose the PDF file of the answer.")},
    )
    message = TextField(label=gettext_lazy("Message to the sender"), max_length=2000, required=False)


class ReopenForm(ActForm):
    note = LineField(
        label=gettext_lazy("Reason"),
        max_length=500,
        error_messages={"required": gettext_lazy("Say why the letter is opened again.")},
    )


class CodeForm(forms.Form):
    """How the clerk made sure that the person at the counter may follow the letter."""

    identity = forms.ChoiceField(
        label=gettext_lazy("How the identity was checked"),
        choices=IdentityCheck,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Say how the identity was checked.")},
    )
    note = LineField(label=gettext_lazy("Note"), max_length=200, required=False)


class PaperForm(forms.Form):
    """A paper letter on the counter: sender, subject, scan, and the unit at once if it is known."""

    sender = LineField(
        label=gettext_lazy("Sender"),
        max_length=200,
        widget=forms.TextInput(attrs={"list": "known-senders", "autocomplete": "off", "autofocus": True}),
        error_messages={"required": gettext_lazy("Enter the name of the sender.")},
    )
    kind = forms.ChoiceField(label=gettext_lazy("Sender is"), choices=PartyKind, required=False)
    subject = LineField(
        label=gettext_lazy("Subject"),
        max_length=200,
        error_messages={"required": gettext_lazy("Enter the subject of the correspondence.")},
    )
    nature = forms.ChoiceField(label=gettext_lazy("Nature"), choices=Nature, initial=Nature.LETTER)
    channel = forms.ChoiceField(
        label=gettext_lazy("Arrived"),
        choices=[(c.value, c.label) for c in (Channel.COUNTER, Channel.POST)],
        initial=Channel.COUNTER,
    )
    to_unit = UnitField(
        label=gettext_lazy("Assign to"),
        required=False,
        help_text=gettext_lazy("Empty: stays with the registry office."),
    )
    scan = forms.FileField(
        label=gettext_lazy("Scan"),
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": ACCEPT}),
        help_text=gettext_lazy("Drop the scanned file here or choose it."),
    )
    own_reference = LineField(label=gettext_lazy("The sender's number"), max_length=80, required=False)
    document_date = forms.DateField(label=gettext_lazy("Date of the letter"), required=False, widget=DayInput)
    phone = forms.CharField(
        label=gettext_lazy("Phone"), max_length=20, required=False, widget=forms.TextInput(attrs={"type": "tel"})
    )
    email = forms.EmailField(label=gettext_lazy("E-mail"), required=False)
    ice = forms.CharField(
        label=gettext_lazy("ICE of the company"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    confirmed = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, organisation, **kwargs):
        self.organisation = organisation
        super().__init__(*args, **kwargs)
        self.fields["to_unit"].queryset = Unit.objects.active().filter(organisation=organisation).order_by("code")

    def clean_ice(self):
        value = self.cleaned_data["ice"]
        if not value:
            return ""
        try:
            return ice.validate(value)
        except NumberError as error:
            raise forms.ValidationError(_("The ICE has 15 digits. Check it on the company's documents.")) from error

    def clean_document_date(self):
        day = self.cleaned_data["document_date"]
        if day and day > dates.today():
            raise forms.ValidationError(_("The date of the letter lies in the future. Check it on the letter."))
        return day

    def party(self) -> Party:
        """The sender as stated, on what the directory knows of the name."""
        data = self.cleaned_data
        known = Party.objects.known_to(self.organisation).filter(name=data["sender"]).order_by("-pk").first()
        return Party(
            organisation=self.organisation,
            name=data["sender"],
            kind=data["kind"] or (known.kind if known else PartyKind.PERSON),
            phone=data["phone"] or (known.phone if known else ""),
            email=data["email"] or (known.email if known else ""),
            ice=data["ice"] or (known.ice if known else ""),
            language=known.language if known else "ar",
            is_directory=True,
        )


class TrackForm(forms.Form):
    number = LineField(
        label=gettext_lazy("Number of the letter"),
        max_length=40,
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off", "autocapitalize": "characters"}),
        help_text=gettext_lazy("As printed on the receipt, with its letters and hyphens."),
        error_messages={"required": gettext_lazy("Enter the number printed on the receipt.")},
    )
    code = LineField(
        label=gettext_lazy("Tracking code"),
        max_length=40,
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off", "autocapitalize": "characters"}),
        help_text=gettext_lazy("The letters and digits printed on the receipt."),
        error_messages={"required": gettext_lazy("Enter the tracking code of the receipt.")},
    )


class SupplyForm(forms.Form):
    """What a sender answers to a request for missing documents, once."""

    files = FilesField(
        label=gettext_lazy("The missing documents"),
        help_text=gettext_lazy("PDF, JPG, PNG, DOCX, XLSX, ODT or ODS, up to 20 MB each. Several files can be chosen."),
        error_messages={"required": gettext_lazy("Choose at least one file.")},
    )
    message = TextField(label=gettext_lazy("Message to the administration"), max_length=2000, required=False)

    def clean_files(self):
        files = self.cleaned_data["files"]
        if len(files) > MAX_FILES:
            raise forms.ValidationError(_("At most %(count)s files can be sent.") % {"count": MAX_FILES})
        if sum(one.size for one in files) > MAX_TOTAL_BYTES:
            raise forms.ValidationError(_("The files exceed 60 MB together. Send smaller ones."))
        return files


class WithdrawForm(forms.Form):
    message = TextField(label=gettext_lazy("Why you withdraw the letter"), max_length=1000, required=False)
