"""What the columns of a legacy table are called, in Arabic, French and English, and the words that stand in them."""

import re
import unicodedata

from home.circulars.enums import Audience, ExternalKind, Kind, Language, Predicate
from home.circulars.legacy.problems import TableRefused

_DROPPED = re.compile("[\u0640\u064b-\u0652\u0670]")  # tatweel and vowel signs
_LETTERS = str.maketrans("أإآٱىة", "ااااىه")
_OTHER = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """A word as it is compared: without accents, vowel signs, hamza on alef, capitals or punctuation."""
    plain = unicodedata.normalize("NFKD", _DROPPED.sub("", unicodedata.normalize("NFKC", text)).translate(_LETTERS))
    return _OTHER.sub(" ", "".join(part for part in plain if not unicodedata.combining(part)).casefold()).strip()


def _by_word(words: dict) -> dict:
    return {fold(word): meaning for meaning, written in words.items() for word in [meaning, *written.split(" | ")]}


_LANGUAGES = {
    Language.ARABIC: "ar | arabe | in Arabic | en arabe | بالعربية",
    Language.FRENCH: "fr | français | in French | en français | بالفرنسية",
    Language.ENGLISH: "en | anglais | in English | en anglais | بالإنجليزية",
}
_TEXTS = {
    "title": "intitulé | titre | objet | subject | العنوان | الموضوع",
    "summary": "résumé | ملخص | الملخص",
    "text": "texte | النص | نص | contenu | المحتوى",
}
_PREDICATES = {
    Predicate.AMENDS: "modifie | يعدل | يغير",
    Predicate.REPLACES: "remplace | يعوض | يحل محل",
    Predicate.ABROGATES: "abroge | ينسخ | يلغي",
    Predicate.SUSPENDS: "suspend | يوقف | يوقف العمل بـ",
    Predicate.EXTENDS: "proroge | يمدد | يمدد العمل بـ",
    Predicate.CORRECTS: "corrige | rectifie | يصحح",
    Predicate.SUPPLEMENTS: "complète | يتمم",
    Predicate.APPLIES: "applique | يطبق",
    Predicate.INTERPRETS: "interprète | يفسر",
    Predicate.CITES: "cite | références | references | يشير إلى | المراجع",
    Predicate.ANSWERS: "répond à | يجيب عن",
}
_COLUMNS = {
    "authority": "administration | issuing administration | administration émettrice | organisme | الإدارة | "
    "الإدارة المصدرة | الجهة المصدرة",
    "kind": "type | nature | النوع | نوع",
    "number": "numéro | n° | no | رقم | الرقم",
    "signed_on": "date | signed on | signé le | date de signature | التاريخ | تاريخ التوقيع | تاريخ",
    "hijri_date": "hijri date | date hégirienne | التاريخ الهجري",
    "signatory": "signataire | موقع | الموقع | الموقع عليه",
    "office": "qualité | qualité ce jour-là | fonction | الصفة | صفة الموقع | الصفة يوم التوقيع",
    "in_force_on": "in force from | en vigueur à partir du | تاريخ السريان | ساري المفعول ابتداء من",
    "expires_on": "in force until | en vigueur jusqu'au | date de fin | تاريخ الانتهاء | ساري المفعول إلى غاية",
    "review_on": "to be reviewed on | à réviser le | تاريخ المراجعة",
    "audience": "who may read it | lecteurs | visibilité | من يمكنه قراءته | الاطلاع",
    "themes": "theme | thème | thèmes | الموضوعات | المواضيع | المجال",
    "contact": "whom to ask | للاستفسار",
    "addressees": "addressee | destinataires | destinataire | الموجه إليهم | المرسل إليهم",
    "authentic": "authentic language | langue authentique | langue | language | لغة النص الأصلي | اللغة",
    "pdf": "file | fichier | scan | الملف | ملف",
} | {predicate.value: words for predicate, words in _PREDICATES.items()}
_MEANINGS = _by_word(_COLUMNS) | {fold(name): name for name in _COLUMNS}
for _part, _words in _TEXTS.items():
    for _word in [_part, *_words.split(" | ")]:
        _MEANINGS[fold(_word)] = _part
        for _language, _names in _LANGUAGES.items():
            _MEANINGS |= {fold(f"{_word} {name}"): f"{_part}_{_language.value}" for name in _names.split(" | ")}
NEEDED = ("kind", "number", "signed_on")
TEXTS = tuple(_TEXTS)


def meaning_of(header: str) -> str | None:
    return _MEANINGS.get(fold(header))


def recognise(header: list[str]) -> tuple[dict[str, str], list[str]]:
    """(the name of each column by its meaning, names that mean nothing); TableRefused when one is lacking or twice."""
    names, unknown = {}, []
    for name in header:
        meaning = meaning_of(name)
        if meaning is None:
            unknown += [name] if name else []
        elif meaning in names:
            raise TableRefused("repeated_column", first=names[meaning], second=name)
        else:
            names[meaning] = name
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise TableRefused("missing_columns", columns=", ".join(missing))
    return names, unknown


KINDS = _by_word(
    {
        Kind.CIRCULAR: "circulaire | منشور | تعميم",
        Kind.PERIODICAL: "periodical circular | circulaire périodique | دورية",
        Kind.NOTE: "memorandum | note de service | مذكرة | مذكرة مصلحية",
        Kind.DECISION: "décision | قرار | مقرر",
        Kind.LETTER: "lettre | letter of instruction | lettre circulaire | رسالة | رسالة دورية",
    }
)
EXTERNAL_KINDS = _by_word(
    {
        ExternalKind.DAHIR: "ظهير | ظهير شريف",
        ExternalKind.LAW: "loi | قانون | قانون تنظيمي",
        ExternalKind.DECREE: "décret | مرسوم",
        ExternalKind.ORDER: "arrêté | ministerial order | قرار وزاري | قرار لوزير | قرار مشترك",
        ExternalKind.BULLETIN: "bulletin officiel | official bulletin | B.O. | الجريدة الرسمية",
        ExternalKind.OTHER: "autre | other act | autre acte | نص آخر",
    }
)
AUDIENCES = _by_word(
    {
        Audience.PUBLIC: "everybody | tous | tout le monde | العموم | للعموم | عمومي",
        Audience.STAFF: "all civil servants | fonctionnaires | tous les fonctionnaires | الموظفون | جميع الموظفين",
        Audience.ADDRESSEES: "its addressees only | destinataires | ses destinataires seulement | الموجه إليهم فقط",
    }
)
LANGUAGES = _by_word(
    {
        Language.ARABIC: "arabe | Arabic | العربية | عربي",
        Language.FRENCH: "français | French | الفرنسية | فرنسي",
        Language.ENGLISH: "anglais | English | الإنجليزية",
    }
)
EVERYBODY = {fold(word) for word in ("all", "tous", "all organisations", "toutes les administrations", "جميع الإدارات")}


def look_up(words: dict, text: str):
    """What the word means, also with the Arabic article; None when it means nothing here."""
    folded = fold(text)
    return words.get(folded) or words.get(folded.removeprefix("ال"))
