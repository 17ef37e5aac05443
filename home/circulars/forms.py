from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from core.organisations.models import Organisation
from core.users.enums import NoticePreference
from home.circulars.enums import Kind, Predicate
from home.circulars.force import Force
from home.circulars.models import Theme


class DecisionForm(forms.Form):
    """What a second person says to what was submitted; `revision` is what they read."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    decision = forms.ChoiceField(choices=[("approve", _("Approve")), ("send_back", _("Send back"))])
    comment = forms.CharField(
        label=_("Comment"),
        help_text=_("Its editor reads it. It is needed when you send the circular back."),
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        required=False,
    )


class CitationForm(forms.Form):
    """What an editor says to one citation the matcher found."""

    key = forms.CharField(max_length=60)
    predicate = forms.ChoiceField(choices=Predicate.choices)
    decision = forms.ChoiceField(choices=[("confirm", _("Confirm")), ("dismiss", _("Dismiss"))])


class WithdrawalForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason of the withdrawal"),
        help_text=_("One sentence for everybody who reads the circular from now on, in the language of its text."),
        max_length=250,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        error_messages={"required": _("Say why the circular is withdrawn.")},
    )
    is_sure = forms.BooleanField(
        label=_("I withdraw this circular for good."),
        error_messages={"required": _("Confirm that you withdraw it for good.")},
    )


class ImportForm(forms.Form):
    """The table of a legacy stock, for one of the administrations whose editor or publisher one is."""

    authority = forms.ModelChoiceField(
        Organisation.objects.none(), label=_("Administration"), help_text=_("Whose acts these are.")
    )
    table = forms.FileField(
        label=_("Table"),
        help_text=_("CSV or XLSX, one act a line, at most 20 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.xlsx,.tsv,.txt"}),
        error_messages={"required": _("Choose the table."), "empty": _("The table is empty. Choose another file.")},
    )

    def __init__(self, *args, bodies, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["authority"].queryset = bodies
        if len(bodies) == 1:
            self.fields["authority"].initial = bodies[0]


class ArchiveForm(forms.Form):
    archive = forms.FileField(
        label=_("PDF files"),
        help_text=_("A ZIP of PDFs, at most 20 MB. Send as many as you need, one after the other."),
        widget=forms.ClearableFileInput(attrs={"accept": ".zip"}),
        error_messages={"required": _("Choose the archive."), "empty": _("The archive is empty. Choose another file.")},
    )


class ProofForm(forms.Form):
    text = forms.CharField(
        label=_("Text of the page"),
        help_text=_("Paragraphs are parted by an empty line. Leave out the page number and what stands in the margin."),
        widget=forms.Textarea(attrs={"rows": 28, "dir": "auto"}),
        required=False,
    )


class FilterForm(forms.Form):
    """The choices of the list, all in the address; what cannot be is left out."""

    q = forms.CharField(label=_("Words of the title, or a number"), max_length=100, required=False)
    sort = forms.ChoiceField(
        label=_("Order"), choices=[("", _("the newest first")), ("oldest", _("the oldest first"))], required=False
    )
    force = forms.MultipleChoiceField(label=_("Status"), choices=Force.choices, required=False)
    old = forms.BooleanField(label=_("Show also those no longer valid"), required=False)
    mine = forms.ChoiceField(
        label=_("For me"),
        choices=[("", _("all circulars")), ("addressed", _("those that concern me")), ("waiting", _("to acknowledge"))],
        required=False,
    )
    authority = forms.ModelMultipleChoiceField(
        Organisation.objects.all(), to_field_name="slug", label=_("Administration"), required=False
    )
    kind = forms.MultipleChoiceField(label=_("Kind"), choices=Kind.choices, required=False)
    theme = forms.ModelMultipleChoiceField(Theme.objects.all(), to_field_name="slug", label=_("Theme"), required=False)
    year = forms.TypedMultipleChoiceField(
        label=_("Year"), coerce=int, choices=[(year, year) for year in range(1956, 2101)], required=False
    )
    addressee = forms.ModelMultipleChoiceField(
        Organisation.objects.all(), to_field_name="slug", label=_("Addressed to"), required=False
    )

    def __init__(self, data, *, user):
        super().__init__(data)
        if not user.is_authenticated:
            del self.fields["mine"]

    @cached_property
    def chosen(self) -> dict:
        """What was chosen and makes sense; several values of one facet as a list."""
        self.is_valid()
        found = {name: list(value) if hasattr(value, "all") else value for name, value in self.cleaned_data.items()}
        return {name: value for name, value in found.items() if value}


class ToDoForm(forms.Form):
    """What of one's to-do list is shown."""

    what = forms.ChoiceField(
        label=_("What"),
        choices=[("", _("everything")), ("act", _("actions")), ("acknowledge", _("acknowledgements"))],
        required=False,
    )
    state = forms.ChoiceField(
        label=_("State"), choices=[("", _("what waits for me")), ("done", _("what is done"))], required=False
    )

    @property
    def chosen(self) -> dict:
        """What was chosen and makes sense."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class PaceForm(forms.Form):
    """How news of what one follows come by e-mail."""

    pace = forms.ChoiceField(
        label=_("By e-mail"), choices=[("", _("As all my notices")), *NoticePreference.choices], required=False
    )
