import re
from urllib.parse import parse_qs, urlencode

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from core.text import clean_line
from core.users.enums import NoticePreference

from .contract import NEWEST, OLDEST, RELEVANCE
from .results import FACETS

MOST_VALUES = 30
_VALUE = re.compile(r"[\w-]{1,60}")


class ValuesField(forms.Field):
    """Values of one facet, as often as the address names it; what no value can be is told, and left out."""

    widget = forms.SelectMultiple
    default_error_messages = {"unknown": _("“%(value)s” is not among the choices. It was left out.")}

    def clean(self, value):
        values = list(dict.fromkeys(value or []))[:MOST_VALUES]
        for one in values:
            if not _VALUE.fullmatch(one):
                raise forms.ValidationError(self.error_messages["unknown"], params={"value": one[:60]})
        return frozenset(values)


class SearchForm(forms.Form):
    """What is looked for, all of it in the address. What cannot be is said, and the rest is looked for all the same."""

    q = forms.CharField(
        label=_("Search everything you may read"),
        max_length=200,
        required=False,
        error_messages={"max_length": _("Shorten what you look for to %(limit_value)s characters.")},
    )
    sort = forms.ChoiceField(
        label=_("Order"),
        choices=[(RELEVANCE, _("the best first")), (NEWEST, _("the newest first")), (OLDEST, _("the oldest first"))],
        required=False,
        error_messages={"invalid_choice": _("Choose one of the orders listed.")},
    )
    since = forms.DateField(
        label=_("From"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": _("Write the first day as year-month-day, for example 2026-09-30.")},
    )
    until = forms.DateField(
        label=_("Until"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": _("Write the last day as year-month-day, for example 2026-09-30.")},
    )

    def __init__(self, data, *, is_stranger=False):
        super().__init__(data)
        for name, label in FACETS.items():
            self.fields[name] = ValuesField(label=label, required=False)
        if is_stranger:
            self.fields["q"].label = _("Search everything that is public")

    def clean_q(self):
        return clean_line(self.cleaned_data["q"])

    def clean(self):
        found = self.cleaned_data
        if found.get("since") and found.get("until") and found["since"] > found["until"]:
            self.add_error("until", _("Choose a last day that is not before the first one."))
        return found

    @property
    def words(self) -> str:
        """What is looked for; of what is too long, its beginning."""
        self.is_valid()
        if "q" in self.cleaned_data:
            return self.cleaned_data["q"]
        return clean_line(self.data.get("q", ""))[:200]

    @property
    def chosen(self) -> dict[str, frozenset[str]]:
        """The values chosen, by facet."""
        values = {name: frozenset(filter(_VALUE.fullmatch, self.data.getlist(name)[:MOST_VALUES])) for name in FACETS}
        return {name: of_facet for name, of_facet in values.items() if of_facet}

    @property
    def address(self) -> str:
        """The choices as the address writes them, always in the same order."""
        self.is_valid()
        days = [(name, day.isoformat()) for name in ("since", "until") if (day := self.cleaned_data.get(name))]
        values = [(name, value) for name in FACETS for value in sorted(self.chosen.get(name, ()))]
        return urlencode([("q", self.words), *values, *days])

    @property
    def asks(self) -> dict:
        """The choices as `ask` takes them."""
        self.is_valid()
        days = {name: self.cleaned_data.get(name) for name in ("since", "until")}
        return {"chosen": self.chosen, **days, "sort": self.cleaned_data.get("sort") or RELEVANCE}


def saved_form(query: str) -> SearchForm:
    """The choices of a saved search, as the address writes them."""
    return SearchForm(MultiValueDict(parse_qs(query)))


class NameForm(forms.Form):
    """The name under which a search is kept."""

    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        error_messages={
            "required": _("Give the search a name."),
            "max_length": _("Shorten the name to %(limit_value)s characters."),
        },
    )

    def clean_name(self):
        return clean_line(self.cleaned_data["name"])


class PaceForm(forms.Form):
    """How news of a saved search come by e-mail."""

    pace = forms.ChoiceField(
        label=_("By e-mail"), choices=[("", _("As all my notices")), *NoticePreference.choices], required=False
    )
