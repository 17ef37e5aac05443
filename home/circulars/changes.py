"""What two versions of a circular say differently, as a page shows it."""

from datetime import date

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.formats import day_text
from home.circulars import comparison
from home.circulars.comparison import Verdict

VERDICTS = {
    Verdict.SAME: gettext_lazy("Moved"),
    Verdict.RESPELT: gettext_lazy("Only the spelling differs"),
    Verdict.CHANGED: gettext_lazy("Changed"),
    Verdict.ADDED: gettext_lazy("Added"),
    Verdict.REMOVED: gettext_lazy("Removed"),
}
_FACTS = {
    "signed_on": gettext_lazy("Date"),
    "hijri_date": gettext_lazy("Hijri date"),
    "signatory": gettext_lazy("Signatory"),
    "office": gettext_lazy("Office of the signatory"),
    "in_force_on": gettext_lazy("In force from"),
    "expires_on": gettext_lazy("In force until"),
    "review_on": gettext_lazy("To be reviewed on"),
    "contact": gettext_lazy("Whom to ask"),
}


def between(before, after, language) -> dict:
    """The later version's text in that language with what differs marked, and how much that is."""
    facts = comparison.compare(_facts(before, language), _facts(after, language))
    text = comparison.compare(_text(before, language), _text(after, language))
    rows = [*facts, *text]
    return {
        "facts": [_shown(row) for row in facts if not row.is_same],
        "parts": _folded([_shown(row) for row in text]),
        "is_same": all(row.is_same for row in rows),
        "blocks": sum(not row.is_same and row.verdict != Verdict.RESPELT for row in rows),
        "words_added": sum(row.words_added for row in rows),
        "words_removed": sum(row.words_removed for row in rows),
        "has_respelt": any("respelt" in row.html for row in rows),
    }


def in_both(before, after, language) -> str:
    """A language in which both versions have a text: the wanted one, else the authentic one of the later."""
    shared = before.content["texts"].keys() & after.content["texts"].keys()
    return language if language in shared else after.authentic


def _shown(row) -> dict:
    return {"row": row, "verdict": VERDICTS[row.verdict], "is_same": row.is_same}


def _folded(rows) -> list[dict]:
    """Blocks that differ one by one, those between them that do not together."""
    parts = []
    for row in rows:
        if row["is_same"] and parts and parts[-1]["is_same"]:
            parts[-1]["rows"].append(row)
        else:
            parts.append({"is_same": row["is_same"], "rows": [row]})
    return parts


def _text(version, language) -> list[dict]:
    text = version.content["texts"].get(language)
    if text is None:
        return []
    head = [{"type": name, "anchor": name, "text": text[name]} for name in ("title", "summary") if text[name]]
    return [*head, *text["blocks"]]


def _facts(version, language) -> list[dict]:
    """Dates, signatory and actions, each as a line of words."""
    facts = version.content["facts"]
    lines = [(name, label, facts.get(name)) for name, label in _FACTS.items()]
    rows = [
        {"type": "fact", "anchor": name, "text": _("%(what)s: %(value)s") % {"what": label, "value": _value(value)}}
        for name, label, value in lines
        if value
    ]
    return [*rows, *(_action(action, language) for action in version.content["actions"])]


def _action(action, language) -> dict:
    words = action.get(language) or action["ar"]
    if action["due_on"]:
        words = _("By %(day)s: %(action)s") % {"day": _value(action["due_on"]), "action": words}
    link = format_html(' <a href="{}">{}</a>', action["url"], _("Form or service")) if action["url"] else ""
    return {"type": "action", "html": format_html("{}{}", words, link)}


def _value(value) -> str:
    try:
        return day_text(date.fromisoformat(value))
    except ValueError:
        return value
