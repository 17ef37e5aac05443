"""“Did you mean”: nearest words of public texts for words of a query that stand nowhere.

The vocabulary is the installation's own and of public text only, so that no correction tells of a text its reader may
not read. A job counts it anew once enough has changed; every process keeps it ready and looks now and then whether
there is another one.
"""

import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from threading import Lock

from django.db import transaction
from django.db.models import Sum
from symspellpy import SymSpell, Verbosity

from core.text import analyse
from core.text.folding import MARKS, TATWEEL

from .contract import PUBLIC
from .models import Document, Passage, PublicWord

MOST_WORDS = 30_000  # the most frequent ones: what a small server keeps at ease
LOOK_AGAIN = 60  # seconds after which a process asks whether there is another vocabulary
ENOUGH = 0.01  # the share of changed documents from which words are counted anew
MUCH_MORE = 20  # times as frequent must a word be to correct one that exists too
AT_ONCE = 500

_SPAN = re.compile(r"[^\W_]+")
_HIDDEN = re.compile(f"[{MARKS}{TATWEEL}]")
_QUOTED = re.compile('["«“„].+?["»”]')
_ARTICLE = "ال"


class Speller:
    """Knows words (folded, as written, how often) and what a mistyped one was meant to be."""

    def __init__(self, words: Iterable[tuple[str, str, int]]):
        self._words, self._stems = {}, set()
        self._near = SymSpell(max_dictionary_edit_distance=2, prefix_length=5)
        for word, written, count in words:
            self._words[word] = (written, count)
            self._stems.update(analyse(word).stm)
            self._near.create_dictionary_entry(word, count)

    def correct(self, text: str) -> str:
        """`text` with the words corrected that need it; the same where none does. Quoted phrases stay as they are."""
        quoted = [match.span() for match in _QUOTED.finditer(text)]
        pieces, place = [], 0
        for match in _SPAN.finditer(text):
            if not any(start <= match.start() < end for start, end in quoted):
                pieces += [text[place : match.start()], self._corrected(match[0])]
                place = match.end()
        return "".join([*pieces, text[place:]])

    def _corrected(self, typed) -> str:
        found = analyse(typed)
        if len(found.nrm) != 1 or len(found.nrm[0]) < 4 or not found.nrm[0].isalpha():
            return typed
        word = found.nrm[0]
        known = self._words[word][1] if word in self._words else 0
        if not known and found.stm[0] in self._stems:
            return typed
        near = self._nearest(word, known)
        if near is None and word.startswith(_ARTICLE) and len(word) > len(_ARTICLE) + 3:
            bare = self._nearest(word.removeprefix(_ARTICLE), known)
            near = bare and _ARTICLE + bare
        return near or typed

    def _nearest(self, word, known) -> str | None:
        reach = 1 if len(word) < 6 or known else 2
        for found in self._near.lookup(word, Verbosity.ALL if known else Verbosity.CLOSEST, max_edit_distance=reach):
            if found.term != word and found.count > MUCH_MORE * known:
                return self._words[found.term][0]
        return None


_lock = Lock()
_kept: tuple[float, int | None, Speller] | None = None


def speller() -> Speller:
    """The speller of the present vocabulary, made once by each process."""
    global _kept  # noqa: PLW0603 — one per process, under the lock
    with _lock:
        now = time.monotonic()
        if _kept is None or now - _kept[0] > LOOK_AGAIN:
            counted_at = _counted_at()
            if _kept is None or _kept[1] != counted_at:
                rows = PublicWord.objects.exclude(word="").values_list("word", "written", "count")
                _kept = (now, counted_at, Speller(rows.iterator(chunk_size=5_000)))
            else:
                _kept = (now, counted_at, _kept[2])
        return _kept[2]


def forget() -> None:
    """Let go of what this process keeps: for those who change everything."""
    global _kept  # noqa: PLW0603
    _kept = None


def is_outdated() -> bool:
    """Whether public texts have changed enough for their words to be counted anew."""
    counted_at, changes = _counted_at(), _changes()
    return counted_at is None or abs(changes - counted_at) > ENOUGH * counted_at


def count_words() -> None:
    """Count the words of everything public anew, and keep the most frequent ones."""
    changes, written = _changes(), Counter()
    for title, body in _public_texts():
        written.update(_SPAN.findall(_HIDDEN.sub("", f"{title} {body}").lower()))
    rows = [PublicWord(word="", count=changes), *_most_frequent(written)]
    with transaction.atomic():
        PublicWord.objects.all().delete()
        PublicWord.objects.bulk_create(rows, batch_size=AT_ONCE)


def lose_words() -> None:
    """A text is no longer public: nothing is proposed until the words of what still is are counted anew."""
    PublicWord.objects.all().delete()


def public_among(doc_ids: Iterable[str]) -> set[str]:
    """Those of these documents that are shown to everybody, and whose words may be proposed."""
    return set(_public_documents().filter(doc_id__in=doc_ids).values_list("doc_id", flat=True))


def _most_frequent(written: Counter) -> list[PublicWord]:
    ways = defaultdict(list)
    for spelt, count in written.items():
        found = analyse(spelt).nrm
        if len(found) == 1 and 2 < len(found[0]) <= 40 and len(spelt) <= 60 and found[0].isalpha():
            ways[found[0]].append((count, spelt))
    words = Counter({word: sum(count for count, _spelt in forms) for word, forms in ways.items()})
    return [
        PublicWord(word=word, written=max(ways[word])[1], count=count) for word, count in words.most_common(MOST_WORDS)
    ]


def _public_texts():
    public = _public_documents().values("pk")
    return Passage.objects.filter(document__in=public).values_list("title", "body").iterator(chunk_size=AT_ONCE)


def _public_documents():
    return Document.objects.filter(access__tokens__token=PUBLIC)


def _changes() -> int:
    return _public_documents().aggregate(changes=Sum("version"))["changes"] or 0


def _counted_at() -> int | None:
    return PublicWord.objects.filter(word="").values_list("count", flat=True).first()
