from django.urls import path, register_converter

from core.evidence import views_book
from core.evidence.book import SLUGS
from core.registers.numbers import parse_number


class DirectionConverter:
    """The direction of a register as a word of the address."""

    regex = "|".join(SLUGS)

    def to_python(self, value):
        return value

    def to_url(self, value):
        return value


class EntryNumberConverter:
    """A number that is one: anything else is not found."""

    regex = "[A-Z0-9]{2,6}-[ADI]-[0-9]{4}-[0-9]{6,}-[0-9A-Z]"

    def to_python(self, value):
        if parse_number(value) is None:
            raise ValueError
        return value

    def to_url(self, value):
        return value


register_converter(DirectionConverter, "direction")
register_converter(EntryNumberConverter, "entry_number")

app_name = "registers"
_REGISTER = "<slug:organisation>/<int:year>/<direction:direction>"
urlpatterns = [
    path("", views_book.registers, name="list"),
    path("entry/<entry_number:number>/", views_book.entry, name="entry"),
    path("entry/<entry_number:number>/annul/", views_book.ask_annulment, name="annul"),
    path("entry/<entry_number:number>/annulment/", views_book.decide_annulment, name="decide"),
    path("entry/<entry_number:number>/rectify/", views_book.rectify, name="rectify"),
    path(f"{_REGISTER}/", views_book.register, name="book"),
    path(f"{_REGISTER}/print/", views_book.print_register, name="print"),
    path(f"{_REGISTER}/register.csv", views_book.export_register, {"kind": "csv"}, name="export_csv"),
    path(f"{_REGISTER}/register.xlsx", views_book.export_register, {"kind": "xlsx"}, name="export_xlsx"),
]
