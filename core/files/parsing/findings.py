"""Words shared by the parsers and by the web process, kept free of Django so that the child stays small."""

from dataclasses import asdict, dataclass, replace

KINDS = ("pdf", "jpeg", "png", "docx", "xlsx", "odt", "ods")
OFFICE = ("docx", "xlsx", "odt", "ods")
EXTENSIONS = {
    "pdf": "pdf",
    "jpg": "jpeg",
    "jpeg": "jpeg",
    "jpe": "jpeg",
    "jfif": "jpeg",
    "png": "png",
    "docx": "docx",
    "xlsx": "xlsx",
    "odt": "odt",
    "ods": "ods",
}
MEDIA_TYPES = {
    "pdf": "application/pdf",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
}
_VAGUE = {"", "application/octet-stream", "binary/octet-stream", "application/force-download", "application/x-download"}
_ALSO_CALLED = {
    "pdf": {"application/x-pdf", "application/acrobat", "text/pdf"},
    "jpeg": {"image/jpg", "image/pjpeg", "image/jfif"},
    "png": {"image/x-png", "image/apng", "image/vnd.mozilla.apng"},
}
_ZIPPED = {"application/zip", "application/x-zip", "application/x-zip-compressed"}

MAX_FILE_BYTES = 20_000_000
MAX_PIXELS = 50_000_000
# Of what a file says so much is kept: letters of a page, pages of a file, letters of an office file.
MAX_TEXT, MAX_PAGES, MAX_TEXT_OF_FILE = 200_000, 1_000, 5_000_000


@dataclass(frozen=True)
class Verdict:
    """What a file is and whether it may come in.

    `kind` is what the content is, one of KINDS or another word for it ("gif", "unknown"). `reason` is a code of
    `enums.Refusal`, empty when accepted; `detail` says where, for the log. `remote` names forms and actions that reach
    outside the file: reason for a word of care, not for a refusal.
    """

    kind: str
    accepted: bool = True
    reason: str = ""
    pages: int | None = None
    detail: str = ""
    remote: tuple[str, ...] = ()

    def as_dict(self):
        return asdict(self)

    @classmethod
    def from_dict(cls, data):
        return cls(**{**data, "remote": tuple(data.get("remote") or ())})

    def refused(self, reason, detail=""):
        return replace(self, accepted=False, reason=reason, detail=detail or self.detail)


class Refused(Exception):
    """Raised anywhere inside a parser: the file does not come in. `kind` overrides what the content is called."""

    def __init__(self, reason, detail="", *, kind=""):
        super().__init__(reason)
        self.reason, self.detail, self.kind = reason, detail, kind


def extension_of(name):
    _stem, dot, extension = name.rpartition(".")
    return extension.lower().strip() if dot else ""


def declared_fits(kind, declared_type):
    """Whether a browser that says `declared_type` may have meant `kind`; a browser that does not know says nothing."""
    declared = declared_type.partition(";")[0].strip().lower()
    fitting = _VAGUE | {MEDIA_TYPES[kind]} | _ALSO_CALLED.get(kind, set())
    return declared in (fitting | _ZIPPED if kind in OFFICE else fitting)
