from django import forms
from django.utils.translation import gettext_lazy as _

from core.registers.enums import AnnulReason, EntryState, RectifyReason
from core.text import clean_line, clean_text


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self, **kwargs):
        super().__init__(format="%Y-%m-%d", **kwargs)


class BookFilter(forms.Form):
    """The filters of a register, kept in the address; a value it does not know is ignored."""

    STATES = [
        ("", _("all entries")),
        (EntryState.VALID, _("valid")),
        (EntryState.ANNULLED, _("annulled")),
        (EntryState.RECTIFIED, _("rectified")),
        ("asked", _("annulment asked for")),
    ]

    q = forms.CharField(label=_("Number, sender or subject"), required=False, max_length=200)
    since = forms.DateField(label=_("From"), required=False, widget=DayInput)
    until = forms.DateField(label=_("To"), required=False, widget=DayInput)
    state = forms.ChoiceField(label=_("State"), choices=STATES, required=False)
    as_of = forms.DateField(label=_("As of the day"), required=False, widget=DayInput)

    def values(self) -> dict:
        self.is_valid()
        return {name: self.cleaned_data.get(name) for name in self.fields}


class AskAnnulmentForm(forms.Form):
    """Why a line should be annulled."""

    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=AnnulReason,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the reason of the annulment.")},
    )
    note = forms.CharField(
        label=_("Explanation"),
        help_text=_("For the clerk who decides. It is kept with the request."),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )

    def clean_note(self):
        return clean_text(self.cleaned_data["note"])


class RectifyForm(forms.Form):
    """The line as it should have been written."""

    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=RectifyReason,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the reason of the correction.")},
    )
    subject = forms.CharField(
        label=_("Subject"), max_length=500, error_messages={"required": _("Enter the subject of the letter.")}
    )
    sender = forms.CharField(
        label=_("Sender"), max_length=300, error_messages={"required": _("Enter the name of the sender.")}
    )
    recipients = forms.CharField(
        label=_("Recipients"), max_length=500, error_messages={"required": _("Enter the recipients.")}
    )
    document_date = forms.DateField(
        label=_("Date of the document"),
        required=False,
        widget=DayInput,
        error_messages={"invalid": _("Enter the date as day, month and year.")},
    )

    def __init__(self, *args, entry, **kwargs):
        before = {name: getattr(entry.body, name) for name in ("subject", "sender", "recipients")}
        super().__init__(*args, initial={**before, "document_date": entry.document_date}, **kwargs)
        for name, words in before.items():
            self.fields[name].widget.attrs["dir"] = "auto"
            self.fields[name].required = bool(words)

    def clean(self):
        data = super().clean()
        return {name: clean_line(value) if isinstance(value, str) else value for name, value in data.items()}

    def changes(self) -> dict:
        """What differs from the line as it stands."""
        names = ("subject", "sender", "recipients", "document_date")
        return {name: self.cleaned_data[name] for name in names if self.cleaned_data[name] != self.initial[name]}
