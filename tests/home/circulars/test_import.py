"""A legacy stock comes in: what is refused and why, what becomes of the rest, and that nothing comes in twice."""

from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.utils.translation import override
from openpyxl import Workbook

from core.dates import local_date, today
from core.exceptions import NotAllowed, WrongState
from core.files.models import StoredFile
from core.organisations.enums import Role
from core.outbox.models import Message
from home.circulars import operations, reports
from home.circulars.enums import Audience, Change, FileRole, ImportState, LineState, Predicate
from home.circulars.force import Force
from home.circulars.legacy.checking import Stock
from home.circulars.legacy.problems import SENTENCES, TableRefused
from home.circulars.models import Circular, CircularVersion, ExternalAct, ImportLine, ImportRun, Relation, Theme
from tests.factories.circulars import publish, published
from tests.factories.organisations import OrganisationFactory, UnitFactory, post_for
from tests.factories.stock import generated, real_acts, row, scan_pdf, text_pdf, write_table
from tests.factories.users import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path, organisation):
    return tmp_path


@pytest.fixture
def publisher(organisation):
    user = UserFactory(username="publisher")
    post_for(user, UnitFactory(organisation=organisation), Role.CIRCULAR_PUBLISHER)
    return user


def checked(folder, *rows, **table):
    """The lines of a stock, after checking."""
    write_table(folder, rows, **table)
    return Stock(folder).check()


def found(line):
    return [(problem.code, problem.column) for problem in line.problems]


def bring_in(folder, *rows, by=None, authority=None):
    if rows:
        write_table(folder, rows)
    run = ImportRun.objects.create(table_name="stock.csv", authority=authority)
    return operations.bring_in(run, folder, by=by)


def refusal_of(folder):
    with pytest.raises(TableRefused) as refused:
        Stock(folder)
    return refused.value.code


def states(run):
    return list(run.lines.values_list("number", "state"))


# --- the table ------------------------------------------------------------------------------------------------------

ARABIC = {
    "authority": "الإدارة المصدرة",
    "kind": "النوع",
    "number": "الرقم",
    "signed_on": "تاريخ التوقيع",
    "title_ar": "العنوان بالعربية",
    "text_ar": "النص بالعربية",
    "abrogates": "ينسخ",
}
FRENCH = {
    "authority": "Administration émettrice",
    "kind": "Type",
    "number": "N°",
    "signed_on": "Signé le",
    "title_fr": "Titre en français",
    "text_fr": "Texte en français",
    "title_ar": "Intitulé (arabe)",
    "cites": "Références",
}


@pytest.mark.parametrize(
    ("encoding", "separator", "form"),
    [
        ("utf-8", ",", {"encoding": "UTF-8", "separator": "comma"}),
        ("utf-8-sig", ";", {"encoding": "UTF-8", "separator": "semicolon"}),
        ("cp1256", ";", {"encoding": "Windows-1256", "separator": "semicolon"}),
        ("utf-16", "\t", {"encoding": "UTF-16", "separator": "tab"}),
    ],
)
def test_table_is_read_however_it_was_saved(folder, encoding, separator, form):
    write_table(folder, [row()], names=ARABIC, encoding=encoding, separator=separator)
    stock = Stock(folder)
    (line,) = stock.check()
    assert stock.table.form == {"format": "CSV"} | form
    assert (line.state, line.texts["ar"].title) == (LineState.READY, "تبسيط المساطر الإدارية")


def test_french_table_of_windows_is_read(folder):
    values = row(kind="Décision", title_ar="", text_ar="", title_fr="Réforme", text_fr="Élaboré à Rabat.")
    values |= {"signatory": "Le ministre", "office": "Ministre"}
    write_table(folder, [values], names=FRENCH, encoding="cp1252", separator=";")
    stock = Stock(folder)
    (line,) = [line for line in stock.check() if not line.problems or pytest.fail(str(line.problems))]
    assert stock.table.form["encoding"] == "Windows-1252"
    assert (line.facts["kind"], line.texts["fr"].paragraphs) == ("decision", ["Élaboré à Rabat."])


