"""The regions, provinces and communes of Morocco, carried in as data; their source stands on the first line of it."""

import csv
from pathlib import Path

PLACES = Path(__file__).parent / "data" / "places.csv"


def read_places():
    """The rows of the file: code, kind, name_ar, name_fr, parent (a code); parents come before their parts."""
    with PLACES.open(encoding="utf-8", newline="") as lines:
        next(lines)  # the line of attribution
        yield from csv.DictReader(lines)


def load_places(territory) -> int:
    """Bring the table (`territory`: the model, or its shape in a migration) in step with the file.

    Adds and corrects, never removes; says how many rows changed. Repeating it changes nothing.
    """
    known = {row.code: row for row in territory.objects.select_related("parent")}
    changed = 0
    by_kind: dict[str, list] = {}
    for row in read_places():
        by_kind.setdefault(row["kind"], []).append(row)
    for rows in by_kind.values():
        new, corrected = [], []
        for row in rows:
            parent = known.get(row["parent"])
            names = {"kind": row["kind"], "name_ar": row["name_ar"], "name_fr": row["name_fr"]}
            place = known.get(row["code"])
            if place is None:
                place = known[row["code"]] = territory(code=row["code"], parent=parent, **names)
                new.append(place)
            elif place.parent != parent or any(getattr(place, name) != value for name, value in names.items()):
                place.parent = parent
                for name, value in names.items():
                    setattr(place, name, value)
                corrected.append(place)
        territory.objects.bulk_create(new)
        territory.objects.bulk_update(corrected, ["kind", "name_ar", "name_fr", "parent"], batch_size=200)
        known |= {place.code: place for place in territory.objects.filter(kind=rows[0]["kind"])} if new else {}
        changed += len(new) + len(corrected)
    return changed
