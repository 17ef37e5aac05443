"""The settings of search as one form. Pins and exclusions are boxes: what is no longer ticked is gone."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.text import analyse
from search import scopes
from search.tuning import FACTORS
from search.tuning_models import Tuning

APART = "\x1f"  # between words and document in the value of a box
MOST_GROUPS, MOST_WORDS = 500, 20


class TuningForm(forms.Form):
    """Settings and the words to try them with; `draft` is what they make, not saved."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    q = forms.CharField(label=gettext_lazy("Words to try"), max_length=200, required=False)
    synonyms = forms.CharField(
        label=gettext_lazy("Words that stand for each other"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 10, "dir": "auto"}),
        help_text=gettext_lazy("One group a line, its words parted by commas, in any language."),
    )

    def __init__(self, data, *, row: Tuning):
        super().__init__(data)
        self.row = row
        self.fields["q"].widget.attrs["dir"] = "auto"
        self.initial = {
            "seen": row.pk or 0,
            "synonyms": "\n".join(", ".join(group) for group in row.synonyms),
        }
        for kind, scope in scopes.SCOPES.items():
            self.fields[f"boost_{kind}"] = forms.TypedChoiceField(
                label=scope.label,
                choices=[(str(factor), f"× {factor:g}") for factor in FACTORS],
                coerce=float,
                required=False,
                empty_value=1.0,
            )
            self.initial[f"boost_{kind}"] = str(float(row.boosts.get(kind, 1.0)))

    def clean_synonyms(self):
        lines = self.cleaned_data["synonyms"].replace("،", ",").replace(";", ",").replace("؛", ",").splitlines()
        groups = [[" ".join(word.split()) for word in line.split(",") if word.strip()] for line in lines]
        groups = [list(dict.fromkeys(group)) for group in groups if group]
        for group in groups:
            if len(group) < 2:
                raise forms.ValidationError(
                    _("“%(word)s” stands alone: a group needs two words at least.") % {"word": group[0]}
                )
            if empty := [word for word in group if not analyse(word).stm]:
                raise forms.ValidationError(_("“%(word)s” holds no word.") % {"word": empty[0]})
        if len(groups) > MOST_GROUPS or any(len(group) > MOST_WORDS for group in groups):
            raise forms.ValidationError(
                _("There may be %(groups)s groups of %(words)s words at most.")
                % {"groups": MOST_GROUPS, "words": MOST_WORDS}
            )
        return groups

    @property
    def kinds(self):
        return [self[f"boost_{kind}"] for kind in scopes.SCOPES]

    def lines(self, name: str) -> list[list[str]]:
        """Pins or exclusions as they stand in the form: those ticked, or where nothing was sent those saved."""
        if not self.is_bound:
            return [list(line) for line in getattr(self.row, name)]
        sent = [value.split(APART) for value in self.data.getlist(name)]
        return [line for line in sent if len(line) == 2 and analyse(line[0]).stm and _is_document(line[1])]

    def draft(self) -> Tuning:
        """What the form says. To be asked for once it is valid."""
        boosts = {kind: self.cleaned_data[f"boost_{kind}"] for kind in scopes.SCOPES}
        return Tuning(
            pk=self.row.pk,
            synonyms=self.cleaned_data["synonyms"],
            pins=self.lines("pins"),
            exclusions=self.lines("exclusions"),
            boosts={kind: factor for kind, factor in boosts.items() if factor != 1.0},
        )


def _is_document(doc_id):
    kind, key = scopes.split(doc_id)
    return kind in scopes.SCOPES and key.isalnum()
