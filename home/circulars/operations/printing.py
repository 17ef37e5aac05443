"""A version is set as a PDF in each of its languages; one that had to go out without its seal is sealed later."""

from django.db import transaction
from django.utils import translation

from core.evidence.models import SealLevel
from core.evidence.sealing import print_sealed, reachable_level
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
    known = current_print(version, language)
    return known or _keep(version, language, 1, *_print(version, language))


def current_print(version, language) -> CircularPrint | None:
    """The edition that is given out now; None while the first is being made."""
    return version.prints.newest().filter(language=language).select_related("file").first()


def improvable_prints(limit: int) -> list[CircularPrint]:
    """PDFs that could be sealed better now, oldest first."""
    level = reachable_level()
    if level == SealLevel.NONE:
        return []
    prints = CircularPrint.objects.below(level).select_related("version__circular__authority").order_by("pk")
    return list(prints[:limit])


def improve_print(known: CircularPrint) -> bool:
    """Make the next edition of a PDF if it can be sealed better than this one; whether that was so."""
    if known.seal_level >= reachable_level():
        return False
    content, level = _print(known.version, known.language)
    if level <= known.seal_level:  # what looked reachable was not
        return False
    _keep(known.version, known.language, known.number + 1, content, level)
    return True


def _print(version, language) -> tuple[bytes, SealLevel]:
    """The PDF and how well it is sealed: the same words whenever it is set."""
    with translation.override(language):
        return print_sealed(document.DOCUMENT, lambda level: document.context(version, language, level))


def _keep(version, language, number, content, level) -> CircularPrint:
    """Keep an edition; the first of two workers wins."""
    circular = version.circular
    name = f"{'-'.join(map(str, circular.eli))}-{version.address}-{ELI_CODES[language]}.pdf"
    file = keep_made(content, name=name, organisation=circular.authority)
    with transaction.atomic():
        kept, _is_new = CircularPrint.objects.get_or_create(
            version=version, language=language, number=number, defaults={"file": file, "seal_level": level}
        )
    return kept
