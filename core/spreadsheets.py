"""Tables for spreadsheets: CSV (UTF-8 with its mark, for Excel) or XLSX, in which no text becomes a formula."""

import csv
import io

from openpyxl import Workbook

CSV, XLSX = "csv", "xlsx"
MEDIA_TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_bytes(rows) -> bytes:
    """One table."""
    out = io.StringIO()
    csv.writer(out).writerows(map(_plain, rows))
    return ("\ufeff" + out.getvalue()).encode()


def xlsx_bytes(sheets: dict) -> bytes:
    """Several tables, each on the sheet of its name."""
    book = Workbook(write_only=True)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(_plain(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _plain(row) -> list:
    """Text a spreadsheet must not take for a formula (OWASP: CSV injection)."""
    return [f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value for value in row]
