from django import forms
from django.utils.translation import gettext_lazy as _

from core.users.enums import NoticePreference


class MailChoiceForm(forms.Form):
    """How notices also come by e-mail."""

    notices = forms.ChoiceField(label=_("Notices by e-mail"), choices=NoticePreference, widget=forms.RadioSelect)