def test_workbook_is_read(folder):
    book = Workbook()
    book.active.append(["authority", "kind", "number", "date", "title", "text"])
    book.active.append(["MSP", "note", 12.0, date(2018, 5, 4), "Titre", "Texte"])
    book.active.append([])
    book.active.append(["MSP", "note", date(2018, 5, 1), date(2018, 5, 4), "Titre", "Texte"])
    book.save(folder / "stock.xlsx")
    first, second = Stock(folder).check()
    assert (first.line, first.facts["number"], first.facts["signed_on"]) == (2, "12", date(2018, 5, 4))
    assert (second.line, found(second)) == (4, [("number_is_date", "number")])


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("authority,number\nMSP,5\n", "missing_columns"),
        ("kind,number,signed_on,النوع\nx,5,x,x\n", "repeated_column"),
        ("kind,number,signed_on\n", "empty"),
        ("", "empty"),
        ('kind,number,signed_on\n"' + "x" * 600_000 + '",1,2\n', "unreadable"),
    ],
)
def test_table_that_cannot_serve_is_refused_as_a_whole(folder, content, code):
    (folder / "stock.csv").write_text(content)
    with pytest.raises(TableRefused) as refused:
        Stock(folder)
    assert refused.value.code == code
    assert str(refused.value.message).endswith(".")
    run = bring_in(folder)
    assert (run.state, reports.refusal(run)) == (ImportState.REFUSED, str(refused.value.message))


def test_table_must_be_one(folder):
    assert refusal_of(folder) == "no_table"
    (folder / "a.csv").write_text("")
    (folder / "b.xlsx").write_text("")
    assert refusal_of(folder) == "several_tables"
    (folder / "a.csv").unlink()
    assert refusal_of(folder) == "unreadable"


@pytest.mark.parametrize("limit", ["MAX_BYTES", "MAX_LINES"])
def test_table_that_is_too_large_is_refused(folder, limit, monkeypatch):
    monkeypatch.setattr(f"home.circulars.legacy.table.{limit}", 1)
    write_table(folder, [row(), row(number="6/2019")])
    assert refusal_of(folder) == "too_large"
    book = Workbook()
    for n in range(4):
        book.active.append([n])
    (folder / "stock.csv").unlink()
    book.save(folder / "stock.xlsx")
    assert refusal_of(folder) == "too_large"


# --- one line -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"authority": ""}, ("missing", "authority")),
        ({"authority": "وزارة لا توجد"}, ("unknown_authority", "authority")),
        ({"kind": ""}, ("missing", "kind")),
        ({"kind": "مرسوم"}, ("unknown_kind", "kind")),
        ({"number": ""}, ("missing", "number")),
        ({"number": "—"}, ("no_number", "number")),
        ({"number": "5/2019" * 10}, ("too_long", "number")),
        ({"signed_on": ""}, ("missing", "signed_on")),
        ({"signed_on": "31/02/2019"}, ("not_a_date", "signed_on")),
        ({"signed_on": "12/03/19"}, ("not_a_date", "signed_on")),
        ({"signed_on": "12 مارش 2019"}, ("not_a_date", "signed_on")),
        ({"signed_on": "12/03/1019"}, ("not_a_date", "signed_on")),
        ({"signed_on": "2999-01-01"}, ("signed_in_future", "signed_on")),
        ({"expires_on": "01/01/2018"}, ("ends_before_it_begins", "expires_on")),
        ({"in_force_on": "02/01/2020", "expires_on": "01/01/2020"}, ("ends_before_it_begins", "expires_on")),
        ({"title_ar": ""}, ("no_authentic_title", "title")),
        ({"title_ar": "ع" * 251}, ("too_long", "title_ar")),
        ({"text_ar": " "}, ("no_authentic_text", "text_ar")),
        ({"pdf": "missing.pdf"}, ("no_such_file", "pdf")),
        ({"pdf": "scan.tiff"}, ("not_a_pdf", "pdf")),
        ({"abrogates": "5/2019"}, ("related_to_itself", "abrogates")),
        ({"abrogates": "7/2001"}, ("unknown_act", "abrogates")),
        ({"abrogates": "وزارة لا توجد: 5/2019"}, ("unknown_act", "abrogates")),
        ({"abrogates": "كتاب 7"}, ("not_an_act", "abrogates")),
        ({"abrogates": "منشور"}, ("not_an_act", "abrogates")),
        ({"abrogates": "5/2019 (sic)"}, ("not_an_act", "abrogates")),
        ({"abrogates": "(p3)"}, ("not_an_act", "abrogates")),
    ],
)
def test_line_is_refused_with_its_column_and_reason(folder, values, expected):
    (line,) = checked(folder, row(**values))
    assert (line.state, found(line)) == (LineState.REFUSED, [expected])


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("audience", "personne", "unknown_audience"),
        ("themes", "الصيد", "unknown_theme"),
        ("addressees", "Personne", "unknown_addressee"),
        ("authentic", "it", "unknown_language"),
        ("authentic", "fr", "no_authentic_title"),
    ],
)
def test_column_nobody_must_fill_is_checked_where_it_is(folder, name, value, code):
    (line,) = checked(folder, row(**{name: value}))
    assert [problem.code for problem in line.problems] == [code]


