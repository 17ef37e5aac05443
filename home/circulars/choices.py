"""The choices of the list as the page shows them: each value with its count, and what is chosen with the way out."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from home.circulars.enums import Kind
from home.circulars.force import Force

AT_ONCE = 8  # values of a facet that stand open; the rest is folded


@dataclass(frozen=True)
class Value:
    """One box to tick."""

    value: str
    label: str
    count: int
    is_chosen: bool


def facets(form, found) -> list[dict]:
    """Each facet with its values, the most frequent first; years the latest first, statuses as they follow."""
    counts, organisations, themes = found.counts, found.kept.organisations, found.kept.themes
    known = {
        "force": {str(force): (str(force), force.label) for force in Force},
        "authority": {key: (one.slug, one.name) for key, one in organisations.items()},
        "kind": {str(kind): (str(kind), kind.label) for kind in Kind},
        "theme": {key: (theme.slug, theme.name) for key, theme in themes.items()},
        "year": {year: (str(year), str(year)) for year in counts["year"]},
        "addressee": {key: (one.slug, one.name) for key, one in organisations.items()},
    }
    return [_facet(form, name, known[name], counts[name]) for name in known]


def chips(form, data) -> list[dict]:
    """What is chosen, each with the address of the list without it."""
    found = []
    for name in form.fields:
        for value, label in _chosen(form, name):
            left = data.copy()
            left.setlist(name, [one for one in left.getlist(name) if one != value])
            left.pop("page", None)
            found.append({"label": label, "url": f"?{left.urlencode()}"})
    return found


def _facet(form, name, known, counts) -> dict:
    chosen = {value for value, _label in _chosen(form, name)}
    values = [
        Value(value, label, counts[key], value in chosen)
        for key, (value, label) in known.items()
        if counts[key] or value in chosen
    ]
    if name == "year":
        values.sort(key=lambda one: one.value, reverse=True)
    elif name != "force":
        values.sort(key=lambda one: (-one.count, one.label))
    first = [one for place, one in enumerate(values) if place < AT_ONCE or one.is_chosen]
    rest = [one for one in values if one not in first]
    return {"name": name, "label": form.fields[name].label, "values": first, "more": rest}


def _chosen(form, name) -> list[tuple[str, str]]:
    """(value, words) of what is chosen in one field."""
    value = form.chosen.get(name)
    if not value or name == "sort":
        return []
    if name == "q":
        return [(value, _("“%(words)s”") % {"words": value})]
    if name == "old":
        return [(form.data["old"], form.fields["old"].label)]
    if isinstance(value, list) and hasattr(value[0], "slug"):
        return [(one.slug, one.name) for one in value]
    words = dict(form.fields[name].choices)
    values = value if isinstance(value, list) else [value]
    return [(str(one), str(words[one])) for one in values]
