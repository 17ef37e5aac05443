"""What the receipt says in Arabic and in French: fixed with the template's version, so not in the catalogues."""

from datetime import date, datetime

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from core.dates import local
from core.formats import filesize_text, moment_text, weekday_text
from core.text import LRI, PDI, ltr

FSI = "\u2068"
AR_MONTHS = ["يناير", "فبراير", "مارس", "أبريل", "ماي", "يونيو", "يوليوز", "غشت", "شتنبر", "أكتوبر", "نونبر", "دجنبر"]
AR_DAYS = ["الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد"]
FR_MONTHS = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
]
FR_DAYS = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"]

CAPACITY = {
    "citizen": ("مواطن", "Citoyen"),
    "person": ("مواطن", "Citoyen"),
    "company": ("مقاولة", "Entreprise"),
    "association": ("جمعية", "Association"),
    "administration": ("إدارة", "Administration"),
}
ASSURANCE = {
    "declared": ("هوية مصرح بها، لم يتم التحقق منها", "Identité déclarée, non vérifiée"),
    "email_confirmed": ("بريد إلكتروني تم التحقق منه", "Adresse électronique vérifiée"),
    "at_counter": ("إيداع في الشباك أمام عون مكتب الضبط", "Dépôt au guichet, devant un agent du bureau d’ordre"),
}
CHANNEL = {
    "portal": ("البوابة الإلكترونية", "Portail"),
    "counter": ("شباك مكتب الضبط", "Guichet du bureau d’ordre"),
    "post": ("البريد", "Courrier postal"),
    "redirected": ("إحالة من إدارة أخرى", "Transmis par une autre administration"),
}
SCAN = {
    "clean": ("فُحص ولا مانع", "analysé, sain"),
    "waiting": ("لم يُفحص بعد", "analyse en attente"),
    "not_scanned": ("لم يُفحص بعد", "non analysé"),
    "infected": ("يحمل برنامجا ضارا", "contient un programme malveillant"),
}
SILENCE = {
    "accepted": ("السكوت بعد هذا التاريخ قبول", "Passé cette date, le silence vaut acceptation"),
    "refused": ("السكوت بعد هذا التاريخ رفض", "Passé cette date, le silence vaut refus"),
}
SEAL = {
    "stamped": (
        "مختوم إلكترونيا، مع ختم زمني. كل تغيير في هذا الملف يبطل الخاتم.",
        "Scellé électroniquement, avec horodatage. Toute modification invalide le cachet.",
    ),
    "sealed": (
        "مختوم إلكترونيا. كل تغيير في هذا الملف يبطل الخاتم.",
        "Scellé électroniquement. Toute modification de ce fichier invalide le cachet.",
    ),
    "none": (
        "غير مختوم بعد. التسجيل تام والرقم ثابت، وتصدر نسخة مختومة من هذا الوصل فور توفر الخاتم.",
        "Pas encore scellé. L’enregistrement est acquis ; une édition scellée suivra dès que le cachet sera "
        "disponible.",
    ),
}


def isolated(text) -> str:
    """What somebody else wrote, kept from mixing with the sentence around it; its own direction decides."""
    return f"{FSI}{text}{PDI}" if text else ""


def as_moment(value) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) and value else value or None


def as_date(value) -> date | None:
    return date.fromisoformat(value[:10]) if isinstance(value, str) and value else value or None


def ar_day(value, *, weekday=False) -> str:
    day = as_date(value)
    if not day:
        return ""
    text = f"{ltr(day.day)} {AR_MONTHS[day.month - 1]} {ltr(day.year)}"
    return f"{AR_DAYS[day.weekday()]} {text}" if weekday else text


def fr_day(value, *, weekday=False) -> str:
    day = as_date(value)
    if not day:
        return ""
    text = f"{'1er' if day.day == 1 else day.day} {FR_MONTHS[day.month - 1]} {day.year}"
    return f"{FR_DAYS[day.weekday()].capitalize()} {text}" if weekday else text