def test_every_sentence_can_be_said_in_the_language_of_the_reader(folder):
    (folder / "bad.pdf").write_bytes(b"not a pdf")
    lines = checked(
        folder,
        row(kind="مرسوم", signed_on="31/02/2019", authority="x", abrogates="x"),
        row(pdf="bad.pdf", expires_on="01/01/2018"),
        row(),
    )
    run = ImportRun(form={"format": "CSV", "encoding": "UTF-8", "separator": "comma", "unknown": ["x"]})
    shown = [
        ImportLine(number=line.line, label=line.label, state=line.state, problems=[p.as_dict() for p in line.problems])
        for line in lines
    ]
    with override("en"):
        printed = reports.printed(run, shown)
    assert [text.split(" · ")[0] for text in printed[2:-1]] == ["2"] * 4 + ["3"] * 2 + ["4"]
    assert "Line 3 has the same administration, kind, year and number." in printed[-2]
    assert reports.write(shown, "csv").decode("utf-8-sig").count("\n") == 8
    assert reports.write(shown, "xlsx")[:2] == b"PK"
    assert all(str(sentence).endswith((".", "%(reason)s")) for sentence in SENTENCES.values())


@pytest.mark.parametrize("number", ["5/2019", "٥/٢٠١٩", "رقم 5.2019", "n° 05-2019"])
def test_number_is_known_however_it_is_written(folder, organisation, number):
    published(organisation, number="5/2019", signed_on=date(2019, 1, 2))
    (line,) = checked(folder, row(number=number))
    assert found(line) == [("in_stock", "number")]
    first, second = checked(folder, row(number="8/2019"), row(number=number.replace("5", "8").replace("٥", "٨")))
    assert (found(first), found(second)) == ([], [("twice_in_file", "number")])


@pytest.mark.parametrize("written", ["12/3/2019", "2019-03-12", "١٢-٠٣-٢٠١٩", "12 مارس 2019", "12 mars 2019"])
def test_day_is_read_however_it_is_written(folder, written):
    (line,) = checked(folder, row(signed_on=written))
    assert line.facts["signed_on"] == date(2019, 3, 12)
    (line,) = checked(folder, row(signed_on="فاتح غشت 2019"))
    assert line.facts["signed_on"] == date(2019, 8, 1)


# --- files ----------------------------------------------------------------------------------------------------------


def test_pdf_that_core_files_refuses_is_refused_with_its_sentence(folder, monkeypatch):
    (folder / "fake.pdf").write_bytes(b"GIF89a nothing of a PDF")
    (folder / "big.pdf").write_bytes(text_pdf("x") + b" " * 21_000_000)
    fake, big = checked(folder, row(pdf="fake.pdf"), row(number="6/2019", pdf="big.pdf"))
    assert [p.code.split(":")[0] for p in (*fake.problems, *big.problems)] == ["file", "file"]
    assert big.problems[0].code == "file:too-large"


def test_text_comes_from_the_pdf_where_no_column_has_it(folder):
    (folder / "Acte.PDF").write_bytes(text_pdf("Les services", "simplifient.", "- 2 -", "Point final"))
    (line,) = checked(folder, row(title_ar="", text_ar="", title_fr="Acte", pdf="acte.pdf"))
    assert line.texts["fr"].paragraphs == ["Les services simplifient.", "Point final"]
    assert [note.code for note in line.notes] == ["text_from_pdf"]


def test_scan_becomes_a_draft_and_is_published_as_of_its_day(folder, publisher):
    (folder / "scan.pdf").write_bytes(scan_pdf())
    run = bring_in(folder, row(text_ar="", pdf="scan.pdf"), by=publisher)

    circular = Circular.objects.get()
    assert states(run) == [(2, LineState.DRAFTED)]
    assert (circular.live, circular.current, circular.files.get().role) == (False, None, FileRole.SCAN)
    text = circular.texts.get()
    text.body = [("paragraph", text.body.stream_block.child_blocks["paragraph"].to_python("<p>نص</p>"))]
    text.save()
    version = publish(circular, by=publisher).current
    assert (version.day, version.published_by) == (date(2019, 3, 12), publisher)
    assert not Message.objects.filter(name="circulars.deliver").exists()


