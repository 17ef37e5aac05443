"""A version is set as a PDF in each of its languages, once."""

from django.db import transaction
from django.utils import translation

from core.evidence.sealing import print_sealed
from core.files.operations import keep_made
from core.outbox.operations import enqueue
from home.circulars import document
from home.circulars.enums import ELI_CODES
from home.circulars.models import CircularPrint

PRINT = "circulars.print"


def ask_for_prints(version) -> None:
    """Put the PDF of each language on the list of the workers; asked again, nothing happens."""
    for language, _eli in version.eli_languages:
        enqueue(PRINT, {"version": version.pk, "language": language}, key=f"{PRINT}:{version.pk}:{language}")


def print_version(version, language) -> CircularPrint:
    """Set, seal and keep the PDF of a version in one language; what is there already is given out unchanged.

    Without a seal key it is unsealed and says so.
    """
    known = version.prints.filter(language=language).first()
    if known:
        return known
    with translation.override(language):
        content, level = print_sealed(document.DOCUMENT, lambda level: document.context(version, language, level))
    circular = version.circular
    name = f"{'-'.join(map(str, circular.eli))}-{version.address}-{ELI_CODES[language]}.pdf"
    file = keep_made(content, name=name, organisation=circular.authority)
    with transaction.atomic():
        kept, _is_new = CircularPrint.objects.get_or_create(
            version=version, language=language, defaults={"file": file, "seal_level": level}
        )
    return kept
