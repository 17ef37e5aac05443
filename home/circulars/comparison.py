"""Two states of a text set against each other, word by word. Knows no model.

Blocks meet by their anchor, others by their words and place. Words are taken whole: nothing is ever marked inside one,
so that Arabic letters stay joined, and «ومراسلة» for «المراسلة» is a changed word. Words are *respelt*, a small change,
when they differ only in vowel signs, tatweel, the seat of the hamza, dotless yeh, case or the script of their digits.
Spaces and bold are no change; another target of a link is one.
"""

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from html.parser import HTMLParser

from django.utils.html import escape, format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

_MARK = "\u0300-\u036f\u0610-\u061c\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u200c-\u200f\u202a-\u202e\u2066-\u2069"
_LETTER = rf"[\w{_MARK}]"
# A word with its marks: also l'usager, 12/2026, 2.18.855; else one sign of punctuation.
_WORD = re.compile(rf"{_LETTER}+(?:(?:['’/-](?={_LETTER})|(?<=\d)[.,:٫٬](?=\d)){_LETTER}+)*|[^\s]")
_SILENT = re.compile("[\u0610-\u061c\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u200c-\u200f\u202a-\u202e\u2066-\u2069]")
_SAME = str.maketrans("أإآٱىؤئ’٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹٫", "ااااييي'" + "0123456789" * 2 + ".")
_ALIKE = 0.25  # of the words: two paragraphs that share less are shown one after the other
_WEAK = 2  # letters: a word as short as this between two changes is no island


class Verdict(StrEnum):
    SAME = "same"
    RESPELT = "respelt"
    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True)
class Row:
    """One block of the later state, or one that it no longer has, with what differs marked."""

    type: str
    anchor: str
    verdict: Verdict
    html: str
    is_moved: bool = False
    words_added: int = 0
    words_removed: int = 0

    @property
    def is_same(self) -> bool:
        return self.verdict == Verdict.SAME and not self.is_moved


def compare(old: list[dict], new: list[dict]) -> list[Row]:
    """Every block of `new` in its order, those only `old` has after what they followed there.

    A block has `type`, and `anchor` if it has an address; its content is `html` or plain `text`.
    """
    old_texts, new_texts = [_Text(block) for block in old], [_Text(block) for block in new]
    pairs, moved = _pairs(old_texts, new_texts)
    gone = defaultdict(list)
    place, found = -1, {before: after for after, before in pairs.items()}
    for before, text in enumerate(old_texts):
        if before in found:
            place = found[before]
        else:
            gone[place].append(_whole(text, Verdict.REMOVED))
    rows = gone[-1]
    for after, text in enumerate(new_texts):
        if after in pairs:
            rows.append(_both(old_texts[pairs[after]], text, is_moved=after in moved))
        else:
            rows.append(_whole(text, Verdict.ADDED))
        rows += gone[after]
    return rows


def same_word(word: str) -> str:
    """The form in which two spellings of one word are equal."""
    return _SILENT.sub("", unicodedata.normalize("NFKC", word)).translate(_SAME).casefold()


@dataclass(frozen=True)
class _Piece:
    """A word with its key, or what stands between words: spaces and markup."""

    text: str
    key: str = ""
    is_markup: bool = False


class _Text(HTMLParser):
    """A block cut into pieces."""

    def __init__(self, block):
        super().__init__()
        self.type, self.anchor = block["type"], block.get("anchor", "")
        self.pieces, self.target = [], ""
        self.feed(block["html"] if "html" in block else str(escape(block["text"])))
        self.close()
        self.words = [piece for piece in self.pieces if piece.key]
        self.keys = [word.key for word in self.words]
        self.name = self.anchor or f"{self.type} {' '.join(self.keys)}"

    def handle_starttag(self, tag, attrs):
        if tag == "a":
            self.target = dict(attrs).get("href") or ""
        self.pieces.append(_Piece(self.get_starttag_text(), is_markup=True))

    def handle_startendtag(self, tag, attrs):
        self.pieces.append(_Piece(self.get_starttag_text(), is_markup=True))

    def handle_endtag(self, tag):
        if tag == "a":
            self.target = ""
        self.pieces.append(_Piece(f"</{tag}>", is_markup=True))

    def handle_data(self, data):
        end = 0
        for word in _WORD.finditer(data):
            self._gap(data[end : word.start()])
            key = same_word(word[0]) or word[0]
            self.pieces.append(_Piece(word[0], key=f"{key} {self.target}" if self.target else key))
            end = word.end()
        self._gap(data[end:])

    def _gap(self, text):
        if text:
            self.pieces.append(_Piece(text))

    def plain(self, first, last) -> str:
        """The words from `first` to before `last`, with spaces where there were some, without markup."""
        out, number = [], -1
        for piece in self.pieces:
            number += bool(piece.key)
            if first <= number < last:
                out.append(piece.text if not piece.is_markup else " ")
        return re.sub(r"\s+", " ", "".join(out)).strip()