def test_text_layer_with_letters_out_of_order_becomes_a_draft(folder, monkeypatch):
    monkeypatch.setattr("home.circulars.legacy.pages.texts_of", lambda path, count: ["تطبيقا ألحكام األشغال."])
    (folder / "a.pdf").write_bytes(text_pdf("x"))
    (line,) = checked(folder, row(text_ar="", pdf="a.pdf"))
    assert (line.state, [note.code for note in line.notes]) == (LineState.READY, ["text_out_of_order"])
    assert line.texts["ar"].paragraphs == []


# --- coming in ------------------------------------------------------------------------------------------------------


def test_act_comes_in_as_it_was_published_then(folder, organisation, publisher):
    theme = Theme.objects.create(slug="reform", name_ar="الإصلاح", name_fr="Réforme")
    (folder / "acte.pdf").write_bytes(text_pdf("Acte"))
    values = row(title_fr="Simplification", text_fr="Un.\n\nDeux <b>.", pdf="acte.pdf", in_force_on="2019-04-01")
    values |= {"themes": "Réforme", "addressees": "MSP | tous", "audience": "الموظفون", "hijri_date": "5 رجب 1440"}
    run = bring_in(folder, values, by=publisher)

    assert (run.state, states(run)) == (ImportState.DONE, [(2, LineState.IMPORTED)])
    circular = Circular.objects.get()
    version = circular.current
    assert (version.day, version.change, version.published_by) == (date(2019, 3, 12), Change.FIRST, publisher)
    assert version.published_at.date() == today()
    assert [block["html"] for block in version.content["texts"]["fr"]["blocks"]] == [
        "<p>Un.</p>",
        "<p>Deux &lt;b&gt;.</p>",
    ]
    assert (circular.live, circular.force, circular.audience) == (True, Force.IN_FORCE, Audience.STAFF)
    assert (circular.themes.get(), circular.hijri_date) == (theme, "5 رجب 1440")
    assert [addressee.organisation for addressee in circular.addressees.all()] == [organisation, None]
    assert circular.files.get().file.pages == 1
    assert local_date(circular.history.get(version=version).at) == date(2019, 3, 12)
    assert operations.force(circular, on=date(2019, 3, 20)).status == Force.NOT_YET
    assert not Message.objects.filter(name="circulars.deliver").exists()


def test_relations_do_not_depend_on_the_order_of_lines(folder, organisation):
    old = published(organisation, number="1/2010", signed_on=date(2010, 1, 2))
    run = bring_in(
        folder,
        row(abrogates="منشور رقم 9/2018 (p1, p2) | 1/2010", cites="المرسوم رقم 2.18.855؛ loi n° 09-08"),
        row(number="9/2018", signed_on="01/02/2018", cites="MSP: منشور 5 / 2019 (2019)"),
    )
    assert states(run) == [(2, LineState.IMPORTED), (3, LineState.IMPORTED)]
    new, target = Circular.objects.get(number="5/2019"), Circular.objects.get(number="9/2018")
    assert list(new.relations.order_by("pk").values_list("predicate", "circular", "paragraphs")) == [
        (Predicate.ABROGATES, target.pk, "p1, p2"),
        (Predicate.ABROGATES, old.pk, ""),
        (Predicate.CITES, None, ""),
        (Predicate.CITES, None, ""),
    ]
    assert set(ExternalAct.objects.values_list("kind", "number_key")) == {("decree", "2.18.855"), ("law", "9.08")}
    old.refresh_from_db()
    assert (target.force, old.force) == (Force.ABROGATED, Force.ABROGATED)


def test_line_that_speaks_of_a_refused_line_is_refused_too(folder):
    lines = checked(
        folder,
        row(abrogates="6/2018"),
        row(number="6/2018", signed_on="01/02/2018", cites="7/2018"),
        row(number="7/2018", signed_on="31/02/2018"),
        row(number="8/2018", signed_on="01/02/2018", kind="note"),
        row(number="8/2018", signed_on="01/02/2018", kind="letter"),
        row(number="10/2018", signed_on="01/02/2018", cites="8/2018"),
    )
    assert [found(line) for line in lines] == [
        [("refused_act", "abrogates")],
        [("unknown_act", "cites")],
        [("not_a_date", "signed_on")],
        [],
        [],
        [("several_acts", "cites")],
    ]


