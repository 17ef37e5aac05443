"""What the steps accept. Forms clean and convert; what was typed is kept by the draft, right or wrong."""

import re
import unicodedata
from datetime import date

import phonenumbers
from django import forms
from django.core.validators import EmailValidator
from django.db.models import prefetch_related_objects
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from stdnum.exceptions import ValidationError as StdnumError
from stdnum.ma import ice

from core import dates, sql
from core.organisations.models import Organisation, Unit
from core.registers.enums import Direction
from core.registers.models import Entry
from core.registers.numbers import parse_number
from core.text import clean_line, clean_text, ltr, plain_number
from eservices.correspondence.enums import PartyKind
from eservices.correspondence.models import ActType
from eservices.deposit.enums import DECLARATIONS
from eservices.deposit.models import typed_letters
from eservices.deposit.wording import unnamed_sentence

OTHER = "other"  # no listed act type fits
_CIN = re.compile(r"[A-Z]{1,2}\d{1,7}")
_TASHKEEL = re.compile("[\u0640\u064b-\u0655\u0670]")
_ALIKE = str.maketrans("أإآٱىة", "ااااي" + "ه")


def folded(text: str) -> str:
    """Text as it is compared in a search box: without accents, vowel signs, and the letters people swap."""
    plain = _TASHKEEL.sub("", unicodedata.normalize("NFC", text)).translate(_ALIKE)
    parts = unicodedata.normalize("NFKD", plain)
    return "".join(part for part in parts if not unicodedata.combining(part)).casefold()


class LineField(forms.CharField):
    """One line, cleaned of what hides or reverses; the browser is not told the limit, lest it cut what is pasted."""

    clean_value = staticmethod(clean_line)

    def to_python(self, value):
        return super().to_python(self.clean_value(str(value or "")))

    def widget_attrs(self, widget):
        return {}


class TextField(LineField):
    """Several lines, cleaned likewise."""

    clean_value = staticmethod(clean_text)
    widget = forms.Textarea


