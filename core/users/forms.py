from django import forms
from django.utils.translation import gettext_lazy as _

from core.text import clean_line
from core.users.models import User


class ProfileForm(forms.ModelForm):
    """What people change about themselves; the user name and the e-mail are the administrator's."""

    class Meta:
        model = User
        fields = ["name_ar", "first_name", "last_name", "language", "notices"]
        widgets = {
            "language": forms.RadioSelect,
            "notices": forms.RadioSelect,
            "first_name": forms.TextInput(attrs={"dir": "ltr", "autocomplete": "given-name"}),
            "last_name": forms.TextInput(attrs={"dir": "ltr", "autocomplete": "family-name"}),
            "name_ar": forms.TextInput(attrs={"dir": "rtl", "autocomplete": "name"}),
        }
        error_messages = {
            "language": {"required": _("Choose a language."), "invalid_choice": _("Choose a language of the list.")},
            "notices": {
                "required": _("Choose how notices reach you."),
                "invalid_choice": _("Choose one of the ways of the list."),
            },
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("name_ar", "first_name", "last_name"):
            self.fields[name].error_messages["max_length"] = _("Shorten the name to 150 characters.")

    def clean(self):
        cleaned = super().clean()
        for name in ("name_ar", "first_name", "last_name"):
            cleaned[name] = clean_line(cleaned.get(name, ""))
        if not self.errors and not any(cleaned[name] for name in ("name_ar", "first_name", "last_name")):
            self.add_error("name_ar", _("Enter your name in Arabic or in Latin letters."))
        return cleaned
