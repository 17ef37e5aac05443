"""From a passage to what is written in an index: ready tokens, each with the letter of its stream in front."""

from collections import Counter
from functools import lru_cache

from core.text import analyse, fold, grams
from core.text.references import references

from ..contract import Passage
from ..models import Streams
from ..ranking import identity

LETTERS = {"title_nrm": "a", "body_nrm": "n", "title_stm": "t", "body_stm": "b", "c4": "g"}
REFERENCE, START, START_OF_NUMBER = "r", "w", "q"
TOTAL = "#"  # in the vocabulary: passages; followed by the name of a field: its tokens
_ARTICLE = "ال"


def streams(passage: Passage, *, of: str = "") -> Streams:
    """The streams of a passage, not yet saved; of the first of its document, by which `of` is found, too."""
    title, body = analyse(passage.title), analyse(passage.body)
    own = [identity(of)] if of else []
    return Streams(
        refs=" ".join(dict.fromkeys([*title.refs, *body.refs, *own])),
        starts=" ".join(_starts(title)) if passage.page in (None, 1) else "",
        title_nrm=" ".join(title.nrm),
        title_stm=" ".join(title.stm),
        body_nrm=" ".join(body.nrm),
        body_stm=" ".join(body.stm),
    )


def _starts(title):
    words = [START + variant for word in title.nrm for variant in with_and_without_article(word)]
    return dict.fromkeys([*words, *(START_OF_NUMBER + ref for ref in title.refs)])


def with_and_without_article(word: str) -> list[str]:
    bare = word.removeprefix(_ARTICLE)
    return [word, bare] if bare != word and len(bare) > 1 else [word]


def beginnings(typed: str) -> tuple[list[list[str]], list[str]]:
    """What is typed so far: for each finished word its variants, the last ones being beginnings; and numbers."""
    words = [[START + variant for variant in with_and_without_article(word)] for word in analyse(typed).nrm]
    return words, [START_OF_NUMBER + ref for ref in references(fold(typed))]


def word_tokens(kept: Streams) -> dict[str, None]:
    """What finds a passage by words, numbers and beginnings: each token once."""
    found = [LETTERS["title_stm"] + stem for stem in kept.title_stm.split()]
    found += [LETTERS["body_stm"] + stem for stem in kept.body_stm.split()]
    found += [REFERENCE + ref for ref in kept.refs.split()]
    return dict.fromkeys([*found, *kept.starts.split()])


def gram_tokens(kept: Streams) -> list[str]:
    """The grams of title and body, as often as they stand there."""
    return [gram for word in (*kept.title_nrm.split(), *kept.body_nrm.split()) for gram in grams(word)]


def gram_text(kept: Streams) -> str:
    """As `gram_tokens`, joined by spaces."""
    return " ".join(map(_pieces, (*kept.title_nrm.split(), *kept.body_nrm.split())))


@lru_cache(maxsize=200_000)
def _pieces(word):
    return " ".join(grams(word))


def vocabulary(several: list[Streams]) -> Counter:
    """In how many of these passages each token stands, and how much there is of each field."""
    counted = Counter({TOTAL: len(several)})
    for kept in several:
        for name, letter in LETTERS.items():
            tokens = gram_tokens(kept) if name == "c4" else getattr(kept, name).split()
            counted.update({letter + token for token in tokens})
            counted[TOTAL + name] += len(tokens)
    return counted
