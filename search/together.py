"""Rows of several models by one query, so that a page of results costs no more for many kinds than for one."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db.models import F, JSONField, Model, QuerySet, Value
from django.db.models.functions import JSONObject
from django.utils.timezone import is_naive, make_aware

Selection = tuple[QuerySet, tuple[str, ...]]


def read(selections: dict[str, Selection]) -> dict[str, list[Any]]:
    """By name, the objects of each queryset, in no order, of which only the columns named beside it are read.

    A column is a field, a field of a related row (`authority__name_ar`), or an annotation. Whatever else an object is
    asked for costs a query of its own, as with `only`.
    """
    found: dict[str, list[Any]] = {name: [] for name in selections}
    several = [_rows(name, *selection) for name, selection in selections.items()]
    if several:
        for name, row in several[0].union(*several[1:], all=True):
            queryset = selections[name][0]
            found[name].append(_built(queryset.model, row, queryset.query.annotations))
    return found


def _rows(name, queryset, columns):
    """One column with everything, as the parts of a UNION must be alike."""
    wanted = {each: F(each) for each in _with_keys(queryset.model, columns)}
    rows = queryset.order_by().select_related(None).prefetch_related(None)
    return rows.annotate(together_name=Value(name), together_row=JSONObject(**wanted)).values_list(
        "together_name", "together_row"
    )


def _with_keys(model, columns: Iterable[str]) -> list[str]:
    """With the key of each row of which something is read."""
    keys = {model._meta.pk.attname: None}
    for column in columns:
        related, path = model, ""
        for part in column.split("__")[:-1]:
            related, path = related._meta.get_field(part).related_model, f"{path}{part}__"
            keys[path + related._meta.pk.attname] = None
    return list(dict.fromkeys([*keys, *columns]))


def _built(model: type[Model], row: dict, annotations=()) -> Model | None:
    """The object of a row, with those it leads to; None where there is none."""
    if row[model._meta.pk.attname] is None:
        return None
    own_annotations = [name for name in annotations if name in row]
    own = {name: value for name, value in row.items() if "__" not in name and name not in annotations}
    fields = [field for field in model._meta.concrete_fields if field.name in own or field.attname in own]
    values = [_value(field, own.get(field.attname, own.get(field.name))) for field in fields]
    made = model.from_db("default", [field.attname for field in fields], values)
    for name in own_annotations:
        setattr(made, name, _value(annotations[name].output_field, row[name]))
    parts = sorted(((name.split("__", 1), value) for name, value in row.items() if "__" in name), key=itemgetter(0))
    for name, several in groupby(parts, key=lambda each: each[0][0]):
        related = model._meta.get_field(name).related_model
        setattr(made, name, _built(related, {path[1]: value for path, value in several}))
    return made


def _value(field, value):
    """What JSON made of it, as the field has it."""
    if isinstance(field, JSONField):
        return json.loads(value) if isinstance(value, str) else value
    value = field.to_python(value)
    return make_aware(value, UTC) if isinstance(value, datetime) and is_naive(value) else value