def _pairs(old, new) -> tuple[dict[int, int], set[int]]:
    """Which block of `old` each of `new` continues, and which of these stand elsewhere now."""
    pairs, moved = {}, set()
    matcher = SequenceMatcher(None, [text.name for text in old], [text.name for text in new], autojunk=False)
    for tag, first, last, start, end in matcher.get_opcodes():
        if tag == "equal":
            pairs |= dict(zip(range(start, end), range(first, last), strict=True))
            continue
        for kind in {text.type for text in old[first:last] if not text.anchor}:
            before = (place for place in range(first, last) if old[place].type == kind and not old[place].anchor)
            after = (place for place in range(start, end) if new[place].type == kind and not new[place].anchor)
            pairs |= dict(zip(after, before, strict=False))
    places = {text.anchor: place for place, text in enumerate(old) if text.anchor}
    for after, text in enumerate(new):
        if after not in pairs and text.anchor in places:
            pairs[after] = places[text.anchor]
            moved.add(after)
    return pairs, moved


def _whole(text, verdict) -> Row:
    count = _count(word.text for word in text.words)
    if verdict == Verdict.ADDED:
        html = _Marking(text, inserted=set(range(len(text.words)))).html()
        return Row(text.type, text.anchor, verdict, html, words_added=count)
    return Row(text.type, text.anchor, verdict, _removed(text.plain(0, len(text.words))), words_removed=count)


def _both(old, new, *, is_moved) -> Row:
    steps = SequenceMatcher(None, old.keys, new.keys, autojunk=False).get_opcodes()
    inserted, removed = set(), {}
    for first, last, start, end in _differences(steps, old.keys, new.keys):
        inserted |= set(range(start, end))
        if last > first:
            removed[start] = old.plain(first, last)
    respelt = _respelt(steps, old.words, new.words) - inserted
    verdict = Verdict.CHANGED if inserted or removed else Verdict.RESPELT if respelt else Verdict.SAME
    html = _Marking(new, inserted=inserted, removed=removed, respelt=respelt).html()
    added = _count(new.words[place].text for place in inserted)
    return Row(new.type, new.anchor, verdict, html, is_moved, added, _count(" ".join(removed.values()).split()))


def _differences(steps, old, new) -> list[tuple[int, int, int, int]]:
    """Runs of words that differ: `old` from, to, `new` from, to. Short words between two of them belong to both."""
    runs, same = [], 0
    for tag, *run in steps:
        if tag == "equal":
            same += run[1] - run[0]
        elif runs and all(len(word) <= _WEAK for word in old[runs[-1][1] : run[0]]):
            runs[-1] = (runs[-1][0], run[1], runs[-1][2], run[3])
        else:
            runs.append(tuple(run))
    return runs if same >= _ALIKE * max(len(old), len(new)) else [(0, len(old), 0, len(new))]


def _respelt(steps, old, new) -> set[int]:
    equal = (step[1:] for step in steps if step[0] == "equal")
    pairs = (pair for first, last, start, end in equal for pair in zip(old[first:last], range(start, end), strict=True))
    return {place for word, place in pairs if word.text != new[place].text}


def _count(words) -> int:
    return sum(any(map(str.isalnum, word)) for word in words)


class _Marking:
    """The later block written out with its own markup, what differs marked between the tags."""

    def __init__(self, text, *, inserted=(), removed=None, respelt=()):
        self.text, self.inserted, self.removed, self.respelt = text, inserted, removed or {}, respelt
        self.out, self.run, self.gap = [], [], ""

    def html(self) -> str:
        number, last = 0, len(self.text.words)
        for piece in self.text.pieces:
            if piece.key:
                self._word(piece.text, number)
                number += 1
                if number == last and last in self.removed:
                    self._end_run()
                    self.out.append(f" {_removed(self.removed[last])}")
            elif piece.is_markup:
                self._end_run()
                self.out += [escape(self.gap), piece.text]
                self.gap = ""
            else:
                self.gap += piece.text
        self._end_run()
        if not last and 0 in self.removed:
            self.out.append(_removed(self.removed[0]))
        return mark_safe("".join(self.out))  # noqa: S308  the markup is that of the version, words are escaped

    def _word(self, word, number):
        if number not in self.inserted or number in self.removed:
            self._end_run()
        if number in self.removed:
            self.out += [escape(self.gap), _removed(self.removed[number]), " "]
            self.gap = ""
        if number in self.inserted:
            if self.run:
                self.run.append(self.gap)
            else:
                self.out.append(escape(self.gap))
            self.run.append(word)
        else:
            self.out += [escape(self.gap), _respelling(word) if number in self.respelt else escape(word)]
        self.gap = ""

    def _end_run(self):
        if self.run:
            self.out.append(_inserted("".join(self.run)))
            self.run = []


def _inserted(words):
    return format_html(
        '<ins><span class="visually-hidden">{} </span>{}<span class="visually-hidden"> {}</span></ins>',
        _("[added:"),
        words,
        _("end of addition]"),
    )


def _removed(words):
    return format_html(
        '<del><span class="visually-hidden">{} </span>{}<span class="visually-hidden"> {}</span></del>',
        _("[removed:"),
        words,
        _("end of removal]"),
    )


def _respelling(word):
    return format_html('<span class="respelt">{}</span>', word)
