"""What every template may say: numbers that never flip, dates in words, icons, form controls."""

from datetime import datetime
from functools import lru_cache

from django import forms, template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.translation import get_language

from core import formats, text
from core.dates import iso, local, local_date

register = template.Library()

register.filter("ltr", text.ltr)
register.filter("hash_groups", formats.hash_groups)
register.filter("filesize", formats.filesize_text)
register.filter("filesize_iec", formats.filesize_text)
register.filter("day_text", formats.day_text)
register.filter("weekday_text", formats.weekday_text)
register.filter("month_name", formats.month_name)


@register.filter
def moment_text(value, precision="seconds"):
    """Plain text of a moment: `{{ at|moment_text }}` or `{{ at|moment_text:"minutes" }}`."""
    return formats.moment_text(value, seconds=precision == "seconds")


@register.filter
def moment(value, precision="seconds"):
    """A moment as `<time>` with day, time and offset; `:"minutes"` leaves the seconds out."""
    if not value:
        return ""
    return format_html('<time datetime="{}">{}</time>', iso(value), moment_text(value, precision))


@register.filter
def day(value, form="plain"):
    """A date as `<time>`; `:"weekday"` puts the day of the week before it."""
    if not value:
        return ""
    words = formats.weekday_text(value) if form == "weekday" else formats.day_text(value)
    on = local_date(value) if isinstance(value, datetime) else value
    return format_html('<time datetime="{}">{}</time>', on.isoformat(), words)


@register.filter
def clock(value):
    """Only the time of day of a moment, to the minute, for lines that already say the day."""
    if not value:
        return ""
    return format_html('<time datetime="{}">{}</time>', iso(value), text.ltr(f"{local(value):%H:%M}"))


# What a browser says of itself names others too: the first that is found is meant.
_BROWSERS = {
    "Edg": "Edge",
    "OPR": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
}
_BROWSERS |= {"Chrome": "Chrome", "CriOS": "Chrome", "Safari": "Safari"}
_SYSTEMS = {"Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows", "Macintosh": "macOS"}
_SYSTEMS |= {"Linux": "Linux"}


@register.filter
def device(user_agent):
    """Browser and system in two words, as people know them; what is unknown is shown as it came, cut."""
    known = [next((word for sign, word in words.items() if sign in user_agent), "") for words in (_BROWSERS, _SYSTEMS)]
    return " · ".join(filter(None, known)) or user_agent[:60]


@register.filter
def num(value):
    """A registry number, reference or code: monospaced, isolated, never broken."""
    return format_html('<span class="num">{}</span>', text.ltr(value)) if value not in (None, "") else ""


@register.filter
def pages(page):
    """The page numbers worth showing around this one."""
    return page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)


@register.simple_tag
@lru_cache(maxsize=1000)  # a few hundred of them make up all pages
def icon(name, *classes, label=""):
    """One icon of the sprite; silent unless it has a `label`. Add "icon-dir" to what points."""
    href = f"{static('img/sprite.svg')}#i-{name}"
    css = " ".join(("icon", *classes))
    if label:
        return format_html('<svg class="{}" role="img" aria-label="{}"><use href="{}"/></svg>', css, label, href)
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}"/></svg>', css, href)


@register.simple_tag
def direction(code=None):
    """rtl or ltr, of a language or of the active one."""
    return "rtl" if (code or get_language() or "ar").startswith("ar") else "ltr"


@register.tag
def piece(parser, token):
    """`{% piece "name" %}…{% endpiece %}` is drawn once for the `sheet` of the page, of its facts and of nothing else:
    what the page knows of its reader is not there."""
    name = parser.compile_filter(token.split_contents()[1])
    nodes = parser.parse(("endpiece",))
    parser.delete_first_token()
    return PieceNode(name, nodes)


class PieceNode(template.Node):
    def __init__(self, name, nodelist):
        self.name, self.nodelist = name, nodelist

    def render(self, context):
        draw = lambda facts: self.nodelist.render(context.new(facts))  # noqa: E731
        return context["sheet"].piece(self.name.resolve(context), draw)


# --- forms -------------------------------------------------------------------------------------------------------

_FORWARD = (forms.EmailInput, forms.URLInput, forms.NumberInput, forms.PasswordInput)


@register.filter
def kind(field):
    """How components/_field.html lays a field out: hidden, choices, checkbox or control."""
    widget = field.field.widget
    if field.is_hidden:
        return "hidden"
    if isinstance(widget, (forms.RadioSelect, forms.CheckboxSelectMultiple)):
        return "choices"
    return "checkbox" if isinstance(widget, forms.CheckboxInput) else "control"


@register.filter
def target(field):
    """The id that a link to this field must lead to: its control, or the first of its choices."""
    return f"{field.auto_id}_0" if kind(field) == "choices" else field.id_for_label


@register.simple_tag
def control(field, **attrs):
    """The control of a field with our classes and its direction; attributes of the widget or the call win."""
    widget = field.field.widget
    given = {name.replace("_", "-"): value for name, value in attrs.items()}
    known = {**widget.attrs, **given}
    if isinstance(widget, forms.CheckboxInput):
        css = "form-check-input"
    elif isinstance(widget, forms.Select):
        css = "form-select"
    else:
        css = "form-control"
    given["class"] = " ".join(filter(None, (css, known.get("class"))))
    if "dir" not in known:
        if isinstance(widget, _FORWARD) or known.get("type") == "tel" or known.get("inputmode") in ("numeric", "tel"):
            given["dir"] = "ltr"
        elif isinstance(widget, (forms.TextInput, forms.Textarea)):
            given["dir"] = "auto"
    if isinstance(widget, forms.Textarea) and str(known.get("rows")) == "10":  # Django's own, too tall for a phone
        given["rows"] = 5
    if widget.use_fieldset and field.aria_describedby:
        given.setdefault("aria-describedby", field.aria_describedby)
    return field.as_widget(attrs=given)


@register.simple_tag
def choice(option):
    """One radio button or checkbox of a field with choices."""
    attrs = option.data["attrs"]
    attrs["class"] = " ".join(filter(None, ("form-check-input", attrs.get("class"))))
    return option.tag()