def test_second_run_recognises_what_came_in(folder):
    first = bring_in(folder, row(), row(number="6/2019"))
    again = bring_in(folder, row(), row(number="6/2019", title_ar="عنوان آخر"), row(number="7/2019"))

    assert states(first) == [(2, LineState.IMPORTED), (3, LineState.IMPORTED)]
    assert states(again) == [(2, LineState.KNOWN), (3, LineState.CHANGED), (4, LineState.IMPORTED)]
    assert again.lines.get(number=3).problems[0]["code"] == "changed"
    assert (Circular.objects.count(), CircularVersion.objects.count()) == (3, 3)


def test_run_that_was_killed_goes_on(folder, monkeypatch):
    """Killed between two lines, then between the lines and their relations."""
    write_table(folder, [row(abrogates="6/2019"), row(number="6/2019"), row(number="7/2019", pdf="a.pdf")])
    (folder / "a.pdf").write_bytes(text_pdf("x"))
    run = ImportRun.objects.create(table_name="stock.csv")
    with monkeypatch.context() as killed:
        killed.setattr("home.circulars.operations.importing.attach", _killed)
        with pytest.raises(KeyboardInterrupt):
            operations.bring_in(run, folder, by=None)
    assert (Circular.objects.count(), StoredFile.objects.count(), Relation.objects.count()) == (2, 0, 0)
    with monkeypatch.context() as killed:
        killed.setattr("home.circulars.operations.importing._bind", _killed)
        with pytest.raises(KeyboardInterrupt):
            operations.bring_in(run, folder, by=None)
    operations.bring_in(run, folder, by=None)

    assert states(run) == [(2, LineState.IMPORTED), (3, LineState.IMPORTED), (4, LineState.IMPORTED)]
    assert (Circular.objects.count(), Relation.objects.count(), StoredFile.objects.count()) == (3, 1, 1)


def _killed(*args, **kwargs):
    raise KeyboardInterrupt


def test_line_refused_at_the_last_moment_leaves_nothing(folder, monkeypatch):
    """The file changes between the check and the import; who relates to its act is told."""
    (folder / "a.pdf").write_bytes(text_pdf("x"))
    write_table(folder, [row(pdf="a.pdf"), row(number="6/2019", cites="5/2019")])
    check = Stock.check

    def and_then_spoil(stock, **options):
        rows = check(stock, **options)
        (folder / "a.pdf").write_bytes(b"no PDF any more")
        return rows

    monkeypatch.setattr(Stock, "check", and_then_spoil)
    run = bring_in(folder)

    assert states(run) == [(2, LineState.REFUSED), (3, LineState.IMPORTED)]
    assert (Circular.objects.get().number, StoredFile.objects.count()) == ("6/2019", 0)
    assert [line["reasons"][-1][0] for line in reports.rows(run.lines.all())] == ["pdf", "cites"]
    with override("en"):
        assert "line 2 of this table" in reports.rows(run.lines.all())[1]["reasons"][0][1]


def test_act_that_came_from_elsewhere_meanwhile_is_refused(folder, organisation, monkeypatch):
    write_table(folder, [row()])
    check = Stock.check

    def and_then_publish(stock, **options):
        rows = check(stock, **options)
        published(organisation, number="5/2019", signed_on=date(2019, 1, 2))
        return rows

    monkeypatch.setattr(Stock, "check", and_then_publish)
    run = bring_in(folder)
    assert (states(run), run.lines.get().problems[0]["code"]) == ([(2, LineState.REFUSED)], "not_published")
    assert Circular.objects.count() == 1


def test_relation_whose_act_went_missing_is_told(folder, monkeypatch):
    write_table(folder, [row(cites="6/2019"), row(number="6/2019")])
    monkeypatch.setattr(Stock, "resolve", _unknown_at_last(Stock.resolve))
    run = bring_in(folder)
    assert run.lines.get(number=2).problems[-1]["params"]["reason"] == "several_acts"
    assert not run.lines.get(number=2).is_bound


def _unknown_at_last(resolve):
    from home.circulars.legacy.problems import Problem

    def resolved(stock, row, reference):
        return Problem("several_acts") if row.circular else resolve(stock, row, reference)

    return resolved


# --- who may, and the console ---------------------------------------------------------------------------------------


