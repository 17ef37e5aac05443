from django import forms
from django.utils.translation import gettext_lazy as _

from core.evidence import codes


class TokenForm(forms.Form):
    """The verification code that stands under the QR code of a receipt."""

    token = forms.CharField(
        label=_("Verification code"),
        help_text=_("26 letters and digits, printed on the receipt beside the seal. The number alone is not enough."),
        max_length=200,
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("Enter the verification code of the receipt.")},
    )

    def clean_token(self):
        token = codes.clean_token(self.cleaned_data["token"])
        if not token:
            raise forms.ValidationError(_("The verification code has 26 letters and digits."))
        return token
