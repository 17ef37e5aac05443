"""Official documents as PDF: `render(document, context) -> bytes`, and what the receipt's page shows.

The HTML comes from `templates/<label>/pdf/<name>.html`; setting it is `typeset`'s work. `render` does it in this
process, `print_document` in a warm child with a memory and a time limit: the worker uses that one.
"""

import io

import segno
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from core.evidence import press, wording
from core.evidence.wording import ar_day, as_moment, fr_day, isolated
from core.text import LRI, PDI, ltr

RECEIPT = "evidence/receipt"
RECEIPT_VERSION = "receipt/ar-fr/v1"
FILES_ON_FIRST_PAGE, FILES_ON_NEXT_PAGES = 4, 10


def render(document: str, context: dict) -> bytes:
    """The PDF of `document` (e.g. "evidence/receipt", set by assets/receipt.css) for `context`: a pure function.

    `context` is what the template shows, and besides: `created` (datetime), `images` ({name: bytes}), `attachments`
    (press.Attachment), `page_goal` (set closer until it has no more pages).
    """
    from core.evidence import typeset  # noqa: PLC0415 - loads WeasyPrint, which no web process needs

    return typeset.typeset(job(document, context))


def print_document(document: str, context: dict) -> bytes:
    """As `render`, in the warm child. Raises RenderingFailed for whatever goes wrong there."""
    return press.press.set(job(document, context))


def job(document: str, context: dict) -> press.Job:
    label, name = document.split("/")
    html = render_to_string(f"{label}/pdf/{name}.html", {**context, "lri": mark_safe(LRI), "pdi": mark_safe(PDI)})  # noqa: S308 - constants
    return press.Job(
        html=html,
        stylesheet=f"{name}.css",
        created=context["created"],
        images=context.get("images", {}),
        attachments=tuple(context.get("attachments", ())),
        pages=context.get("page_goal", 0),
        densities=("", "dense", "tight") if context.get("page_goal") else ("",),
    )


# --- the receipt ---------------------------------------------------------------------------------------------------


def receipt_context(
    facts: dict, *, token, seal_level, tracking_code="", position=None, tree_size=None, attachments=()
) -> dict:
    """Everything the receipt prints, worded in Arabic and French. `seal_level` is a key of wording.SEAL."""
    facts = shown(facts)
    moment = as_moment(facts["moment"])
    address = f"{settings.PUBLIC_URL}/v/{token}"
    pages = _pages(facts.get("files") or [])
    organisation = {key: facts["organisation"].get(key) or "" for key in _ORGANISATION}
    seal_ar, seal_fr = wording.SEAL[seal_level]
    return {
        "number": facts["number"],
        "organisation": organisation,
        "moment_ar": wording.ar_moment(moment),
        "moment_fr": wording.fr_moment(moment),
        "rows": _rows(facts),
        "pages": pages,
        "file_count": len(facts.get("files") or []),
        "terms": {"title_ar": "الأجل وأثر السكوت", "title_fr": "Délai et effet du silence", **_terms(facts)}
        if facts.get("max_days") or facts.get("due_on")
        else {"title_ar": "ماذا يعني هذا الوصل", "title_fr": "Portée de ce récépissé", **_terms(facts)},
        "seal_level": seal_level,
        "seal_ar": seal_ar,
        "seal_fr": seal_fr,
        "tracking_code": tracking_code,
        "position": wording.grouped(position + 1) if position is not None else "–",
        "tree_size": wording.grouped(tree_size) if tree_size else "–",
        "address": address.removeprefix("https://").removeprefix("http://"),
        "contact": contact_line(organisation),
        "privacy_ar": _privacy_ar(facts),
        "privacy_fr": _privacy_fr(facts),
        "version": RECEIPT_VERSION,
        "created": moment,
        "images": {"qr.svg": qr_svg(address)},
        "attachments": attachments,
        "page_goal": len(pages),
    }


