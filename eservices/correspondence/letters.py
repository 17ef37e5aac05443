"""Letters the administration writes by form: the request for missing documents, and the attestation that silence means
acceptance. What they say in Arabic and French is fixed with the version, so it is not in the catalogues.
"""

import unicodedata

from django.utils import translation

from core.evidence.documents import contact_line, shown
from core.evidence.models import SealLevel
from core.evidence.wording import SEAL, ar_day, ar_days, ar_moment, fr_day, fr_moment, isolated
from core.text import ltr
from eservices.correspondence.enums import FormLetter

LETTER = "correspondence/letter"
VERSION = "letter/ar-fr/v1"
NO_SEAL = (
    "غير مختوم: ليس لهذه المنصة خاتم إلكتروني. الرقم والتاريخ ثابتان في سجل الصادرات.",
    "Non scellé : cette installation n’a pas de cachet électronique. Numéro et date figurent au registre des départs.",
)
_STATED = ("name_ar", "name_fr", "address_ar", "address_fr", "phone", "email")


def letter_context(letter, level) -> dict:
    """What `documents.render` needs for a form letter, sealed at `level`: its words in Arabic and in French."""
    organisation = letter.organisation
    seal_ar, seal_fr = NO_SEAL if level == SealLevel.NONE else SEAL[str(level)]
    words = _WORDS[FormLetter(letter.form_letter)](letter)
    moment = letter.entry.registered_at
    words["ar"] |= {"moment": ar_moment(moment)}
    words["fr"] |= {"moment": fr_moment(moment)}
    stated = {name: getattr(organisation, name) for name in _STATED}
    return shown(
        {
            "number": letter.number,
            "organisation": stated,
            "recipient": isolated(letter.party.on_behalf_of or letter.party.name),
            "subject": isolated(letter.reply_to.subject),
            "is_sealed": level != SealLevel.NONE,
            "seal_ar": seal_ar,
            "seal_fr": seal_fr,
            "contact": contact_line(stated),
            "version": VERSION,
            "quoted": None,
            **words,
        }
    ) | {"created": moment}


def _pieces(letter):
    """Asks for documents (law 55-19, art. 12): which, until when, and what becomes of the time limit."""
    request = letter.pieces_request
    unit, due = request.item.owner_unit, request.due_on.isoformat()
    with translation.override("ar"):
        person_ar = request.by.get_full_name()
    with translation.override("fr"):
        person_fr = request.by.get_full_name()
    return {
        "quoted": _quoted(request.text),
        "ar": {
            "title": "طلب وثائق ناقصة",
            "sender": unit.name_ar,
            "reference": _reference_ar(letter.reply_to),
            "before": ["سلام تام بوجود مولانا الإمام،", "وبعد، فقد تبين عند دراسة ملفكم أن الوثائق الآتية تنقصه:"],
            "after": [
                f"المرجو موافاتنا بها دفعة واحدة قبل نهاية يوم {ar_day(due, weekday=True)}. يتوقف احتساب الأجل إلى حين "
                "التوصل بها، ولا تُطلب وثائق أخرى بعد هذا الطلب. وإذا لم نتوصل بها في هذا الأجل، يُحفظ الملف.",
                "يمكن إرسالها من صفحة التتبع، أو تسليمها إلى مكتب الضبط.",
                "وتقبلوا فائق التقدير والاحترام.",
            ],
            "sign": f"{unit.name_ar} · {isolated(person_ar)}",
        },
        "fr": {
            "title": "Demande de pièces manquantes",
            "sender": unit.name_fr,
            "text": [
                ltr(f"Réf. : {_reference_fr(letter.reply_to)}"),
                "L’examen de votre dossier fait apparaître qu’il y manque les pièces indiquées ci-dessus.",
                ltr(
                    f"Veuillez nous les adresser en une seule fois, au plus tard le {fr_day(due)}. Le délai est "
                    "suspendu jusqu’à leur réception et aucune autre pièce ne sera demandée ensuite. À défaut de "
                    "réception dans ce délai, le dossier sera classé."
                ),
                "Vous pouvez les envoyer depuis la page de suivi ou les remettre au bureau d’ordre.",
            ],
            "sign": ltr(f"{unit.name_fr} · {person_fr}"),
        },
    }


def _attestation(letter):
    """Attests that nobody answered in time, which the law counts as acceptance (law 55-19)."""
    request = letter.reply_to
    told = request.item.sender_notices.filter(event="silence_accepted").latest("at").data
    issuer, due, days = told["issuer"], told["due_on"], request.act_type.max_days
    type_ar, type_fr = request.act_type.name_ar, request.act_type.name_fr
    return {
        "ar": {
            "title": "شهادة بالموافقة لسكوت الإدارة",
            "sender": issuer["ar"],
            "reference": _reference_ar(request),
            "before": [
                f"تشهد الإدارة ({issuer['ar']}) بأن الطلب المشار إليه أعلاه، من نوع «{type_ar}»، لم يصدر بشأنه جواب "
                f"قبل انصرام الأجل الأقصى المحدد في {ar_days(days)}، الذي انتهى يوم {ar_day(due, weekday=True)}.",
                f"وطبقا للقانون رقم {ltr('55.19')} المتعلق بتبسيط المساطر والإجراءات الإدارية، يُعتبر سكوت الإدارة بعد "
                "هذا الأجل بمثابة موافقة على الطلب.",
                "سُلمت هذه الشهادة للإدلاء بها عند الاقتضاء.",
            ],
            "after": [],
            "sign": issuer["ar"],
        },
        "fr": {
            "title": "Attestation d’acceptation par silence",
            "sender": issuer["fr"],
            "text": [
                ltr(f"Réf. : {_reference_fr(request)}"),
                ltr(
                    f"L’administration ({issuer['fr']}) atteste que la demande citée en référence, du type "
                    f"« {type_fr} », n’a reçu aucune réponse dans le délai maximal de {days} jours, arrivé à échéance "
                    f"le {fr_day(due)}."
                ),
                ltr(
                    "Conformément à la loi n° 55-19 relative à la simplification des procédures et des formalités "
                    "administratives, le silence de l’administration au-delà de ce délai vaut acceptation de la "
                    "demande."
                ),
                "La présente attestation est délivrée pour servir et valoir ce que de droit.",
            ],
            "sign": ltr(issuer["fr"]),
        },
    }


_WORDS = {FormLetter.PIECES: _pieces, FormLetter.ATTESTATION: _attestation}


def _reference_ar(request):
    day = ar_day(request.entry.local_date.isoformat())
    return f"مراسلتكم رقم {ltr(request.number)} المسجلة يوم {day}{_own_reference(request)}"


def _reference_fr(request):
    return f"votre courrier n° {request.number} enregistré le {fr_day(request.entry.local_date.isoformat())}"


def _own_reference(request):
    return f"، مرجعكم {isolated(request.own_reference)}" if request.own_reference else ""


def _quoted(text):
    """What the agent wrote, line by line, set in the direction of its first letter."""
    strong = next((kind for kind in map(unicodedata.bidirectional, text) if kind in ("L", "R", "AL")), "AL")
    return {"lines": [isolated(line) for line in text.splitlines()], "is_latin": strong == "L"}
