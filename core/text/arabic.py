"""A light stemmer for Arabic that takes nothing off a word unless what remains is attested as a word.

Works on folded words. What is taken off: و ف ب ل ك and the article; possessives, ات, ون/ين, ان, the accusative ا,
and the final ه where the word without it is no other noun. The ي of origin stays: إدارية is not إدارة.
"""

from functools import lru_cache

from .lexicon import DECADE, alone, base, irregular, is_known, is_own_noun, singulars, whole

POSSESSIVES = ("هما", "كما", "هم", "هن", "كم", "كن", "نا", "ها")
WEAK_POSSESSIVES = ("ك", "ي")  # also endings of many plain words: only far more frequent words lose them
TINY = 70  # what a base of two letters must reach
SLACK = DECADE  # some plurals and some words with their article are more frequent than the bare word
SURE = 30  # a base seen often enough not to be a slip of somebody's pen


def _by_first_letter(prefixes):
    return {first: [each for each in prefixes if each[0][0] == first] for first in "اوفبكل"}


ARTICLES = _by_first_letter(  # with how much more frequent the word may be than what remains
    [("ال", SLACK)] + [(each, 0) for each in ["بال", "وال", "لل", "فال", "كال", "وبال", "ولل", "وكال", "فلل", "فبال"]]
)
CLITICS = _by_first_letter(["و", "ب", "ل", "ف", "ك", "وب", "ول", "وك", "فب", "فل"])


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """The stem of one folded Arabic word; a word nothing is known of keeps all but a clear article."""
    best, best_score = ending(word)
    best_score += DECADE if base(word) > 2 * SURE else DECADE // 2  # stands unless something else is clearly likelier
    if word in irregular() or word in whole():
        return best
    written = alone(word)
    for prefix, slack in ARTICLES.get(word[0], ()):
        rest = word[len(prefix) :]
        if not word.startswith(prefix) or len(rest) < 2 or _is_radical(prefix, rest):
            continue
        if written <= often(rest) + slack:
            best, best_score = _better(best, best_score, rest, 0)
            if prefix.endswith("لل"):  # للجنة is also ل + ال + لجنة
                best, best_score = _better(best, best_score, "ل" + rest, 0)
    for prefix in CLITICS.get(word[0], ()):
        rest = word[len(prefix) :]
        if word.startswith(prefix) and len(rest) >= 3 and written <= often(rest):
            best, best_score = _better(best, best_score, rest, DECADE // 2 - DECADE * len(prefix))
    return best if best_score >= SURE else _unattested(word)


def _is_radical(prefix, rest):
    """Whether ال belongs to the word: بالتزام is ب and التزام, which takes an article; والدته is not و and الدته."""
    if not prefix.endswith("ال"):
        return False
    own = base("ال" + rest)
    if own > SURE and own > base(rest) - DECADE:
        return True
    return base(rest) > 2 * SURE and not is_known("ال" + rest)


def _better(best, best_score, rest, bonus):
    found, score = ending(rest)
    if score >= (SURE if len(rest) > 2 else TINY) and score + bonus > best_score:
        return found, score + bonus
    return best, best_score


def _unattested(word):
    for prefix in () if is_known(word) else CLITICS.get(word[0], ()):
        rest = word[len(prefix) :]
        if word.startswith(prefix) and len(rest) >= 4 and ending(rest)[1]:
            return ending(rest)[0]
    for prefix in ("وبال", "ولل", "وال", "بال", "فال", "كال", "ال", "لل"):
        if word.startswith(prefix) and len(word) - len(prefix) >= 3:
            word = word[len(prefix) :]
            break
    return ending(word)[0]


def often(word: str) -> int:
    """A word with something before or behind it is no more frequent than the word itself."""
    return max(alone(word), base(word)) + 3


@lru_cache(maxsize=50_000)
def ending(word: str) -> tuple[str, int]:
    """`word` without its endings, and how well what remains is attested as a base."""
    known = irregular()
    if word in known:
        found, score = _feminine(known[word])
        return found, max(score, base(word))
    if len(word) > 3 and word not in singulars():
        score = base(word)
        shorter = word[-1] in "اهمنكي" and _possessive(word, score) or word[-1] in "اتني" and _plural(word, score)
        if shorter:
            found, found_score = ending(shorter)
            return found, max(score, found_score)
    return _feminine(word)


def _feminine(word):
    score = base(word)
    if word.endswith("ه"):
        rest = word[:-1]
        if len(word) > 3:
            return (word if is_own_noun(word) else rest), max(score, base(rest) - DECADE)
        if base(rest) > max(TINY, score + DECADE):  # حقه
            return rest, base(rest)
    return word, score


def _possessive(word, score):
    score = max(score, alone(word) - 2 * DECADE)
    if word.endswith(POSSESSIVES):
        rest = word[: -3 if word.endswith("ما") else -2]
        if found := _owned(rest, score + DECADE // 2):
            return found
    if word.endswith("ته"):  # مراسلته; a word in ته of its own (بتة) is far more frequent
        return _owned(word[:-1], score + DECADE // 2)
    if word.endswith(WEAK_POSSESSIVES):
        rest = word[:-1]
        if rest.endswith("ت") or rest in irregular():
            return _owned(rest, score + DECADE // 2)
        if len(rest) >= 3 and base(rest) > max(SURE, score + 2 * DECADE):
            return rest
    return None


def _owned(rest, least):
    """The word that `rest` is before a possessive: ت may stand for ة, ؤ and ئ for ء."""
    if len(rest) < 2:
        return None
    if rest.endswith("ت") and len(rest) > 2 and base(rest[:-1] + "ه") > max(least, base(rest)):
        return rest[:-1] + "ه"
    if rest in irregular() or base(rest) > max(least, SURE):
        return rest
    if rest.endswith("ات") and (base(rest[:-2]) > least or base(rest[:-2] + "ه") > least):
        return rest
    if rest.endswith("ي") and base(rest[:-1] + "ون"):  # موظفيها
        return rest[:-1]
    return None


def _has_sound_plural(word):
    """Whether ون or ين may follow: the one is attested, or the other as a rarer word than the singular."""
    return base(word + "ون") > 0 or 0 < base(word + "ين") < min(SURE, base(word) - DECADE // 2)


def _plural(word, score):
    rest = word[:-2]
    if word.endswith("ات"):
        singular = rest + "ه"
        if base(singular) > SURE and (is_own_noun(singular) or base(singular) > base(rest)):
            return singular
        if len(rest) >= 3 and base(rest) > SURE:
            return rest
    elif word.endswith(("تان", "تين")) and base(word[:-3] + "ه") > max(SURE, score + DECADE):
        return word[:-3] + "ه"
    elif word.endswith(("ون", "ين", "ان")) and len(rest) >= 3:
        persons = not word.endswith("ان") and _has_sound_plural(rest) and base(rest) > SURE
        if alone(word) > often(rest) + SLACK:
            return None
        if persons or base(rest) > max(SURE, score + 2 * DECADE):
            return rest
    if word.endswith("ا") and len(word) > 3 and base(word[:-1]) > max(SURE, score + DECADE):
        return word[:-1]
    if word.endswith("ي") and base(word[:-1]) > max(SURE, score + DECADE // 2) and base(word[:-1] + "ون"):
        return None if base(word + "ه") > SURE else word[:-1]  # فلاحي, of farming, has a feminine; موظفي has none
    return None