def test_only_publishers_of_the_administration_start_an_import(folder, organisation, publisher, karim):
    write_table(folder, [row(authority="")])
    run = ImportRun.objects.create(table_name="stock.csv", authority=organisation)
    with pytest.raises(WrongState):
        operations.ask_to_bring_in(run, by=publisher)
    operations.rehearse(run, folder)
    assert (run.state, Circular.objects.count(), states(run)) == (ImportState.CHECKED, 0, [(2, LineState.READY)])
    with pytest.raises(NotAllowed):
        operations.ask_to_bring_in(run, by=karim)
    operations.ask_to_bring_in(run, by=publisher)
    assert Message.objects.get(name="circulars.bring_in").payload == {"run": run.pk, "by": publisher.pk}
    with pytest.raises(WrongState):
        operations.ask_to_bring_in(run, by=publisher)
    assert list(ImportRun.objects.visible_to(publisher)) == [run]
    assert not ImportRun.objects.visible_to(karim).exists()


def test_import_for_one_administration_takes_no_line_of_another(folder, organisation):
    OrganisationFactory(code="CWZ")
    write_table(folder, [row(), row(authority="CWZ"), row(authority="", number="6/2019")])
    lines = Stock(folder, authority=organisation).check()
    assert [found(line) for line in lines] == [[], [("other_authority", "authority")], []]


def test_table_refused_in_rehearsal_says_why(folder):
    (folder / "stock.csv").write_text("x\n")
    run = operations.rehearse(ImportRun.objects.create(table_name="stock.csv"), folder)
    assert (run.state, reports.refusal(run)) == (
        ImportState.REFUSED,
        str(TableRefused("missing_columns", columns="kind, number, signed_on").message),
    )


def test_command_checks_without_writing_then_imports(folder, publisher, capsys):
    write_table(folder, [row(), row(number="6/2019", kind="مرسوم")])
    with pytest.raises(CommandError):
        call_command("import_circulars", folder, dry_run=True, language="fr", report=folder / "rapport.xlsx")
    assert (ImportRun.objects.count(), Circular.objects.count()) == (0, 0)
    assert capsys.readouterr().out.splitlines()[-1].startswith("2 ")
    assert (folder / "rapport.xlsx").stat().st_size > 1000
    (folder / "rapport.xlsx").unlink()
    with pytest.raises(CommandError) as refused:
        call_command("import_circulars", folder, by="publisher", report=folder.parent / "report.csv")
    assert (refused.value.returncode, Circular.objects.get().current.published_by) == (2, publisher)
    write_table(folder, [row()])
    call_command("import_circulars", folder, by="publisher")
    assert ImportRun.objects.count() == 2


def test_command_imports_for_nobody_without_a_name(folder):
    write_table(folder, [row()])
    with pytest.raises(CommandError, match="--by USERNAME"):
        call_command("import_circulars", folder)
    assert (ImportRun.objects.count(), Circular.objects.count()) == (0, 0)


@pytest.mark.parametrize("options", [{"by": "nobody"}, {"report": "report.doc"}, {"folder": "missing"}, {}])
def test_command_refuses_what_makes_no_sense(folder, options):
    from pathlib import Path

    options = {name: Path(value) if name != "by" else value for name, value in options.items()}
    if options:
        write_table(folder, [row()])
    with pytest.raises(CommandError):
        call_command("import_circulars", options.pop("folder", folder), **options)
    with pytest.raises(CommandError):
        call_command("import_circulars", folder, dry_run=True, by="nobody")


def test_command_says_why_a_table_is_refused(folder, capsys):
    (folder / "stock.csv").write_text("x\n")
    with pytest.raises(CommandError):
        call_command("import_circulars", folder, dry_run=True)
    assert "lacks the columns" in capsys.readouterr().out


# --- many, and real ones ----------------------------------------------------------------------------------------------


def test_generated_stock_comes_in_whole(folder):
    run = bring_in(folder, *generated(30, folder))
    assert set(run.lines.values_list("state", "is_bound")) == {(LineState.IMPORTED, True)}
    assert (Circular.objects.count(), StoredFile.objects.count()) == (30, 30)
    assert Circular.objects.filter(force=Force.ABROGATED).count() == 6


@pytest.mark.shared
def test_real_acts_come_in(folder, real):
    rows = real_acts(real / "acts", folder)
    run = bring_in(folder, *rows)
    counted = {
        count["state"]: count["count"] for count in reports.counts(list(run.lines.values_list("state", flat=True)))
    }
    reasons = {problem["code"] for line in run.lines.filter(state=LineState.REFUSED) for problem in line.problems}
    assert counted.keys() <= {LineState.IMPORTED, LineState.DRAFTED, LineState.REFUSED}
    assert counted[LineState.DRAFTED] == 1  # the scan: the letters of the PDFs come in order
    assert reasons <= {"twice_in_file", "too_long"}
    assert counted[LineState.IMPORTED] > 100