def qr_svg(text: str) -> bytes:
    """A QR code as SVG, error correction M: it survives a stamp on its corner."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False, boost_error=False).save(
        out, kind="svg", border=0, scale=4, xmldecl=False, svgns=True
    )
    return out.getvalue()


def masked_cin(value: str) -> str:
    """An identity card number of which only the ends are shown."""
    text = (value or "").strip()
    return f"{text[:2]}{'•' * (len(text) - 4)}{text[-2:]}" if len(text) > 4 else "•" * len(text)


def contact_line(organisation: dict) -> str:
    return _joined(organisation["address_ar"], ltr(organisation["phone"]), ltr(organisation["email"]))


_ORGANISATION = ("name_ar", "name_fr", "office_ar", "office_fr", "address_ar", "address_fr", "phone", "email")


_UNSEEN = frozenset(map(ord, " \u00a0\u2066\u2067\u2068\u2069\u200c\u200d"))  # needs no glyph


def shown(value):
    """The facts as our fonts can show them: a character none has becomes U+FFFD; the manifest keeps the true text."""
    if isinstance(value, str):
        return value.translate(dict.fromkeys(set(map(ord, value)) - press.characters() - _UNSEEN, "\ufffd"))
    if isinstance(value, dict):
        return {key: shown(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shown(item) for item in value]
    return value


def _rows(facts):
    depositor = facts.get("depositor") or {}
    rows = [
        _row("الإيداع", "Dépôt", *_pair(wording.CHANNEL, facts.get("channel"))),
        _row(
            "تاريخ احتساب الأجل",
            "Date d’effet",
            ar_day(facts.get("effective_on"), weekday=True),
            ltr(fr_day(facts.get("effective_on"), weekday=True)),
        ),
        _row("المرسل إليه", "Destinataire", *_names(facts.get("addressee"))),
        _both("المودِع وصفته", "Déposant, qualité", *_depositor(depositor)),
        _row("مستوى التحقق", "Niveau d’identité", *_pair(wording.ASSURANCE, facts.get("assurance"))),
        _row("النوع", "Type", *_names(facts.get("type"))),
        _both("الموضوع", "Objet", isolated(facts.get("subject"))),
        _row("الجهة المكلفة", "Service chargé", *_names(facts.get("unit_in_charge"))),
        _both("مرجع المودِع", "Référence", _reference(facts)),
        _row("التصريحات", "Déclarations", *_listed(facts.get("declarations"))),
    ]
    return [row for row in rows if row]


def _row(ar_label, fr_label, ar="", fr=""):
    return {"ar_label": ar_label, "fr_label": fr_label, "ar": ar or fr, "fr": fr} if ar or fr else None


def _both(ar_label, fr_label, *lines):
    lines = [line for line in lines if line]
    return {"ar_label": ar_label, "fr_label": fr_label, "both": lines} if lines else None


def _pair(words, code):
    return words.get(code) or ((isolated(code), ltr(code)) if code else ("", ""))


def _names(names):
    names = names or {}
    return names.get("ar") or "", ltr(names.get("fr") or "")


def _listed(items):
    items = items or []
    return "؛ ".join(item["ar"] for item in items if item.get("ar")), ltr(
        " ; ".join(item["fr"] for item in items if item.get("fr"))
    )


def _depositor(depositor):
    capacity = " / ".join(part for part in _pair(wording.CAPACITY, depositor.get("capacity")) if part)
    who = _joined(isolated(depositor.get("name")), capacity)
    marks = _joined(
        f"بطاقة التعريف {ltr('CIN ' + depositor['cin'])}" if depositor.get("cin") else "",
        f"التعريف الموحد {ltr('ICE ' + depositor['ice'])}" if depositor.get("ice") else "",
    )
    on_behalf = depositor.get("on_behalf_of")
    return who, f"نيابة عن / Pour le compte de {isolated(on_behalf)}" if on_behalf else "", marks


def _reference(facts):
    depositor = facts.get("depositor") or {}
    reference = facts.get("own_reference") or depositor.get("reference")
    on = facts.get("own_reference_on") or depositor.get("reference_on")
    if not reference:
        return ""
    return f"{isolated(reference)} بتاريخ / du {ltr(f'{on[8:10]}/{on[5:7]}/{on[:4]}')}" if on else isolated(reference)


def _pages(files):
    first, rest = files[:FILES_ON_FIRST_PAGE], files[FILES_ON_FIRST_PAGE:]
    parts = [first] + [rest[start : start + FILES_ON_NEXT_PAGES] for start in range(0, len(rest), FILES_ON_NEXT_PAGES)]
    return [
        {
            "is_first": index == 0,
            "number": index + 1,
            "count": len(parts),
            "files": [_file(file) for file in part],
            "more_ar": f"الوثائق من {ltr(len(first) + 1)} إلى {ltr(len(files))} في الصفحة الموالية."
            if index == 0 and rest
            else "",
            "more_fr": f"Pièces {len(first) + 1} à {len(files)} : page suivante." if index == 0 and rest else "",
        }
        for index, part in enumerate(parts)
    ]


def _file(file):
    scan = wording.SCAN.get(file.get("scan_state"), ("", ""))
    pages = file.get("pages")
    return {
        "order": file.get("order"),
        "name": isolated(file["name"]),
        "meta": _joined(isolated(file.get("label")), scan[0]),
        "size": f"{ltr(wording.grouped(file['size']))} بايت",
        "kind": _joined(ltr((file.get("kind") or "").upper()), f"{ltr(pages)} ص" if pages else ""),
        "hash": wording.hash_lines(file["sha256"]),
    }


def _terms(facts):
    ar, fr = [], []
    issuer_ar, issuer_fr = _names(facts.get("attestation_issuer"))
    days, due = facts.get("max_days"), facts.get("due_on")
    if days or due:
        silence = wording.SILENCE.get(facts.get("silence_effect"), ("", ""))
        ar.append(
            "".join(
                [
                    f"الأجل الأقصى: {wording.ar_days(days)}" if days else "الأجل",
                    f"، ينقضي يوم {ar_day(due)}." if due else ".",
                    f" {silence[0]}{f'، تشهد به {issuer_ar}' if issuer_ar else ''}." if silence[0] else "",
                ]
            )
        )
        fr.append(
            "".join(
                [
                    f"Délai maximal : {days} jours" if days else "Délai",
                    f", jusqu’au {fr_day(due)}." if due else ".",
                    f" {silence[1]}{f', attestée par : {issuer_fr}' if issuer_fr else ''}." if silence[1] else "",
                ]
            )
        )
    if missing := facts.get("missing_pieces"):
        names_ar, names_fr = _listed(missing)
        ar.append(f"وثائق ناقصة: {names_ar}. تُطلب مرة واحدة، ويتوقف الأجل إلى حين التوصل بها.")
        fr.append(
            f"Pièces manquantes : {names_fr}. Demandées une seule fois ; le délai est suspendu jusqu’à leur réception."
        )
    appeals_ar, appeals_fr = _names(facts.get("appeals"))
    ar.append(_sentences("لا يعني هذا الوصل أن الملف تام أو أن الطلب مقبول.", appeals_ar))
    fr.append(_sentences("Ce récépissé ne préjuge ni de la complétude ni du bien-fondé de la demande.", appeals_fr))
    return {"ar": ar, "fr": fr}


def _sentences(*parts):
    return " ".join(part if part.rstrip(PDI).endswith((".", "…")) else f"{part}." for part in parts if part)


def _privacy_ar(facts):
    number = facts.get("cndp_number")
    return f"تُعالج معطياتك طبقا للقانون {ltr('09.08')}" + (f"، تصريح اللجنة الوطنية {ltr(number)}." if number else ".")


def _privacy_fr(facts):
    number = facts.get("cndp_number")
    return ltr("Données traitées selon la loi 09-08" + (f", déclaration CNDP {number}." if number else "."))


def _joined(*parts):
    return " · ".join(part for part in parts if part)
