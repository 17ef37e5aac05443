"""Controls of forms written directly: the markup of Django's own templates, without reading a template for each."""

from django.forms.renderers import DjangoTemplates
from django.utils.html import conditional_escape
from django.utils.safestring import mark_safe

_FOLDER = "django/forms/widgets/"


class Renderer(DjangoTemplates):
    """Django's renderer of forms; the commonest controls do without the two or three templates each is made of."""

    def render(self, template_name, context, request=None):
        if write := _WRITERS.get(template_name):
            return mark_safe(write(context["widget"]))  # noqa: S308 — every value is escaped where it is written
        return super().render(template_name, context, request)


def _attributes(attrs):
    """As Django's attrs.html: True is the bare name, False nothing."""
    return "".join(
        f" {name}" if value is True else f' {name}="{conditional_escape(str(value))}"'
        for name, value in attrs.items()
        if value is not False
    )


def _input(widget):
    value = widget["value"]
    given = "" if value is None else f' value="{conditional_escape(str(value))}"'
    name, attributes = conditional_escape(widget["name"]), _attributes(widget["attrs"])
    return f'<input type="{widget["type"]}" name="{name}"{given}{attributes}>'


def _option(widget):
    if not widget.get("wrap_label"):
        return _input(widget)
    target = f' for="{conditional_escape(widget["attrs"]["id"])}"' if widget["attrs"].get("id") else ""
    return f"<label{target}>{_input(widget)}\n {conditional_escape(widget['label'])}</label>"


def _textarea(widget):
    name, text = (conditional_escape(widget[part] or "") for part in ("name", "value"))
    return f'<textarea name="{name}"{_attributes(widget["attrs"])}>\n{text}</textarea>'


_INPUTS = ("text", "number", "email", "url", "password", "hidden", "date", "checkbox")
_WRITERS = {f"{_FOLDER}{name}.html": _input for name in _INPUTS}
_WRITERS |= {f"{_FOLDER}{name}.html": _option for name in ("radio_option", "checkbox_option")}
_WRITERS |= {f"{_FOLDER}textarea.html": _textarea}
