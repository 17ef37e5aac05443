"""What the page of a version says of its files: permanent addresses, fingerprints, what the virus scan lets open."""

from django.urls import reverse

from core.files.models import StoredFile
from home.circulars.enums import ELI_CODES, FileRole, Language


def shown(circular, version, language) -> dict:
    """The files of a version in the order of their addresses, the annexes among them, its PDF and its copy."""
    rows = version.content.get("files", [])
    stored = {
        str(file.public_id): file for file in StoredFile.objects.filter(public_id__in=[row["id"] for row in rows])
    }
    files = [_file(circular, version, place, row, stored[row["id"]]) for place, row in enumerate(rows, 1)]
    return {
        "files": files,
        "annexes": [file for file in files if file["role"] == FileRole.ANNEX],
        "pdf_url": pdf_url(circular, language, None if version.pk == circular.current_id else version),
        "offline_url": offline_url(circular, version, language),
    }


def pdf_url(circular, language, version=None) -> str:
    """The permanent address of the PDF: of the circular as it stands, or of one version."""
    code = ELI_CODES[language]
    if version is None:
        return reverse("circulars:pdf", args=[*circular.eli, code])
    return reverse("circulars:version_pdf", args=[*circular.eli, version.address, code])


def offline_url(circular, version, language) -> str:
    """Where the current version is given out as a file to be kept; of others there is none."""
    if version.pk is None or version.pk != circular.current_id:
        return ""
    return reverse("circulars:offline", args=[*circular.eli, ELI_CODES[language]])


def stored_file(version, place: int) -> StoredFile | None:
    """The file with this place in the version."""
    rows = version.content.get("files", [])
    if not 0 < place <= len(rows):
        return None
    return StoredFile.objects.get(public_id=rows[place - 1]["id"])


def _file(circular, version, place, row, stored):
    return {
        **row,
        "label": FileRole(row["role"]).label,
        "said_language": Language(row["language"]).label if row["language"] else "",
        "stored": stored,
        "url": reverse("circulars:file", args=[*circular.eli, version.address, place]),
    }
