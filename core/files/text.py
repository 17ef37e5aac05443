"""What files say, page by page, as it was read by the workers and is kept (`FilePage`). Reads only."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from core.files.models import FilePage, StoredFile


class Page(NamedTuple):
    number: int
    text: str
    is_recognised: bool


def pages_of(file: StoredFile) -> list[Page]:
    """The pages of `file` that say something, in their order; none while nothing is read (`file.reading` says why)."""
    return texts_of([file])[file.pk]


def texts_of(files: Iterable[StoredFile]) -> dict[int, list[Page]]:
    """As `pages_of`, for many files with one query: by key of the file."""
    found = defaultdict(list)
    rows = FilePage.objects.filter(file__in=[file.pk for file in files]).exclude(text="").order_by("file", "number")
    for key, *page in rows.values_list("file", "number", "text", "is_recognised"):
        found[key].append(Page(*page))
    return found