class DayField(forms.DateField):
    """A day as the browser's picker sends it or as people write it, also with Eastern Arabic digits."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    default_error_messages = {
        "invalid": format_lazy(_("Write the date as day/month/year, for example {example}."), example=ltr("16/11/2026"))
    }

    def __init__(self, **kwargs):
        super().__init__(input_formats=["%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y"], **kwargs)

    def to_python(self, value):
        return super().to_python(plain_number(value) if isinstance(value, str) else value)


def not_in_the_future(day: date):
    if day > dates.today():
        raise forms.ValidationError(_("This date lies in the future. Check the year."), code="future")


class StepForm(forms.Form):
    """The form of a step; `meaning` is what the draft keeps once it is right, in JSON."""

    use_required_attribute = False

    def meaning(self) -> dict:
        return {name: _plain(value) for name, value in self.cleaned_data.items()}


def _plain(value):
    if isinstance(value, (Organisation, Unit, ActType)):
        return value.pk
    return value.isoformat() if isinstance(value, date) else value


# --- 1 addressee ---------------------------------------------------------------------------------------------------


class OrganisationForm(StepForm):
    """Which administration the letter is for, out of those the search found."""

    organisation = forms.ModelChoiceField(
        Organisation.objects.none(),
        to_field_name="slug",
        empty_label=None,
        label=pgettext_lazy("deposit", "Administration"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose the administration your letter is for."),
            "invalid_choice": _("Choose an administration of the list."),
        },
    )

    def __init__(self, *args, found, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = found


def search_organisations(query: str, *, limit: int):
    """The administrations that take deposits whose names hold every word of `query`, and how many there are."""
    rows = Organisation.objects.accepting_deposits().values_list("pk", "code", "name_ar", "name_fr", "name_en")
    words = folded(query).split()
    found = [pk for pk, *names in rows if all(word in folded(" ".join(names)) for word in words)]
    return Organisation.objects.filter(pk__in=found[:limit]).order_by("name_fr"), len(found)


class AddresseeForm(StepForm):
    """Service and kind of letter within the administration chosen; a reply names our number."""

    unit = forms.ModelChoiceField(
        Unit.objects.none(),
        to_field_name="code",
        required=False,
        label=pgettext_lazy("deposit", "Service"),
        empty_label=_("I do not know: the registry office will direct it"),
        error_messages={"invalid_choice": _("Choose a service of the list.")},
    )
    act_type = forms.ChoiceField(
        label=_("Kind of letter"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose the kind of your letter."),
            "invalid_choice": _("Choose the kind of your letter."),
        },
    )
    reply_to = LineField(
        required=False,
        max_length=60,
        label=_("Number of our letter you are replying to"),
        help_text=format_lazy(
            _("It stands at the top of our letter, for example {number}."), number=ltr("MSP-D-2026-000125-1")
        ),
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off"}),
        error_messages={"max_length": _("The number has fewer characters. Copy it as it stands on our letter.")},
    )

    def __init__(self, *args, organisation, **kwargs):
        super().__init__(*args, **kwargs)
        self.organisation = organisation
        self.types = sql.find_all(ActType, organisation=organisation.pk, is_active=True, is_offered=True)
        prefetch_related_objects(self.types, "pieces")
        self.fields["unit"].queryset = organisation.units.active().filter(is_registry=False).order_by("name_fr")
        other = (OTHER, _("Another letter"))
        self.fields["act_type"].choices = [(row.code, row.name) for row in self.types] + [other]
        if not self.types:
            self.fields["act_type"].initial = OTHER
            self.fields["act_type"].widget = forms.HiddenInput()

    def clean_act_type(self):
        return next((row for row in self.types if row.code == self.cleaned_data["act_type"]), None)

    def clean_reply_to(self):
        typed = self.cleaned_data["reply_to"]
        if not typed:
            return ""
        number = parse_number(typed)
        if number is None:
            raise forms.ValidationError(
                _("This is not one of our numbers: a character is wrong. Copy it as it stands on our letter."),
                code="number",
            )
        ours = Entry.objects.numbered(number.text).filter(register__organisation=self.organisation)
        if not ours.exclude(register__direction=Direction.INTERNAL).exists():
            raise forms.ValidationError(
                _("This administration has no letter with this number. Check it, or leave the field empty."),
                code="unknown",
            )
        return number.text


# --- 2 sender ------------------------------------------------------------------------------------------------------

_PHONE, _FOREIGN_PHONE = "06\u00a061\u00a023\u00a045\u00a067", "+33\u00a06\u00a012\u00a034\u00a056\u00a078"
_TOO_LONG = _("This has %(show_value)d characters; at most %(limit_value)d fit.")


def _line(label, *, max_length, required=False, sentence=None, attrs=None, **kwargs):
    messages = {"max_length": _TOO_LONG} | ({"required": sentence} if sentence else {})
    widget = forms.TextInput(attrs=attrs)
    return LineField(
        label=label, max_length=max_length, required=required, error_messages=messages, widget=widget, **kwargs
    )


class SenderForm(StepForm):
    """Who deposits, in which capacity, and how to reach them."""

    kind = forms.ChoiceField(
        choices=PartyKind,
        label=_("I write as"),
        widget=forms.RadioSelect,
        initial=PartyKind.PERSON,
        error_messages={
            "required": _("Choose in which capacity you write."),
            "invalid_choice": _("Choose in which capacity you write."),
        },
    )
    name = _line(
        pgettext_lazy("deposit", "Name"),
        max_length=200,
        required=True,
        sentence=_("Enter your name, or that of your company, association or administration."),
        help_text=_("Your full name, or the full name of the company, association or administration."),
        attrs={"autocomplete": "name"},
    )
    behalf = forms.ChoiceField(
        choices=[("self", _("on my own behalf")), ("other", _("for somebody else, whom I represent"))],
        label=_("I deposit this letter"),
        widget=forms.RadioSelect,
        initial="self",
        error_messages={
            "required": _("Choose for whom you deposit this letter."),
            "invalid_choice": _("Choose for whom you deposit this letter."),
        },
    )
    on_behalf_of = _line(_("Name of whom you represent"), max_length=200)
    cin = _line(
        _("Number of your national identity card (CIN)"),
        max_length=20,
        help_text=_("It helps the administration to find your file. It is masked on the receipt."),
        attrs={"dir": "ltr", "autocomplete": "off"},
    )
    ice = _line(
        _("Common company identifier (ICE)"),
        max_length=40,
        help_text=_("15 digits, as on your invoices."),
        attrs={"inputmode": "numeric", "autocomplete": "off"},
    )
    reference = _line(_("Number of your letter"), max_length=80, attrs={"autocomplete": "off"})
    reference_on = DayField(label=_("Date of your letter"), required=False, validators=[not_in_the_future])
    phone = _line(
        pgettext_lazy("deposit", "Phone"),
        max_length=40,
        help_text=format_lazy(
            _("Moroccan or international, for example {first} or {second}."),
            first=ltr(_PHONE),
            second=ltr(_FOREIGN_PHONE),
        ),
        attrs={"type": "tel", "autocomplete": "tel"},
    )
    email = LineField(
        label=pgettext_lazy("deposit", "E-mail"),
        required=False,
        max_length=254,
        help_text=_("We tell you there what becomes of your letter."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"max_length": _TOO_LONG},
    )

    def clean_cin(self):
        typed = plain_number(self.cleaned_data["cin"])
        if typed and not _CIN.fullmatch(typed):
            raise forms.ValidationError(
                _("The number of a CIN has one or two letters and up to seven digits, for example %(example)s."),
                params={"example": ltr("AB123456")},
                code="cin",
            )
        return typed

    def clean_phone(self):
        typed = self.cleaned_data["phone"]
        if not typed:
            return ""
        try:
            number = phonenumbers.parse(unicodedata.normalize("NFKC", typed), "MA")
        except phonenumbers.NumberParseException:
            number = None
        if number is None or not phonenumbers.is_valid_number(number):
            raise forms.ValidationError(
                _("This is not a phone number. Write it with all its digits, for example %(example)s."),
                params={"example": ltr(_PHONE)},
                code="phone",
            )
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

    def clean_email(self):
        typed = self.cleaned_data["email"].replace(" ", "")
        if typed:
            EmailValidator(
                _("This is not an e-mail address. Write it in full, for example name@example.ma."), code="email"
            )(typed)
        return typed

    def clean(self):
        cleaned = super().clean()
        kind = cleaned.get("kind")
        self._clean_ice(cleaned, kind)
        self._clean_reference(cleaned, kind)
        if cleaned.get("behalf") == "other":
            if not cleaned.get("on_behalf_of") and "on_behalf_of" not in self.errors:
                self.add_error("on_behalf_of", _("Enter the name of whom you represent."))
        else:
            self._leave_out(cleaned, "on_behalf_of")
        if kind != PartyKind.PERSON:
            self._leave_out(cleaned, "cin")
        if not {"phone", "email"} & set(self.errors) and not (cleaned.get("phone") or cleaned.get("email")):
            self.add_error("phone", _("Enter your phone number or e-mail address so that we can inform you."))
        return cleaned

    def _clean_ice(self, cleaned, kind):
        if kind not in (PartyKind.COMPANY, PartyKind.ASSOCIATION):
            self._leave_out(cleaned, "ice")
        elif typed := cleaned.get("ice"):
            digits = re.sub(r"\D", "", plain_number(typed))
            if len(digits) != 15 or re.search(r"[^\d\s./-]", plain_number(typed)):
                self.add_error("ice", _("The ICE has 15 digits."))
                return
            try:
                cleaned["ice"] = ice.validate(digits)
            except StdnumError:
                self.add_error("ice", _("This ICE does not exist: one of its 15 digits is wrong."))

    def _clean_reference(self, cleaned, kind):
        if kind != PartyKind.ADMINISTRATION:
            self._leave_out(cleaned, "reference")
            self._leave_out(cleaned, "reference_on")
            return
        if not cleaned.get("reference") and "reference" not in self.errors:
            self.add_error("reference", _("Enter the number of your letter in your own register."))
        if not cleaned.get("reference_on") and "reference_on" not in self.errors:
            self.add_error("reference_on", _("Enter the date of your letter."))

    def _leave_out(self, cleaned, name):
        """What the capacity does not ask for neither counts nor blocks; the draft keeps it as typed."""
        self.errors.pop(name, None)
        cleaned[name] = None if isinstance(self.fields[name], forms.DateField) else ""


# --- 3 subject -----------------------------------------------------------------------------------------------------


class SubjectForm(StepForm):
    """What the letter is about."""

    subject = _line(
        pgettext_lazy("deposit", "Subject"),
        max_length=200,
        required=True,
        sentence=_("Enter the subject of your letter."),
        help_text=_("In one sentence, at most 200 characters."),
        attrs={"data-limit": "200"},
    )
    message = TextField(
        label=pgettext_lazy("deposit", "Message"),
        required=False,
        max_length=5000,
        help_text=_("At most 5,000 characters. Leave it empty if your letter is among the documents."),
        widget=forms.Textarea(attrs={"rows": 10, "data-limit": "5000"}),
        error_messages={"max_length": _TOO_LONG},
    )
    own_reference = _line(
        _("Your own reference"),
        max_length=80,
        help_text=_("If your letter carries a number of your own."),
        attrs={"autocomplete": "off"},
    )
    own_reference_on = DayField(label=_("Date of your letter"), required=False, validators=[not_in_the_future])

    def __init__(self, *args, is_administration=False, **kwargs):
        super().__init__(*args, **kwargs)
        if is_administration:  # asked for with the sender, where it is required
            del self.fields["own_reference"], self.fields["own_reference_on"]


# --- 4 documents ---------------------------------------------------------------------------------------------------


class FileForm(forms.Form):
    """What one document of the list is: one of those the kind of letter needs, or in the depositor's words."""

    use_required_attribute = False

    piece = forms.ChoiceField(required=False, label=_("This document is"))
    label = _line(_("What is this document?"), max_length=120, attrs={"autocomplete": "off"})

    def __init__(self, data=None, *, row, pieces, is_judged=False):
        self.row = row
        self.pieces = {str(piece.pk): piece for piece in pieces}
        prefix = f"file-{row.public_id.hex}"
        kept = {"piece": str(row.piece_id or ""), "label": row.label}
        if data is None and is_judged:
            data = {f"{prefix}-{name}": value for name, value in kept.items()}
        super().__init__(data, prefix=prefix, initial=kept)
        choices = [("", _("another document, namely:"))] + [(key, piece.name) for key, piece in self.pieces.items()]
        self.fields["piece"].choices = choices
        if not pieces:
            del self.fields["piece"]

    def typed(self):
        """Label and piece as posted, right or wrong; what the row holds where they were not posted."""
        if self.add_prefix("label") not in self.data:
            return self.row.label, self.row.piece
        return self.data[self.add_prefix("label")], self.pieces.get(self.data.get(self.add_prefix("piece"), ""))

    def clean(self):
        cleaned = super().clean()
        if "label" not in self.errors and not cleaned.get("label") and not cleaned.get("piece"):
            self.add_error("label", unnamed_sentence(self.row))
        return cleaned


