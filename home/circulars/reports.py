"""What became of a legacy stock, line by line, in the language of whoever reads it."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.spreadsheets import table
from home.circulars.enums import LineState
from home.circulars.legacy.problems import TableRefused, sentence


def refusal(run) -> str:
    """Why the table as a whole was refused; empty when it was not."""
    return str(TableRefused(run.problem["code"], **run.problem["params"]).message) if run.problem else ""


def form(run) -> list[str]:
    """How the table was written, as it was understood."""
    separators = {"comma": _("commas"), "semicolon": _("semicolons"), "tab": _("tabs")}
    said = []
    if run.form.get("format") == "CSV":
        said.append(
            _("CSV in %(encoding)s, columns parted by %(separator)s.")
            % {"encoding": run.form["encoding"], "separator": separators[run.form["separator"]]}
        )
    elif run.form:
        said.append(_("XLSX, its first sheet."))
    if unknown := run.form.get("unknown"):
        said.append(_("Columns that were not understood and not read: %(columns)s.") % {"columns": ", ".join(unknown)})
    return said


def counts(states: list[str]) -> list[dict]:
    """How many lines are in each state; those nobody is in are left out."""
    return [
        {"state": state.value, "label": state.label, "count": states.count(state)}
        for state in LineState
        if state in states
    ]


def rows(lines) -> list[dict]:
    """The lines with what is to be said of them; a line nothing is said of has no reason."""
    return [
        {
            "line": line.number,
            "label": line.label,
            "state": LineState(line.state).label,
            "is_refused": line.state == LineState.REFUSED,
            "circular": line.circular,
            "reasons": [(problem["column"], sentence(problem)) for problem in line.problems],
        }
        for line in lines
    ]


def write(lines, kind: str) -> bytes:
    """The report as the bytes of a `csv` or `xlsx` file: one row for each reason."""
    report = [[_("Line"), _("Number and title"), _("State"), _("Column"), _("Reason")]]
    for row in rows(lines):
        for column, reason in row["reasons"] or [("", "")]:
            report.append([row["line"], row["label"], str(row["state"]), column, reason])
    return table(report, kind, title=_("Import"))


def printed(run, lines) -> list[str]:
    """The report as lines of text, for the console."""
    if why := refusal(run):
        return [why]
    said = form(run)
    for row in rows(lines):
        for column, reason in row["reasons"]:
            where = f" · {column}" if column else ""
            said.append(f"{row['line']}{where} · {row['state']}: {reason}")
    total = ngettext("%(count)d line.", "%(count)d lines.", len(lines)) % {"count": len(lines)}
    return [
        *said,
        " ".join(
            [total, *(f"{count['label']}: {count['count']}." for count in counts([line.state for line in lines]))]
        ),
    ]
