"""Sentences about documents, in the reader's language."""

from django.utils.translation import gettext as _

from core.files.refusals import FileRefused, isolated


def refusal_sentence(row) -> str:
    """Why a document of the list was refused, and what to do."""
    code = row.refusal.get("code", "")
    if code == "too-many":
        sentence = _("The file “%(name)s” would be the eleventh. A deposit takes 10 at most: put several into one PDF.")
        return sentence % {"name": isolated(row.name)}
    if code == "total":
        sentence = _("With the file “%(name)s” the documents would exceed 60 MB in all. Send it in a smaller version.")
        return sentence % {"name": isolated(row.name)}
    refused = FileRefused(code, name=row.name, size=row.size, detail=row.refusal.get("detail", ""))
    return refused.message


def unnamed_sentence(row) -> str:
    return _("Say what the file “%(name)s” is.") % {"name": isolated(row.name)}
