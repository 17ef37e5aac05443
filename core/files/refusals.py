"""Why a file does not come in, said to the person who sent it, with the way out."""

from django.utils.translation import gettext_lazy as _

from core.exceptions import BusinessError
from core.files.enums import Refusal
from core.formats import filesize_text

_FORMATS = _("The file “%(name)s” must be in one of the formats PDF, JPG, PNG, DOCX, XLSX, ODT or ODS.")
SENTENCES = {
    Refusal.KIND_NOT_ALLOWED: _FORMATS,
    Refusal.WRONG_EXTENSION: _(
        "The content of the file “%(name)s” is not what its name says. "
        "Open it, save it as PDF or in its own format, and send that."
    ),
    Refusal.WRONG_TYPE: _(
        "The file “%(name)s” was announced as another kind than it is. Open it, save it as PDF and send that."
    ),
    Refusal.UNREADABLE: _(
        "The file “%(name)s” is damaged and cannot be opened. Save or scan it again and send the new file."
    ),
    Refusal.ENCRYPTED: _("The file “%(name)s” is protected by a password. Send a copy without protection."),
    Refusal.JAVASCRIPT: _("The file “%(name)s” holds a program (JavaScript). Print it to PDF and send that."),
    Refusal.LAUNCH: _("The file “%(name)s” starts other programs when used. Print it to PDF and send that."),
    Refusal.XFA: _("The file “%(name)s” is a dynamic form (XFA). Print it to PDF and send that."),
    Refusal.RICHMEDIA: _("The file “%(name)s” holds video or animation. Print it to PDF and send that."),
    Refusal.MACROS: _("The file “%(name)s” holds macros. Save it without macros or as PDF and send that."),
    Refusal.BOMB: _(
        "The file “%(name)s” is too complex to be checked safely. "
        "Print it to PDF, in several parts if need be, and send that."
    ),
    Refusal.POLYGLOT: _("The file “%(name)s” is two files in one. Open it, save it as PDF and send that."),
    Refusal.TOO_MANY_PIXELS: _(
        "The picture “%(name)s” has more than 50 million pixels. Make it smaller or scan it with a lower resolution."
    ),
    Refusal.TOO_LARGE: _("The size of the file “%(name)s” is %(size)s. The maximum is 20 MB."),
    Refusal.MALWARE: _("A virus was found in the file “%(name)s”. Clean your device, then send a sound copy."),
}
_HEIC = _(
    "The photo “%(name)s” is in the HEIC format of iPhones. Send it as JPEG: choose “Most Compatible” under "
    "Settings, Camera, Formats and take it again, or take a screenshot of it and send that."
)
_EMPTY = _("The file “%(name)s” is empty. Choose it again, or save it again and send the new file.")


class FileRefused(BusinessError):
    """One file that does not come in: `code` is a Refusal, `params` hold its name and size."""

    def __init__(self, code, *, name, size, detail=""):
        self.refusal = Refusal(code)
        self.detail = detail
        self.params = {"name": name, "size": size}
        super().__init__("", code=self.refusal.value)

    @property
    def message(self):
        """The sentence in the language of whoever reads it now."""
        sentence = SENTENCES[self.refusal]
        if self.refusal == Refusal.KIND_NOT_ALLOWED and self.detail == "heic":
            sentence = _HEIC
        elif self.refusal == Refusal.UNREADABLE and self.detail == "empty":
            sentence = _EMPTY
        return sentence % {"name": isolated(self.params["name"]), "size": readable_size(self.params["size"])}

    @message.setter
    def message(self, value):
        pass  # BusinessError sets one sentence; ours is made for each reader


class StorageFull(BusinessError):
    """Nothing can be written now; what is there already is not touched."""

    code = "storage_full"

    def __init__(
        self, message=_("There is no room left for files at the moment. Your draft is kept: try again later.")
    ):
        super().__init__(message)


class NotNow(BusinessError):
    """Files cannot be looked at now; what was sent before is not touched."""

    code = "not_now"

    def __init__(self, message=_("Files cannot be checked at the moment. Your draft is kept: try again in a minute.")):
        super().__init__(message)


class NotOpenable(BusinessError):
    """The file is there, yet may not be opened (yet)."""

    code = "not_openable"


def isolated(name: str) -> str:
    """A name with its own direction inside a sentence of another."""
    return f"\u2068{name}\u2069"


def readable_size(size: int) -> str:
    """A size as `filesize_text` writes it, yet rounded up: what is over a limit never reads as the limit."""
    step = 1_000_000 if size > 10_000_000 else 1
    return filesize_text(-(-size // step) * step)
