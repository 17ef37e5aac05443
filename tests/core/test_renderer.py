"""Controls are written as Django's own templates write them, whatever is in them."""

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.safestring import mark_safe

from core.renderer import Renderer

CHOICES = [("a", "one & two"), ("<b>", mark_safe("<i>three</i>"))]
WIDGETS = [
    forms.TextInput(),
    forms.TextInput(attrs={"required": True, "disabled": False, "data-x": 'a"<b>&', "maxlength": 1000}),
    forms.EmailInput(),
    forms.HiddenInput(),
    forms.PasswordInput(render_value=True),
    forms.NumberInput(),
    forms.DateInput(attrs={"type": "date"}),
    forms.CheckboxInput(),
    forms.Textarea(attrs={"rows": 5}),
    forms.RadioSelect(choices=CHOICES),
    forms.CheckboxSelectMultiple(choices=CHOICES),
    forms.Select(choices=CHOICES),
]


@pytest.mark.parametrize("widget", WIDGETS, ids=lambda widget: type(widget).__name__)
@pytest.mark.parametrize("value", [None, "", "a", "<b>", "line\n\"quoted\" & 'more'", 1234567, mark_safe("&amp;")])
def test_same_markup_as_djangos_templates(widget, value):
    def drawn(renderer):
        return widget.render("field&name", value, {"id": "id_x"}, renderer=renderer)

    assert drawn(Renderer()) == drawn(DjangoTemplates())


def test_options_one_by_one(settings):
    class Form(forms.Form):
        choice = forms.ChoiceField(choices=CHOICES, widget=forms.RadioSelect)

    def drawn(renderer):
        return [(option.tag(), str(option)) for option in Form({"choice": "a"}, renderer=renderer)["choice"]]

    assert drawn(Renderer()) == drawn(DjangoTemplates())
