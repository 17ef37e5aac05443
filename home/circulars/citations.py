"""Citations of acts in Arabic and French text: typed, pasted, or read from a PDF in the order it was painted.

What is found is proposed to an editor, never believed. Every pattern is bounded, so the work grows with the text and no
faster. Not recognised: all but the first in a list sharing one noun (“les lois n° 1-23 et 4-56”), acts named without
number or day, and a date cut in two by a footnote's mark.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from .numbers import normalise

_DROPPED = re.compile("[\u00ad\u0640\u064b-\u0652\u0670\u061c\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_LETTERS = str.maketrans(dict(zip("أإآٱىیکھ", "اااايي\u0643ه", strict=True)) | dict.fromkeys("’‘´ʼ", "'"))
_LETTERS |= str.maketrans(dict.fromkeys("‐‑–—−", "-") | dict.fromkeys("º\x83", "°"))


@dataclass(frozen=True)
class Citation:
    """`start` and `end` count in the given text; `number` is normalised, empty for an act known by its day only."""

    start: int
    end: int
    text: str
    kind: str
    number: str
    date: date | None
    language: str


def find(text: str) -> list[Citation]:
    """The citations in a text, in its order."""
    folded, places = _fold(text)
    found = []
    for language, pattern in (("ar", _ARABIC), ("fr", _FRENCH)):
        for match in pattern.finditer(folded):
            kind = next(kind for kind in KINDS if match.groupdict().get(kind))
            written = match["number"] or match.groupdict().get("bare")
            number = normalise(written) if written else ""
            if kind in _COMPOUND and number.isdecimal():
                continue
            cited = folded[match.start("cite") : match.end()]
            if cited.endswith(")") and cited.count("(") < cited.count(")"):
                cited = cited[:-1].rstrip()
            start = places[match.start("cite")]
            end = places[match.start("cite") + len(cited) - 1] + 1
            found.append(Citation(start, end, text[start:end], kind, number, _day(match), language))
    return sorted(found, key=lambda citation: citation.start)


def _fold(text):
    """The text as the patterns read it, and where each of its characters stands in the original."""
    letters, places = [], []
    for place, letter in enumerate(text):
        if _DROPPED.match(letter):
            continue
        if letter.isspace():
            if letters and letters[-1] == " ":
                continue
            plain = " "
        elif letter.isascii():
            plain = letter.lower()
        else:
            plain = unicodedata.normalize("NFKC", letter.translate(_LETTERS)).translate(_LETTERS)
            if plain.isdecimal():
                plain = "".join(str(unicodedata.decimal(digit)) for digit in plain)
            elif not "\u0600" <= plain[:1] <= "\u06ff":
                plain = "".join(
                    part for part in unicodedata.normalize("NFD", plain.lower()) if not unicodedata.combining(part)
                )
        letters.append(plain)
        places += [place] * len(plain)
    return "".join(letters), places


def _day(match) -> date | None:
    """The Gregorian day as written; the Hijri one is never converted."""
    for number in range(1, 9):
        written, month, year = (match.groupdict().get(f"{part}{number}") for part in ("day", "month", "year"))
        if year:
            day = int(written) if written.isdecimal() else 1
            month = int(month) if month.isdecimal() else _MONTHS[month]
            try:
                return date(int(year), month, day)
            except ValueError:
                return None
    return None


# --- words: as folded, so without hamza on alef, vowel signs or accents -------------------------------------------
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "يناير janvier",
            "فبراير يبراير fevrier",
            "مارس mars",
            "ابريل avril",
            "ماي مايو mai",
            "يونيو يونيه juin",
            "يوليوز يوليو يوليه juillet",
            "غشت اغسطس aout",
            "شتنبر سبتمبر septembre",
            "اكتوبر octobre",
            "نونبر نوفمبر novembre",
            "دجنبر ديسمبر decembre",
        ),
        1,
    )
    for name in names.split()
}
KINDS = ("dahir", "decree", "law", "ordinance", "order", "decision", "circular", "note", "letter", "gazette")
_COMPOUND = frozenset({"dahir", "decree", "law", "ordinance"})  # never numbered with one plain figure


def _either(names):
    return "|".join(sorted(names, key=len, reverse=True))


_MONTH = f"(?:{_either(_MONTHS)})"
_YEAR = r"(?:1[89]|20)\d\d(?!\d)"
_HIJRI_YEAR = r"1[2-4]\d\d(?!\d)"
_GAP = r"[ ()،]{0,4}"


def _gregorian(number, day, *, before="", between=" ?"):
    return rf"(?P<day{number}>{day}){before}{between}(?P<month{number}>{_MONTH}){_GAP}(?P<year{number}>{_YEAR})"


def _figures(number):
    return rf"(?P<day{number}>\d{{1,2}}) ?[/.-] ?(?P<month{number}>\d{{1,2}}) ?[/.-] ?(?P<year{number}>{_YEAR})"


# --- Arabic -------------------------------------------------------------------------------------------------------
_AR_DAY = r"(?:\d{1,2}|فاتح)"
# «الأولى» and «الآخرة» also as PDFs give them, alef and lam exchanged.
_AR_HIJRI = (
    rf"{_AR_DAY} ?(?:من ?)?(?:محرم|صفر|ربيع (?:ال|اال|الا)(?:ول|ثاني|خر)|جمادي (?:ال|اال|الا)(?:ولي|ثانية|خرة|خري)"
    r"|رجب|شعبان|رمضان|شوال|ذ[يو] (?:القعدة|الحجة))"
)


def _arabic_date(first):
    # «13 من ذي القعدة 1413 (5 ماي 1993)», which PDFs give as «13من ذي القعدة 5( 1413ماي ،)1993».
    painted = _gregorian(first, _AR_DAY, before=rf"[ ()]{{1,3}}{_HIJRI_YEAR}")
    clean = rf"{_HIJRI_YEAR}(?:{_GAP}(?:الموافق ?(?:ل ?)?)?{_gregorian(first + 1, _AR_DAY)})?"
    hijri = rf"{_AR_HIJRI}{_GAP}(?:{painted}|{clean})"
    return rf"(?:{hijri}|{_gregorian(first + 2, _AR_DAY)}|{_figures(first + 3)})(?: ?\))?"


_AR_NUMBER = r"(?:[ء-ي]{1,2} ?/ ?)?\d{1,5}(?:[./-]{1,2}\d{1,5}){0,4}(?!\d)(?: مكرر)?"
_AR_NOUNS = "قانون|ظهير|مرسوم|قرار|مقرر|منشور|دورية|مذكرة|رسالة|مادة|فصل|جريدة|رقم|عدد|ملحق|عقد|طريق|رسم|حساب"
_AR_WORD = rf"(?: (?![وف]?[بكل]?(?:ال|ل)?(?:{_AR_NOUNS})(?![ء-ي]))[ء-ي]{{1,16}})"
_AR_ACTS = (
    r"(?:(?P<dahir>ظهير(?: (?:ال)?شريف)?(?: المعتبر)?(?: بمثابة قانون)?)"
    r"|(?P<decree>مرسوم(?: (?:ال)?ملكي| بقانون| بمثابة قانون)?)"
    r"|(?P<law>قانون(?: المالية لسنة \d{4}(?= ?رقم))?)"
    r"|(?P<order>قرار)|(?P<decision>مقرر)|(?P<circular>منشور|دورية)|(?P<note>مذكرة)|(?P<letter>رسالة)"
    r"|(?P<gazette>جريدة الرسمية))(?:(?<=\d)|(?![ء-ي]))"
)
_AR_ISSUED = (
    r"(?: ?(?:المشار|السالف|سالف|اليه|الذكر|اعاله|اعلاه|انفا|المعتبر|بمثابة|قانون)){0,4} ?"
    r"(?:(?:ال)?(?:صادرة?|مؤرخة?) )?(?:في|بتاريخ|يوم) ?"
)
_ARABIC = re.compile(
    rf"(?<![ء-ي])[وف]?[بكل]?ل?(?P<cite>(?:ال)?{_AR_ACTS}"
    rf"(?:{_AR_WORD}{{0,14}} ?(?:رقم|عدد)[ :،(]{{0,4}}(?P<number>{_AR_NUMBER})\)?"
    rf"(?:{_AR_ISSUED}{_arabic_date(1)})?"
    rf"|(?(law)(?!))(?(gazette)(?!)){_AR_WORD}{{0,8}} (?:ال)?(?:صادرة?|مؤرخة?) (?:في|بتاريخ|يوم|ب) ?{_arabic_date(5)}))"
)

# --- French -------------------------------------------------------------------------------------------------------
_FR_DAY = r"\d{1,2}"
_FR_HIJRI = (
    r"\d{1,2} ?(?:er )?(?:moharr?[ae]m|muharram|safar|rabi[a-z]{0,2}|j[ou]{1,2}mada|rejeb|rajab|chaa?bane?|ramadh?an"
    r"|cha[ou]{1,2}al|chawwal|(?:dou |dhou )?(?:al |el )?(?:kaada|qaada|hija|hijja))"
    r"(?: (?:ii?|1|2|premier|[ae]l [a-z]{1,9}))?"
)


def _french_date(first):
    after, alone = (_gregorian(first + place, _FR_DAY, before=r"(?: ?er)?") for place in range(2))
    hijri = rf"{_FR_HIJRI} {_HIJRI_YEAR}(?: ?\( ?(?:{after}|{_figures(first + 2)}))?"
    return rf"(?:{hijri}|{alone}|{_figures(first + 3)})(?: ?\))?"


_FR_MARK = r"(?:n ?(?:°|o\.?(?= ?\d)) ?|numero |num\. ?)"
_FR_FIGURES = r"\d{1,5}(?:[./-]\d{1,5}){0,4}(?:/[a-z]{1,6}){0,2}(?!\d)"
_FR_COMPOUND = r"\d{1,5}(?:[./-]\d{1,5}){1,4}(?!\d)"
_FR_NOUNS = "loi|lois|dahir|decret|arrete|decision|circulaire|note|lettre|bulletin|article|modele|annexe"
_FR_WORD = rf"(?:[ '-]{{1,2}}(?!(?:{_FR_NOUNS})(?![a-z]))[a-z]{{1,20}})"
_FR_ACTS = (
    r"(?:(?P<dahir>dahir(?: portant loi)?)|(?P<decree>decret(?:-loi| royal)?)"
    r"|(?P<law>loi(?:[ -](?:organique|cadre|de finances))?)|(?P<ordinance>ordonnance)|(?P<order>arrete)"
    r"|(?P<decision>decision)|(?P<circular>circulaire)|(?P<note>note(?: de service| circulaire)?)|(?P<letter>lettre)"
    r'|(?P<gazette>bulletin officiel(?: ?["»”])?|b\. ?o\.?))(?![a-z])'
)
_FR_ISSUED = r" ?(?:\(|en date du |date du |du |de |, )?"
_FRENCH = re.compile(
    rf"(?<![a-z])(?P<cite>{_FR_ACTS}"
    rf"(?:(?:{_FR_WORD}{{0,14}} ?,? ?{_FR_MARK}(?P<number>{_FR_FIGURES})| (?P<bare>{_FR_COMPOUND}))"
    rf"(?:{_FR_ISSUED}{_french_date(1)})?"
    rf"|(?(law)(?!))(?(gazette)(?!)){_FR_WORD}{{0,12}} (?:du|en date du) {_french_date(5)}))"
)