# --- 5 e-mail ------------------------------------------------------------------------------------------------------


class CodeForm(forms.Form):
    """A code of `length` characters as somebody typed it."""

    use_required_attribute = False

    code = LineField(
        label=pgettext_lazy("deposit", "Code"),
        max_length=40,
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "one-time-code", "autocapitalize": "characters"}),
        error_messages={"required": _("Enter the code."), "max_length": _("The code is shorter than this.")},
    )

    def __init__(self, *args, length, **kwargs):
        super().__init__(*args, **kwargs)
        self.length = length

    def clean_code(self):
        code = typed_letters(self.cleaned_data["code"])
        if len(code) != self.length:
            raise forms.ValidationError(
                _("The code has %(length)s letters and digits."), params={"length": self.length}, code="length"
            )
        return code


class LinkForm(forms.Form):
    """Where the link to the draft shall be sent."""

    use_required_attribute = False

    email = forms.EmailField(
        label=pgettext_lazy("deposit", "E-mail"),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": _("Enter the e-mail address the link shall be sent to."),
            "invalid": _("This is not an e-mail address. Write it in full, for example name@example.ma."),
        },
    )


# --- 6 check -------------------------------------------------------------------------------------------------------


class DeclarationsForm(forms.Form):
    """The sentences the depositor makes their own."""

    use_required_attribute = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for declaration in DECLARATIONS:
            self.fields[declaration.code] = forms.BooleanField(
                label=declaration.text,
                required=declaration.is_required,
                error_messages={"required": _("Tick this declaration: without it the letter cannot be deposited.")},
            )

    def accepted(self):
        return [declaration for declaration in DECLARATIONS if self.cleaned_data[declaration.code]]