def clock(moment: datetime) -> str:
    """10:42:07 (UTC+0), the office's wall clock with its offset."""
    here = local(moment)
    hours, minutes = divmod(int(here.utcoffset().total_seconds()) // 60, 60)
    return f"{here:%H:%M:%S} (UTC{hours:+d}{f':{minutes:02d}' if minutes else ''})"


def ar_moment(moment: datetime) -> str:
    return f"{ar_day(local(moment).date(), weekday=True)} على الساعة {ltr(clock(moment))}"


def fr_moment(moment: datetime) -> str:
    return ltr(f"{fr_day(local(moment).date(), weekday=True)} à {clock(moment)}")


def ar_count(number: int, *, one: str, two: str, few: str, many: str) -> str:
    """Arabic counts: 1 and 2 are words, 3–10 take the plural, 11–99 the accusative, full hundreds the singular."""
    if number == 1:
        return one
    if number == 2:
        return two
    tail = number % 100
    return f"{ltr(number)} {few if 3 <= tail <= 10 else many if tail > 10 else one}"


def ar_days(number: int) -> str:
    return ar_count(number, one="يوم", two="يومان", few="أيام", many="يوما")


def grouped(number: int) -> str:
    """48 211, with no-break spaces."""
    return f"{number:,}".replace(",", "\u00a0")


def hash_lines(value: str) -> list[str]:
    """A SHA-256 in two lines of four groups."""
    groups = [value[start : start + 8] for start in range(0, len(value), 8)]
    return [f"{LRI}{' '.join(groups[:4])}{PDI}", f"{LRI}{' '.join(groups[4:])}{PDI}"]


# --- the receipt on a page, in the reader's language ------------------------------------------------------------------


def statement(facts: dict) -> dict:
    """What a receipt states as `lines` of (label, values) and `files`; empty once the words are erased."""
    if not facts:
        return {"lines": [], "files": []}
    organisation, depositor = facts.get("organisation") or {}, facts.get("depositor") or {}
    lines = [
        (_("Number"), [ltr(facts.get("number"))]),
        (_("Moment of receipt"), [moment_text(as_moment(facts.get("moment")))]),
        (_("Time limits count from"), [weekday_text(as_date(facts.get("effective_on")))]),
        (_("Receiving administration"), [_named(organisation, "name"), _named(organisation, "office")]),
        (_("Addressee"), [_in_words(facts.get("addressee"))]),
        (_("Sender"), [isolated(depositor.get("name")), isolated(depositor.get("on_behalf_of"))]),
        (_("Identity"), [_of(ASSURANCE, facts.get("assurance"))]),
        (_("Type of letter"), [_in_words(facts.get("type"))]),
        (_("Subject"), [isolated(facts.get("subject"))]),
        (_("Your reference"), [isolated(facts.get("own_reference"))]),
        (_("Unit in charge"), [_in_words(facts.get("unit_in_charge"))]),
        (_("Answer due"), [weekday_text(as_date(facts.get("due_on")))]),
        (_("Missing documents"), [_in_words(piece) for piece in facts.get("missing_pieces") or []]),
        (_("Declarations"), [_in_words(item) for item in facts.get("declarations") or []]),
        (_("Appeals"), [_in_words(facts.get("appeals"))]),
    ]
    return {
        "lines": [{"label": label, "values": [v for v in values if v]} for label, values in lines if any(values)],
        "files": [_page_file(file) for file in facts.get("files") or []],
    }


def _page_file(file):
    pages = file.get("pages")
    return {
        "order": file.get("order"),
        "name": isolated(file["name"]),
        "label": isolated(file.get("label")),
        "size": filesize_text(file["size"]),
        "pages": ngettext("%(pages)s page", "%(pages)s pages", pages) % {"pages": ltr(pages)} if pages else "",
        "scan": _of(SCAN, file.get("scan_state")),
        "sha256": file["sha256"],
    }


def _place():
    return 0 if (get_language() or "ar").startswith("ar") else 1


def _of(words, code):
    if get_language() == "en":
        return str(_ENGLISH.get(code, ""))
    return words.get(code, ("", ""))[_place()]


def _named(names, stem):
    return names.get(f"{stem}_ar" if _place() == 0 else f"{stem}_fr") or names.get(f"{stem}_ar") or ""


def _in_words(names):
    names = names or {}
    return names.get("ar" if _place() == 0 else "fr") or names.get("ar") or ""


_ENGLISH = {
    "declared": "Declared identity, not verified",
    "email_confirmed": "E-mail address confirmed",
    "at_counter": "Handed in at the counter of the registry office",
    "clean": "scanned, no threat",
    "waiting": "not scanned yet",
    "not_scanned": "not scanned yet",
    "infected": "holds malware",
}
