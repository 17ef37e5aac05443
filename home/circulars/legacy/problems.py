"""Why a line of a legacy stock is refused, as a code with its facts, and the sentence each reader gets for it."""

from dataclasses import asdict, dataclass, field

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from core.exceptions import BusinessError
from core.files.enums import Refusal
from core.files.refusals import FileRefused, isolated
from home.circulars.enums import Audience, Kind

SENTENCES = {
    "missing": _("This column is empty; every act needs it."),
    "no_authentic_title": _("Give the title of the authentic text."),
    "no_authentic_text": _(
        "There is no authentic text: fill in the column of the text, or name a PDF to read it from."
    ),
    "unknown_authority": _(
        "No administration here is called “%(value)s”. Write its code or its name as it stands here."
    ),
    "other_authority": _("This line names “%(value)s”; this import is for %(authority)s only."),
    "unknown_kind": _("“%(value)s” is no kind of circular. Write one of: %(words)s."),
    "unknown_audience": _("“%(value)s” does not say who may read it. Write one of: %(words)s."),
    "unknown_language": _("“%(value)s” is not a language of circulars. Write ar, fr or en."),
    "unknown_theme": _("There is no theme called “%(value)s”."),
    "unknown_addressee": _("No administration to address is called “%(value)s”."),
    "too_long": _("This is %(length)s characters long; there is room for %(limit)s."),
    "no_number": _("“%(value)s” holds no number of an act."),
    "number_is_date": _(
        "The spreadsheet program has turned the number into a date (%(value)s). Write the number as text."
    ),
    "not_a_date": _("“%(value)s” is not a date that exists. Write day/month/year, with a year of four digits."),
    "signed_in_future": _("The act cannot have been signed on %(value)s: that day has not come yet."),
    "ends_before_it_begins": _("It would end on %(end)s, before it begins on %(begin)s."),
    "twice_in_file": _("Line %(line)s has the same administration, kind, year and number."),
    "in_stock": _("The stock already holds this act; it did not come from an import."),
    "related_to_itself": _("The act cannot be related to itself: “%(value)s”."),
    "unknown_act": _("“%(value)s” is neither in this table nor in the stock."),
    "refused_act": _("“%(value)s” is line %(line)s of this table, which is refused itself."),
    "several_acts": _("“%(value)s” may be several acts. Add the kind, and the year in brackets, for example (2019)."),
    "not_an_act": _("“%(value)s” does not name an act. Write its kind and number, for example: circular 5/2019 (p3)."),
    "no_such_file": _("There is no file “%(value)s” among the PDFs."),
    "not_a_pdf": _("“%(value)s” is not a PDF."),
    "too_many_pages": _(
        "The PDF has %(pages)s pages, and text is read from the first %(limit)s only. Give the text in its column."
    ),
    "not_published": _("The database refused this line. Look whether another import is running, then check it again."),
}
_WORDS = {"unknown_kind": Kind, "unknown_audience": Audience}  # what may stand there, in the reader's words
# What is not a refusal, yet to be said about a line.
SENTENCES |= {
    "changed": _("This act was imported before; the line differs from then. Change the act in its own form."),
    "without_text": _(
        "The PDF is a scan without text: the act comes in as a draft, to be read, proof-read and published."
    ),
    "text_out_of_order": _(
        "The letters of the PDF’s text are out of order: the act comes in as a draft, to be proof-read and published."
    ),
    "text_from_pdf": _("The text was taken from the PDF."),
    "not_bound": _("The act is in, yet its relation to “%(value)s” could not be entered: %(reason)s"),
}


@dataclass(frozen=True)
class Problem:
    """What is wrong, in which column (its name in the table), with the facts the sentence needs."""

    code: str
    column: str = ""
    params: dict = field(default_factory=dict)

    def as_dict(self):
        return asdict(self)


def of_file(refused: FileRefused, column: str) -> Problem:
    """The refusal of `core.files`, kept to be said later in another language."""
    return Problem(f"file:{refused.code}", column, {**refused.params, "detail": refused.detail})


def sentence(problem: dict) -> str:
    """The sentence for a stored problem, in the language of whoever reads it now."""
    code, params = problem["code"], _isolated(problem["params"])
    if code in _WORDS:
        between = pgettext("between the words of a list", ", ")
        params["words"] = between.join(str(label) for label in _WORDS[code].labels)
    if code.startswith("file:"):
        return str(FileRefused(Refusal(code.removeprefix("file:")), **problem["params"]).message)
    if code == "not_bound":
        params["reason"] = SENTENCES[problem["params"]["reason"]] % params
    return str(SENTENCES[code] % params)


class TableRefused(BusinessError):
    """The table as a whole cannot be read; `params` are what its sentence needs, in whatever language it is read."""

    SENTENCES = {
        "no_table": _("The folder holds no table: put one CSV or XLSX file into it."),
        "several_tables": _("The folder holds several tables: leave one CSV or XLSX file in it."),
        "unreadable": _("The table cannot be read. Save it again as CSV or XLSX."),
        "too_large": _("The table is too large: at most 20,000 lines and 20 MB. Import it in parts."),
        "empty": _("The table holds no line."),
        "missing_columns": _("The table lacks the columns: %(columns)s."),
        "repeated_column": _("Two columns of the table mean the same: “%(first)s” and “%(second)s”."),
        "bad_archive": _("The archive cannot be read. Make a ZIP of the PDF files again."),
        "archive_heavy": _("One archive has at most 20 MB. Send the PDFs in several archives, one after the other."),
        "archive_too_large": _("The archive is too large: at most 5,000 files and 2 GB unpacked. Import it in parts."),
        "same_name_twice": _("The archive holds two files called “%(name)s”. Give each its own name."),
    }

    def __init__(self, code, **params):
        self.params = params
        super().__init__("", code=code)

    @property
    def message(self):
        return str(self.SENTENCES[self.code] % _isolated(self.params))

    @message.setter
    def message(self, value):
        pass  # BusinessError sets one sentence; ours is made for each reader


def _isolated(params: dict) -> dict:
    """What people wrote keeps its own direction inside a sentence of another."""
    return {name: isolated(value) if isinstance(value, str) else value for name, value in params.items()}
