"""The form of a circular in the administration: what its fields must be together, before anything is saved."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.forms.choosers import BaseFilterForm

from core.organisations.enums import Role
from core.organisations.models import Organisation
from core.organisations.permissions import organisation_ids_of
from core.text import plain_number
from home.circulars import operations
from home.circulars.blocks import PARAGRAPH
from home.circulars.enums import Standing
from home.circulars.models import Alias, Circular
from home.circulars.numbers import normalise

SUMMARY_WORDS = 60
_ANCHOR = re.compile(r"p?([1-9]\d*)")


class CircularForm(WagtailAdminModelForm):
    """Only administrations whose editor or publisher one is may be chosen as issuing."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        roles = (Role.CIRCULAR_EDITOR, Role.CIRCULAR_PUBLISHER)
        own = set().union(*(organisation_ids_of(self.for_user, role=role) for role in roles))
        self.fields["authority"].queryset = Organisation.objects.filter(pk__in=own)

    def clean(self):
        cleaned = super().clean()
        self._check_number(cleaned)
        self._check_days(cleaned)
        for form in self._rows("texts"):
            _check_summary(form)
        for form in self._rows("relations"):
            _check_relation(form, self.instance)
        texts = self.formsets.get("texts")
        if texts and not any(_is_authentic(form) for form in texts.forms):
            raise ValidationError(_("Write the authentic text of the circular, with at least one paragraph."))
        return cleaned

    def save(self, commit=True):
        circular = super().save(commit)
        operations.take_in(circular)
        return circular

    def _rows(self, name):
        """The rows of an inline that are right in themselves and stay."""
        formset = self.formsets.get(name)
        rows = formset.forms if formset else ()
        return [form for form in rows if form.is_valid() and form.cleaned_data and not form.cleaned_data.get("DELETE")]

    def _check_number(self, cleaned):
        facts = [cleaned.get(name) for name in ("authority", "kind", "number", "signed_on")]
        if not all(facts):
            return
        authority, kind, number, signed_on = facts
        others = Circular.objects.filter(authority=authority).exclude(pk=self.instance.pk)
        key, year = normalise(number), signed_on.year
        if others.filter(kind=kind, number_key=key, signed_on__year=year).exists():
            self.add_error("number", _("This administration has another act of this kind, year and number."))
        for form in self._rows("aliases"):
            facts = {"kind": form.cleaned_data["kind"], "number_key": normalise(form.cleaned_data["number"])}
            old_year = form.cleaned_data["year"]
            aliases = Alias.objects.filter(**facts, year=old_year)
            if others.filter(Q(**facts, signed_on__year=old_year) | Q(aliases__in=aliases)).exists():
                form.add_error("number", _("Another act of this administration has, or had, this number."))

    def _check_days(self, cleaned):
        signed_on, from_day, last_day = (cleaned.get(name) for name in ("signed_on", "in_force_on", "expires_on"))
        if last_day and from_day and last_day < from_day:
            self.add_error("expires_on", _("A circular cannot end before it is in force."))
        elif last_day and signed_on and last_day < signed_on:
            self.add_error("expires_on", _("A circular cannot end before it is signed."))
        by = cleaned.get("acknowledge_by")
        if by and signed_on and by < signed_on:
            self.add_error("acknowledge_by", _("The acknowledgement cannot be due before the circular is signed."))


def _check_summary(form):
    count = len(form.cleaned_data.get("summary", "").split())
    if count > SUMMARY_WORDS:
        text = _("The summary has %(count)s words; it may have %(most)s at most.")
        form.add_error("summary", text % {"count": count, "most": SUMMARY_WORDS})


def _check_relation(form, circular):
    other, facts = form.cleaned_data.get("circular"), form.cleaned_data
    if other and other.pk == circular.pk:
        form.add_error("circular", _("A circular cannot be related to itself."))
    if facts.get("starts_on") and facts.get("ends_on") and facts["ends_on"] < facts["starts_on"]:
        form.add_error("ends_on", _("A relation cannot end before it begins."))
    if not facts.get("paragraphs"):
        return
    words = re.split(r"[\s,،;؛]+", facts["paragraphs"].strip())
    named = [_ANCHOR.fullmatch(plain_number(word).lower()) for word in words]
    anchors = [f"p{match[1]}" for match in named if match]
    has = set(other.anchors.values()) if other else set(anchors)
    unknown = [anchor for anchor in anchors if anchor not in has]
    if not all(named) or unknown:
        text = _("The act has no such paragraph: %(named)s. Name those of its page, for example p3, p5.")
        form.add_error("paragraphs", text % {"named": "، ".join(unknown) or facts["paragraphs"]})
    else:
        form.instance.paragraphs = ", ".join(anchors)


def _is_authentic(form):
    if not form.is_valid() or form.cleaned_data.get("DELETE"):
        return False
    body = form.cleaned_data.get("body") or ()
    return form.cleaned_data.get("standing") == Standing.AUTHENTIC and any(b.block_type == PARAGRAPH for b in body)


class ActFilter(BaseFilterForm):
    """Narrows a list of acts to choose from by number, however it is written, or by words of the title."""

    q = forms.CharField(
        label=gettext_lazy("Number or words of the title"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )

    def filter(self, objects):
        words = self.cleaned_data.get("q", "").strip()
        if not words:
            return objects
        self.is_searching, self.search_query = True, words
        found = Q(title__icontains=words) | Q(number__icontains=words) | Q(number_key=normalise(words))
        return objects.filter(found)
