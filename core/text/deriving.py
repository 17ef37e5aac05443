"""Makes `data/lexicon.xz` from a list of Arabic words as they are written, with their frequencies.

What the stemmer asks of a folded word X is kept: how often X stands behind an article («الX», «بالX», «والX»: X is a
base), how often it stands alone, and whether «Xة» is a noun of its own beside X. Run as data/README.md says.
"""

import gzip
import lzma
import math
import re
import sys
from collections import defaultdict
from pathlib import Path

from .folding import fold

DATA = Path(__file__).parent / "data"
ARTICLE = re.compile("[وف]?[بك]?ال(.{2,})")
INHERENT = re.compile("[أإآ]ل(?![ىاي])|آلي")  # ألمانيا, إلغاء, آلية: not the article; إلى, إلا, إليه are no nouns
WORD = re.compile("[\u0621-\u064a\u067e\u0686\u06a4\u06ad\u06af]+")
POSSESSIVES = ("ه", "ها", "هم", "نا", "كم", "هما")
LEAST = 36  # scores below this are left out, unless the word is a base
DECADE = 25  # score of a tenfold frequency


def derive(words):
    """(word, base, alone, own) from (word, frequency) pairs; scores are logarithms, 25 for a factor of ten."""
    alone, base, written = defaultdict(float), defaultdict(float), defaultdict(float)
    for word, frequency in words:
        if not WORD.fullmatch(word):
            continue
        folded = fold(word)
        alone[folded] += frequency
        written[word] += frequency
        if INHERENT.match(word):
            base[folded] += frequency
        elif found := ARTICLE.fullmatch(word):
            base[fold(found[1])] += frequency
    facts = []
    for word in sorted(alone.keys() | base.keys()):
        scores = score(base.get(word, 0)), score(alone.get(word, 0))
        if not 2 <= len(word) <= 14 or (not scores[0] and scores[1] < LEAST) or max(scores) < 12:
            continue
        own = word.endswith("ه") and score(sum(alone.get(word[:-1] + "ت" + each, 0) for each in POSSESSIVES))
        facts.append((word, *scores, own or 0))
    return facts


def score(frequency):
    return max(0, round(DECADE * (8 + math.log10(frequency)))) if frequency else 0


def main(source):
    import msgpack  # noqa: PLC0415 - needed here only

    header, *bins = msgpack.unpackb(gzip.decompress(Path(source).read_bytes()), raw=False)
    if header != {"format": "cB", "version": 1}:
        raise SystemExit(f"{source}: not a word list in cB format")
    facts = derive((word, 10 ** (-place / 100)) for place, words in enumerate(bins) for word in words)
    words, *scores = zip(*facts, strict=True)
    packed = b"\0".join(["\n".join(words).encode(), b"".join(map(bytes, scores))])
    (DATA / "lexicon.xz").write_bytes(lzma.compress(packed, preset=9 | lzma.PRESET_EXTREME))


if __name__ == "__main__":
    main(sys.argv[1])
